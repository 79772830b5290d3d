"""Several calls of bin/test at the same time, each with a database and files of its own."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from dev.paths import REPO, run_folder
from dev.processes import running
from dev.ui import Progress

AT_A_TIME = 2
SLOWEST = 25


class Job(NamedTuple):
    """A call of bin/test that runs."""

    name: str
    started: float
    log: Path
    process: subprocess.Popen
    block: ExitStack


def side_by_side(jobs):
    """Run ``jobs``, two at a time; print what each of them printed, and a summary at the end.

    :param jobs: names and the arguments for bin/test, in which ``{folder}`` stands for a folder
        that all of them share
    :return: the exit code, 0 when all of them have passed
    """
    with run_folder() as folder:
        ended = _run(jobs, folder)
        tests = sorted(_results(folder), reverse=True)
    print(f"The slowest {SLOWEST} tests")
    for seconds, name, _failed in tests[:SLOWEST]:
        print(f"{seconds:7.1f} s  {name}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(*ended, f"CPU time of all: {used.ru_utime + used.ru_stime:.0f} s", sep="\n")
    failed = sum(failed for _seconds, _name, failed in tests)
    print(f"Tests: {len(tests) - failed} passed, {failed} failed")
    return int(any(" failed " in line for line in ended))


def _run(jobs, folder):
    waiting, active, ended = list(enumerate(jobs)), [], []
    with Progress("Tests") as progress, ExitStack() as stack:
        while waiting or active:
            while waiting and len(active) < AT_A_TIME:
                number, (name, arguments) = waiting.pop(0)
                block = stack.enter_context(ExitStack())
                active.append(_start(name, arguments, folder, folder / f"{number}.log", block))
            time.sleep(0.2)
            names = ", ".join(dict.fromkeys(job.name for job in active))
            progress.update(f"{names}; {len(_results(folder))} tests have run")
            for job in [job for job in active if job.process.poll() is not None]:
                active.remove(job)
                job.block.close()
                ended.append(_finish(job))
    return ended


def _start(name, arguments, folder, log, block):
    command = [sys.executable, "-m", "dev.test", *(a.format(folder=folder) for a in arguments)]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    with open(log, "w") as output:
        where = {"stdout": output, "stderr": output, "cwd": REPO, "env": environment}
        process = block.enter_context(running(command, signal.SIGINT, **where))
    return Job(name, time.monotonic(), log, process, block)


def _finish(job):
    """Print what the job printed; return how it ended."""
    print(f"\n--- {job.name} ---\n{job.log.read_text(errors='replace')}", flush=True)
    verdict = "failed" if job.process.returncode else "passed"
    return f"{job.name}: {verdict} in {time.monotonic() - job.started:.0f} s"


def _results(folder):
    """Return seconds, name and whether it failed of each test that has run."""
    text = "".join(path.read_text() for path in folder.glob("*/results"))
    return [json.loads(line) for line in text.splitlines()]
