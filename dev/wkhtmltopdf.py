"""wkhtmltopdf, which prints Odoo's PDFs: the installed one, or Debian's unpacked privately."""

import os
import platform
import shutil
import subprocess

from dev import debian
from dev.paths import build_once
from dev.ui import Progress, SetupError

NAME = "wkhtmltopdf"
MISSING = (
    "wkhtmltopdf is not there, and without it Odoo shows an HTML page instead of a PDF: install "
    "the package wkhtmltopdf, or the build of https://wkhtmltopdf.org, and start again."
)
# No display is needed, and Debian's own start script would look for one.
ENVIRONMENT = 'QT_QPA_PLATFORM=offscreen QT_PLUGIN_PATH="{plugins}"'


def pdf_path(path=None):
    """Return a PATH on which Odoo finds wkhtmltopdf, made of ``path`` (default: our own).

    :raises SetupError: when it is not installed and Debian's package cannot be had
    """
    path = path or os.environ.get("PATH", os.defpath)
    if shutil.which(NAME, path=path):
        return path
    if not debian.available():
        raise SetupError(MISSING)
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "sid")
    folder = build_once(f"{NAME}-{release}", _from_debian) / "bin"
    answer = subprocess.run([folder / NAME, "--version"], capture_output=True, text=True)
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"The downloaded wkhtmltopdf does not start ({reason}). {MISSING}")
    return f"{folder}{os.pathsep}{path}"


def _from_debian(target):
    root = target / "root"
    root.mkdir()
    with Progress("wkhtmltopdf for printing") as progress:
        apt = debian.PrivateApt(target / "apt")
        apt.update(progress)
        apt.unpack(apt.missing(NAME), root, progress)
    plugins = [path for path in root.glob("usr/lib/**/qt5/plugins") if path.is_dir()]
    variables = ENVIRONMENT.format(
        plugins=":".join(f"$root/{path.relative_to(root)}" for path in plugins)
    )
    debian.write_wrapper(target, f"usr/bin/{NAME}", variables)
