"""Files of Odoo's filestore that go to S3 or come back."""

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass, field

from .s3_client import MULTIPART_FROM, PART_SIZE


class DamagedFile(Exception):
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


@contextlib.contextmanager
def fetched(folder, chunks, checksum):
    """Write the chunks to a temporary file in ``folder`` and give its path; it is gone afterwards.

    :raises DamagedFile: if its SHA-1 is not ``checksum``
    """
    os.makedirs(folder, exist_ok=True)
    handle, path = tempfile.mkstemp(dir=folder, prefix="s3-")
    try:
        sha1 = hashlib.sha1(usedforsecurity=False)
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                sha1.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if sha1.hexdigest() != checksum:
            raise DamagedFile(path)
        yield path
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
