"""Files of Odoo's filestore that go to S3 or come back."""

import contextlib
import hashlib
import os
import uuid
from dataclasses import dataclass, field

from .client import MULTIPART_FROM, PART_SIZE


class DamagedFile(OSError):
    """The content is not what the attachment's row says."""


@dataclass
class LocalFile:
    """One file, checked against the row of its attachment."""

    path: str
    size: int
    sha256: str = ""
    parts: list = field(default_factory=list, repr=False)  # the SHA-256 of each

    @classmethod
    def check(cls, path, size, checksum):
        """Read the file once and return what is to be known of it.

        :param checksum: the SHA-1 that Odoo keeps, hexadecimal
        :raises FileNotFoundError: if it is not on this server
        :raises DamagedFile: if its size or SHA-1 is another one
        """
        large = size >= MULTIPART_FROM
        found = cls(path, os.path.getsize(path))
        sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
        with open(path, "rb") as file:
            while chunk := file.read(PART_SIZE):
                sha1.update(chunk)
                sha256.update(chunk)
                if large:
                    found.parts.append(hashlib.sha256(chunk).hexdigest())
        if (found.size, sha1.hexdigest()) != (size, checksum):
            raise DamagedFile(path)
        found.sha256 = sha256.hexdigest()
        return found

    def read_all(self):
        """Return all bytes."""
        with open(self.path, "rb") as file:
            return file.read()

    def read_part(self, number):
        """Return the bytes of part ``number`` (from 1)."""
        with open(self.path, "rb") as file:
            file.seek((number - 1) * PART_SIZE)
            return file.read(PART_SIZE)


def fetch(path, size, checksum, stream):
    """Have the whole file at ``path``, of which an earlier run may have left a part there.

    :param size: in bytes
    :param checksum: its SHA-1, hexadecimal
    :param stream: a function that gives an iterator over the bytes from ``start`` on, ``length``
        of them; what it has given stays if it raises
    :raises DamagedFile: if it is another one; it is gone then
    """
    with open(path, "ab") as file:
        start = file.tell()
        if start < size:
            for chunk in stream(start, size - start):
                file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    try:
        LocalFile.check(path, size, checksum)
    except DamagedFile:
        os.unlink(path)
        if not start:
            raise
        # The part may be damaged, what is in S3 need not be.
        fetch(path, size, checksum, stream)


def write_whole(path, content):
    """Write a file that is there whole or not at all, whoever looks and whatever happens.

    :param bytes content: what the file will hold
    :raises OSError: if it cannot be written; nothing is left of it then
    """
    beside = f"{path}.{uuid.uuid4().hex}"
    try:
        with open(beside, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise
