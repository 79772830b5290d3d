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
    # Whool counts the commits since the manifest's version; where it builds there are none.
    version = json.loads(_build(python, "--metadata", REPO))["version"]
    with tempfile.TemporaryDirectory(prefix="pm-") as folder:
        staged = Path(folder) / ADDON
        _unpack_addon(staged)
        files = {str(p.relative_to(staged)) for p in staged.rglob("*") if p.is_file()}
        shutil.copy(REPO / "pyproject.toml", staged)
        (staged / "PKG-INFO").write_text(f"Name: {NAME}\nVersion: {version}\n")
        _build(python, "--wheel", "--outdir", folder, staged)
        (wheel,) = Path(folder).glob("*.whl")
        _check(wheel, files, version)
        dist = REPO / "dist"
        dist.mkdir(exist_ok=True)
        shutil.copy(wheel, dist)
    say(f"dist/{wheel.name}: {len(files)} files")
    return 0


def _unpack_addon(folder):
    """Put the addon's files there as they are in the last commit."""
    others = [f":(exclude){name}" for name in sorted(NOT_THE_ADDON)]
    archive = folder.with_suffix(".tar")
    command = ["git", "archive", "-o", archive, "HEAD", "--", ".", ":(exclude).*", *others]
    if subprocess.run(command, cwd=REPO, capture_output=True).returncode:
        raise SetupError("The wheel is built from the last commit: clone the repository first.")
    shutil.unpack_archive(archive, folder)


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
