"""One scenario on real S3 servers (moto, rclone, s3rver, Ceph); with "all", each must be there."""

import json
import shutil
from pathlib import Path

from dev.fresh_database import fresh_odoo
from dev.paths import run_folder
from dev.ui import SetupError, say
from system.servers.access import LeftOut
from system.servers.programs import SERVERS, UNGUARDED

HERE = Path(__file__).parent
CELL = "{:<9}"


def check(_modules=(), arguments=()):
    """Run the scenario on each server, or on those that are named; return the exit code.

    A server that cannot be had on this machine is left out, which is a failure if it was asked for.
    """
    unknown = [name for name in arguments if name not in {*SERVERS, "all"}]
    if unknown:
        raise SetupError(f"No such server: {', '.join(unknown)}; there are {', '.join(SERVERS)}.")
    asked = set(SERVERS) if "all" in arguments else set(arguments)
    answers, failures = {}, 0
    with fresh_odoo() as odoo:
        for name in SERVERS:
            if asked and name not in asked:
                continue
            try:
                answers[name] = _run(odoo, name)
            except (LeftOut, SetupError) as reason:
                left_out = isinstance(reason, LeftOut)
                say(f"{name} {'is left out' if left_out else 'fails'}: {reason}")
                failures += not left_out or bool(asked)
    _print(answers)
    steps = [found for answer in answers.values() for found in answer["steps"].values()]
    failures += sum(found != "ok" for found in steps)
    print(f"{sum(found == 'ok' for found in steps)} passed, {failures} failed")
    return int(bool(failures) or not steps)


def _run(odoo, name):
    """Return what the scenario says of a server."""
    with run_folder() as folder, SERVERS[name](folder) as variables:
        odoo.environment |= {
            **variables,
            "SERVER": name,
            "SERVER_IS_GUARDED": str(int(name not in UNGUARDED)),
            "SERVER_ANSWER": str(folder / "answer.json"),
        }
        # Away from the checkout, as for the check of uninstalling.
        script = shutil.copy(HERE / "scenario.py", folder)
        with odoo.serving() as (url, _process):
            odoo.environment["ODOO_URL"] = url
            command = [odoo.python, script]
            odoo.run(f"Scenario on {name}", command, f"The scenario did not end on {name}")
        return json.loads((folder / "answer.json").read_text())


def _print(answers):
    """Print the tables: server by step, and what each server can do; then what failed."""
    for heading, part in (("step", "steps"), ("capability", "capabilities")):
        rows = list(dict.fromkeys(row for answer in answers.values() for row in answer[part]))
        print(f"{heading:<16}", *(CELL.format(name) for name in answers))
        for row in rows:
            cells = [_shown(answer[part].get(row)) for answer in answers.values()]
            print(f"{row:<16}", *map(CELL.format, cells))
        print()
    for name, answer in answers.items():
        for step, found in answer["steps"].items():
            if found != "ok":
                print(f"{name}, {step}: {found}")


def _shown(value):
    words = {True: "yes", False: "no", None: "-"}
    if isinstance(value, bool) or value is None:
        return words[value]
    return value if len(value) < 9 else "FAILED"
