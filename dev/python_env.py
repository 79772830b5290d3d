"""Virtual environments with pinned packages."""

import importlib.util
import sys

from dev.paths import DEV, build_once, digest
from dev.ui import Progress, SetupError, run_watched


def python_env(label, requirements):
    """Return the Python of the environment that has ``requirements`` (a file in dev/)."""
    pins = (DEV / requirements).read_text()
    version = "{}.{}".format(*sys.version_info[:2])
    name = f"venv-{label}-{version}-{digest(pins, sys.base_prefix)}"
    return build_once(name, lambda target: _make(target, label, requirements)) / "bin/python"


def _make(target, label, requirements):
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "Python's venv module is not complete: install the system's package python3-venv."
        )
    pins = [line for line in (DEV / requirements).read_text().splitlines() if "==" in line]
    with Progress(f"Python packages for {label} ({len(pins)})") as progress:
        run_watched(
            [sys.executable, "-m", "venv", target],
            progress,
            lambda line: None,
            "The virtual environment could not be made: check the free disk space",
        )
        seen = set()

        def on_line(line):
            if line.startswith("Collecting "):
                seen.add(line)
                return f"{len(seen)} of {len(pins)} found or downloaded"
            return "installing" if line.startswith("Installing collected") else None

        pip = [target / "bin/python", "-m", "pip", "--disable-pip-version-check", "install"]
        run_watched(
            [*pip, "--progress-bar", "off", "-r", DEV / requirements],
            progress,
            on_line,
            "The Python packages could not be installed: check the network and try again",
        )
