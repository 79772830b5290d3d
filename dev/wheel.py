"""bin/wheel: the addon as a Python package in dist/, built by whool."""

import argparse
import json
import shutil
import subprocess
import tempfile
import zipfile
from email import message_from_bytes
from pathlib import Path

from dev.paths import ADDON, NOT_THE_ADDON, REPO
from dev.python_env import python_env
from dev.ui import SetupError, run_main, say

NAME = f"odoo-addon-{ADDON}"


def main(argv):
    """Build the wheel, look into it, and say where it is; return the exit code."""
    argparse.ArgumentParser(prog="bin/wheel", description=main.__doc__).parse_args(argv)
    python = python_env("wheel", "requirements-wheel.txt")
    files = _addon_files()
    # Whool counts the commits since the manifest's version; where it builds there are none.
    version = json.loads(_build(python, "--metadata", REPO))["version"]
    with tempfile.TemporaryDirectory(prefix="pm-") as folder:
        staged = Path(folder) / ADDON
        for name in [*files, "pyproject.toml"]:
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / name, staged / name)
        (staged / "PKG-INFO").write_text(f"Name: {NAME}\nVersion: {version}\n")
        _build(python, "--wheel", "--outdir", folder, staged)
        (wheel,) = Path(folder).glob("*.whl")
        _check(wheel, files, version)
        dist = REPO / "dist"
        dist.mkdir(exist_ok=True)
        shutil.copy(wheel, dist)
    say(f"dist/{wheel.name}: {len(files)} files")
    return 0


def _addon_files():
    """Return the addon's files, as git knows them, relative to the checkout."""
    answer = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, text=True)
    if answer.returncode:
        raise SetupError("The wheel is built from what git knows: clone the repository first.")
    names = filter(None, answer.stdout.split("\0"))
    return {
        name
        for name in names
        if not name.startswith(".")
        and name.partition("/")[0] not in NOT_THE_ADDON
        and (REPO / name).exists()
    }


def _build(python, *arguments):
    command = [python, "-m", "build", "--quiet", "--no-isolation", *arguments]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode:
        raise SetupError(f"{answer.stdout}{answer.stderr}The wheel could not be built")
    return answer.stdout


def _check(wheel, files, version):
    """Raise SetupError unless the wheel holds the addon, nothing else, and says what it is."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = f"{NAME.replace('-', '_')}-{version}.dist-info"
        metadata = message_from_bytes(archive.read(f"{info}/METADATA"))
    expected = {f"odoo/addons/{ADDON}/{name}" for name in files}
    expected |= {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "top_level.txt")}
    if names != expected:
        raise SetupError(f"The wheel has other files than the addon: {sorted(names ^ expected)}")
    said = (metadata["Name"], metadata["Description-Content-Type"])
    requires = metadata.get_all("Requires-Dist")
    if said != (NAME, "text/markdown") or "odoo==19.0.*" not in requires:
        raise SetupError(f"The wheel says {said} and requires {requires}: that is not right")


if __name__ == "__main__":
    run_main(main)
