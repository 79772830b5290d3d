"""bin/lint: ruff, and the checks that OCA demands of an addon for Odoo 19.0."""

import argparse
import shutil
import subprocess
import tempfile
from pathlib import Path

from dev import json2, layers
from dev.paths import ADDON, NOT_THE_ADDON, REPO
from dev.python_env import python_env
from dev.ui import SetupError, run_main, say


def main(argv):
    """Run all checks, all of them even when one complains; return 0 or 1."""
    parser = argparse.ArgumentParser(prog="bin/lint", description="Check style and rules.")
    parser.add_argument("--fix", action="store_true", help="let ruff correct what it can")
    options = parser.parse_args(argv)
    if not shutil.which("git"):
        raise SetupError("git is missing, which the checks need: install it and try again.")
    python = python_env("lint", "requirements-lint.txt")
    ours = {"the layers": layers, "the calls over JSON-2": json2}
    failed = [name for name, check in ours.items() if check.main()]
    failed += [name for name, command in _ruff(options.fix).items() if _fails(python, command)]
    with tempfile.TemporaryDirectory(prefix="pm-") as folder:
        ignored = shutil.ignore_patterns(".*", *NOT_THE_ADDON)
        # These take the addon's name from its folder's, whatever the checkout is called.
        addon = shutil.copytree(REPO, Path(folder) / ADDON, ignore=ignored)
        # oca-checks-odoo-module asks git for the files' root.
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        checks = _addon_checks(addon)
        failed += [name for name, command in checks.items() if _fails(python, command, folder)]
    say(f"Lint: {', '.join(failed)} complain." if failed else "Lint: nothing to report.")
    return int(bool(failed))


def _ruff(fix):
    check, form = (["--fix"], []) if fix else ([], ["--check"])
    return {
        "ruff check": ["ruff", "check", "--no-cache", *check, "."],
        "ruff format": ["ruff", "format", "--no-cache", *form, "."],
    }


def _addon_checks(addon):
    checks = {
        "pylint-odoo": ["pylint", f"--rcfile={REPO / '.pylintrc'}", ADDON],
        "oca-checks-odoo-module": [
            "oca_pre_commit_hooks.cli",
            # Matters of taste that are not among what OCA demands; our README is Markdown.
            "--disable=xml-header-wrong,xml-field-numeric-without-eval,prefer-readme-rst",
            f"{ADDON}/__manifest__.py",
        ],
    }
    translations = sorted(str(path) for path in addon.glob("i18n/*.po*"))
    if translations:
        checks["oca-checks-po"] = [
            "oca_pre_commit_hooks.cli_po",
            "--disable=po-pretty-format",
            *translations,
        ]
    return checks


def _fails(python, command, folder=REPO):
    return subprocess.run([python, "-m", *command], cwd=folder).returncode != 0


if __name__ == "__main__":
    run_main(main)
