"""What is accepted of files that come from outside, before anything of them is stored."""

import mimetypes
import os
import re
import unicodedata
import zlib

from odoo.tools.mimetypes import guess_mimetype

UNKNOWN = "application/octet-stream"
NAME_LIMIT = 120  # characters, the ending included
# Endings of what a browser or a computer runs, also when another ending follows: page.html.pdf.
DANGEROUS_TYPES = frozenset(
    """
    apk app bat bin cgi chm cmd com cpl dll docm dotm exe gadget hta htm html jar js jse jsp
    lnk mht mhtml mjs msi msp php phtml pif potm ppsm pptm ps1 py rb reg scr sh shtml svg
    svgz swf vb vbe vbs wsf wsh xhtml xht xlam xlsm xltm xsl xslt
    """.split()  # noqa: SIM905 - a list of words reads better
)
# What the content has to begin with; the types that are not named have no fixed beginning.
MIMETYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
}
# What content that is markup, a script or a program begins with, after spaces.
MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)
PROGRAM = re.compile(rb"MZ|\x7fELF|#!|\xca\xfe\xba\xbe|\xfe\xed\xfa|\xcf\xfa\xed\xfe")
MARKUP_TYPES = {"xml"}


def _pdf_name(name):
    """Return the pattern of a name in a PDF, where each letter may be written as #xx."""
    letters = (rb"(?:%c|#%02x)" % (letter, letter) for letter in name)
    return b"/" + b"".join(letters)


# What runs when a PDF is opened: scripts, programs, films, and forms that hold scripts.
PDF_SCRIPT = re.compile(
    b"|".join(_pdf_name(name) for name in (b"JavaScript", b"Launch", b"RichMedia", b"ImportData"))
    + b"|"
    + _pdf_name(b"XFA")
    + rb"\s*[\[\d]",
    re.IGNORECASE,
)
PDF_OBJECT_STREAM = re.compile(_pdf_name(b"ObjStm") + rb"\b")
PDF_ENCRYPTED = re.compile(_pdf_name(b"Encrypt") + rb"\s*[<\d]")
PDF_HEAD_LIMIT = 512  # bytes on each side of its type that the description of a stream takes
PDF_OBJECTS_LIMIT = 2**25  # bytes that all streams of objects may unfold to


class RefusedUpload(Exception):
    """A file that is not accepted; the message is for the person who sent it."""


def split_types(text):
    """Return the endings of a list as people write it: ``PDF, .png``."""
    return set(re.findall(r"\w+", (text or "").lower()))


def clean_name(name):
    """Return the name of a file without folders and invisible characters, and not too long."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name or "")[-1])
    # Control characters, and those that turn the direction of what follows.
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))
    stem, ending = os.path.splitext(name.strip(" ."))
    return stem[: NAME_LIMIT - len(ending)].strip() + ending


def check_upload(env, name, content, types, megabytes):
    """Return the name and the mimetype under which a file is stored.

    :param bytes content: the whole file
    :param set types: endings that are allowed
    :param int megabytes: the largest size that is allowed
    :raises RefusedUpload: if the file is not accepted
    """
    name = clean_name(name)
    if not content:
        raise RefusedUpload(env._("“%(name)s” is empty (0 bytes).", name=name))
    if len(content) > megabytes * 2**20:
        raise RefusedUpload(
            env._(
                "“%(name)s” is larger than %(limit)s MB. Reduce its size, or send it in parts.",
                name=name,
                limit=megabytes,
            )
        )
    *inner, ending = name.lower().split(".")[1:] or [""]
    if ending not in types - DANGEROUS_TYPES or DANGEROUS_TYPES & set(inner):
        raise RefusedUpload(
            env._(
                "“%(name)s” is not a type of file that is accepted here: %(types)s.",
                name=name,
                types=", ".join(sorted(types - DANGEROUS_TYPES)),
            )
        )
    if not _is_what_it_says(content, ending):
        raise RefusedUpload(
            env._(
                "The content of “%(name)s” is not that of a file of the type %(type)s.",
                name=name,
                type=ending,
            )
        )
    if ending == "pdf" and _has_script(content):
        raise RefusedUpload(
            env._(
                "“%(name)s” holds a script or starts a program, or hides what it holds. Print it "
                "to a new PDF and send that one.",
                name=name,
            )
        )
    return name, MIMETYPES.get(ending) or mimetypes.guess_type(name)[0] or UNKNOWN


def _is_what_it_says(content, ending):
    if PROGRAM.match(content):
        return False
    if MARKUP.match(content) and ending not in MARKUP_TYPES:
        return False
    expected = MIMETYPES.get(ending)
    if not expected:
        return True
    return guess_mimetype(content, default=UNKNOWN) == expected


def _has_script(content):
    """Return whether a PDF names a script, also in its compressed objects, or hides them."""
    if PDF_SCRIPT.search(content):
        return True
    is_encrypted = PDF_ENCRYPTED.search(content)
    position, left = 0, PDF_OBJECTS_LIMIT
    for match in PDF_OBJECT_STREAM.finditer(content):
        if match.start() < position:
            continue
        start = content.find(b"stream", match.end(), match.end() + PDF_HEAD_LIMIT)
        if start < 0:
            continue
        position = content.find(b"endstream", start)
        if position < 0:
            position = len(content)
        folded = content[start + len(b"stream") : position].lstrip(b"\r\n")
        head = content[max(match.start() - PDF_HEAD_LIMIT, 0) : start]
        try:
            objects = zlib.decompressobj().decompress(folded, left)
        except zlib.error:
            # Nothing to unfold, or unfolded in a way that readers know and we do not.
            objects = b"" if b"/Filter" not in head.rpartition(b" obj")[2] else None
        if objects is None or is_encrypted or PDF_SCRIPT.search(objects):
            return True
        left -= len(objects)
        if left <= 0:
            return True
    return False
