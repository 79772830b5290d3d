"""Where things are kept, and how a folder of the cache comes to be there whole."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

ADDON = "purchase_milestone"
REPO = Path(__file__).resolve().parent.parent
DEV = Path(__file__).resolve().parent
# What the repository has besides the addon; so has every name that begins with a dot.
NOT_THE_ADDON = {"bin", "dev", "bench", "system", "pyproject.toml", "__pycache__"}


def cache():
    """Return the cache folder, outside the checkout and shared by all checkouts."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base).absolute() / ADDON
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def digest(*parts):
    """Return a short name for what ``parts`` (strings or bytes) say."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part if isinstance(part, bytes) else str(part).encode())
        total.update(b"\0")
    return total.hexdigest()[:12]


def addon_digest():
    """Return a short name for the addon's files as they are now."""
    outside = {*NOT_THE_ADDON, "tests"}
    parts = []
    for folder, folders, files in os.walk(REPO):
        folders[:] = sorted(n for n in folders if n not in outside and not n.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            parts += [path.relative_to(REPO), path.read_bytes()]
    return digest(*parts)


@contextlib.contextmanager
def locked(path, wait=True):
    """Hold the lock file ``path``; without ``wait``, BlockingIOError when another holds it."""
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def build_once(name, build):
    """Return the cache's folder ``name``, made by ``build(folder)`` when it is not there.

    It is made beside under another name and renamed when whole, so a half made folder is
    never taken for a finished one, and two processes do not make it twice.
    """
    target = cache() / name
    if target.exists():
        return target
    with locked(cache() / f"{name}.lock"):
        if not target.exists():
            part = cache() / f"{name}.part"
            remove(part)
            part.mkdir()
            try:
                build(part)
                part.rename(target)
            finally:
                remove(part)
    return target


def remove(folder):
    """Delete ``folder`` with all that is in it, if it is there."""
    if folder.is_symlink() or folder.exists():
        shutil.rmtree(folder)


@contextlib.contextmanager
def run_folder():
    """Give a private folder with a short name (sockets live in it), deleted afterwards."""
    base = "/tmp" if os.access("/tmp", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="pm-", dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def link_addon(folder):
    """Make ``folder`` an addons folder in which this checkout has the addon's name."""
    folder.mkdir(exist_ok=True)
    link = folder / ADDON
    link.unlink(missing_ok=True)
    link.symlink_to(REPO)
    return folder
