"""Debian packages fetched and unpacked into a private folder, without touching the system."""

import os
import platform
import shutil
import subprocess
from pathlib import Path

from dev.paths import remove
from dev.ui import SetupError, run_watched

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
WRAPPER = """#!/bin/sh
root=$(dirname -- "$(dirname -- "$(readlink -f -- "$0")")")/root
LD_LIBRARY_PATH="{libraries}" FONTCONFIG_FILE="$root/../fonts.conf" {variables} \\
exec "$root/{program}" "$@"
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"""
NO_NETWORK = "The Debian mirror does not answer: check the network and try again"


def available():
    """Whether this is a Debian with its package tools."""
    try:
        is_debian = platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        is_debian = False
    return is_debian and bool(shutil.which("apt-get")) and bool(shutil.which("dpkg"))


class PrivateApt:
    """apt with lists and cache in ``folder``, for the machine's own suite or for ``suite``."""

    def __init__(self, folder, suite=None):
        self.folder = folder
        for name in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.options = ["-qq"]
        settings = {
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "APT::Sandbox::User": "",
            "APT::Status-Fd": "1",
            "APT::Update::Error-Mode": "any",
        }
        if suite:
            sources = folder / "sources.list"
            signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
            sources.write_text(f"deb {signed}{_mirror()} {suite} main\n")
            settings |= {"Dir::Etc::sourcelist": sources, "Dir::Etc::sourceparts": "-"}
        for key, value in settings.items():
            self.options += ["-o", f"{key}={value}"]

    def update(self, progress):
        """Fetch the package lists."""
        run_watched(["apt-get", *self.options, "update"], progress, _percent, NO_NETWORK)

    def missing(self, package):
        """Return ``package`` and those of its dependencies that the machine does not have."""
        command = ["apt-get", *self.options, "--simulate", "--no-install-recommends"]
        answer = subprocess.run([*command, "install", package], capture_output=True, text=True)
        if answer.returncode:
            raise SetupError(f"Debian has no installable {package}: install it by hand.")
        lines = [line.split() for line in answer.stdout.splitlines()]
        return [words[1] for words in lines if words[:1] == ["Inst"]]

    def unpack(self, packages, target, progress):
        """Download ``packages`` and unpack them all into ``target``."""
        debs = self.folder / "debs"
        command = ["apt-get", *self.options, "download", *packages]
        run_watched(command, progress, _percent, NO_NETWORK, cwd=debs)
        for number, deb in enumerate(sorted(debs.glob("*.deb")), 1):
            progress.update(f"unpacking {number} of {len(packages)} packages")
            run_watched(
                ["dpkg", "-x", deb, target],
                progress,
                lambda line: None,
                f"{deb.name} could not be unpacked: check the free disk space and try again",
            )
        remove(self.folder)


def write_wrapper(target, program, variables=""):
    """Write ``target``/bin/<program>, which runs ``program`` out of the unpacked ``target``/root.

    It finds the unpacked libraries and fonts; ``variables`` are further ones for its environment.
    """
    root = target / "root"
    found = {path.parent for part in ("lib", "usr/lib") for path in root.glob(f"{part}/**/*.so*")}
    found |= {(root / program).parent}
    libraries = ":".join(f"$root/{path.relative_to(root)}" for path in sorted(found))
    wrapper = target / "bin" / (root / program).name
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(libraries=libraries, variables=variables, program=program))
    wrapper.chmod(0o755)
    (target / "fonts.conf").write_text(FONTS)


def _percent(line):
    """Return apt's progress out of its status lines."""
    if not line.startswith("dlstatus:"):
        return None
    return f"downloading, {float(line.split(':')[2]):.0f} %"


def _mirror():
    """Return the address of the Debian mirror that this machine uses."""
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE) $(COMPONENT)"],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "sid")
    suites = {codename, "sid", "unstable", "testing", "stable"}
    for line in answer.stdout.splitlines():
        site, release, component = (line.split() + ["", "", ""])[:3]
        if release in suites and component == "main":
            return site
    raise SetupError(
        "apt knows no Debian mirror: add one to its sources or set ODOO_PATH to an Odoo 19.0."
    )
