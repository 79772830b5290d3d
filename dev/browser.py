"""The browser that tours run in: the installed one, or Debian's chromium unpacked privately."""

import os
import platform
import shutil
import subprocess

from dev import debian
from dev.paths import build_once
from dev.ui import Progress, SetupError

NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def browser_path():
    """Return a PATH on which Odoo finds a browser."""
    path = os.environ.get("PATH", os.defpath)
    if any(shutil.which(name) for name in NAMES):
        return path
    if not debian.available():
        raise SetupError("The tests need a browser: install chromium and try again.")
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "sid")
    folder = build_once(f"chromium-{release}", _from_debian) / "bin"
    answer = subprocess.run([folder / "chromium", "--version"], capture_output=True, text=True)
    if answer.returncode:
        raise SetupError(
            "The downloaded chromium does not start: install the system's package chromium "
            f"({(answer.stderr.strip().splitlines() or ['no message'])[-1]})"
        )
    return f"{folder}{os.pathsep}{path}"


def _from_debian(target):
    root = target / "root"
    root.mkdir()
    with Progress("Browser for the tours") as progress:
        apt = debian.PrivateApt(target / "apt")
        apt.update(progress)
        apt.unpack(apt.missing("chromium"), root, progress)
    debian.write_wrapper(target, "usr/lib/chromium/chromium")
