"""Odoo 19.0: an existing one, Debian's package, or its branch by git."""

import os
import shutil
from pathlib import Path

from dev import debian
from dev.paths import build_once
from dev.ui import Progress, SetupError, run_watched

REPOSITORY = "https://github.com/odoo/odoo.git"
# Of the branch 19.0, as it was in November 2025.
COMMIT = "221469059311dce6c842f3393050e2e0dc6be3f9"
PACKAGES = [
    "odoo-19",
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
]
# Debian leaves this file out; every page of the backend asks for it.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def odoo_root():
    """Return the folder that holds the package ``odoo``, fetched when it is not there yet."""
    if given := os.environ.get("ODOO_PATH"):
        root = Path(given).absolute()
        if not (root / "odoo" / "release.py").exists():
            raise SetupError(f"ODOO_PATH={root} has no folder odoo/ with an Odoo 19.0 in it.")
        return root
    if debian.available():
        return build_once("odoo-19.0-debian", _from_debian) / "usr/lib/python3/dist-packages"
    if shutil.which("git"):
        return build_once(f"odoo-19.0-git-{COMMIT[:12]}", _from_git)
    raise SetupError(
        "Neither Debian's apt-get nor git is there to get Odoo: install git or set ODOO_PATH."
    )


def addons_paths(root):
    """Return the folders with Odoo's own addons."""
    return [path for path in (root / "odoo/addons", root / "addons") if path.is_dir()]


def _from_debian(target):
    with Progress("Odoo 19.0 (about 130 MB)") as progress:
        apt = debian.PrivateApt(target / "apt", suite="sid")
        apt.update(progress)
        apt.unpack(PACKAGES, target, progress)
    _mend(target / "usr/lib/python3/dist-packages/odoo")


def _mend(package):
    """Put empty files where Debian's package has none, or has links to newer packages' files."""
    dangling = [path for path in package.rglob("*") if path.is_symlink() and not path.exists()]
    for path in dangling:
        path.unlink()
    for path in [*dangling, package / LEFT_OUT]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def _from_git(target):
    with Progress("Odoo 19.0 by git (about 400 MB)") as progress:
        for arguments in (
            ["init", "--quiet", target],
            ["-C", target, "fetch", "--progress", "--depth", "1", REPOSITORY, COMMIT],
            ["-C", target, "checkout", "--quiet", "FETCH_HEAD"],
        ):
            run_watched(
                ["git", *arguments],
                progress,
                lambda line: line[-60:] if "%" in line else None,
                "Odoo could not be fetched by git: check the network or set ODOO_PATH",
            )
    if "version_info = (19, 0," not in (Path(target) / "odoo/release.py").read_text():
        raise SetupError("What git fetched is no Odoo 19.0: set ODOO_PATH to one.")
