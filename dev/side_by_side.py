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
        results = _run(jobs, folder)
        slowest = sorted(map(tuple, _durations(folder)), reverse=True)[:SLOWEST]
    if slowest:
        print(f"The slowest {len(slowest)} tests")
    for seconds, test in slowest:
        print(f"{seconds:7.1f} s  {test}")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(*results, f"CPU time of all: {used.ru_utime + used.ru_stime:.0f} s", sep="\n")
    return int(any("failed" in result for result in results))


def _run(jobs, folder):
    waiting, active, results = list(enumerate(jobs)), [], []
    with Progress("Tests") as progress, ExitStack() as stack:
        while waiting or active:
            while waiting and len(active) < AT_A_TIME:
                number, (name, arguments) = waiting.pop(0)
                block = stack.enter_context(ExitStack())
                active.append(_start(name, arguments, folder, folder / f"{number}.log", block))
            time.sleep(0.2)
            names = ", ".join(dict.fromkeys(job.name for job in active))
            progress.update(f"{names}; {len(_durations(folder))} tests have run")
            for job in [job for job in active if job.process.poll() is not None]:
                active.remove(job)
                job.block.close()
                results.append(_finish(job))
    return results


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


def _durations(folder):
    """Return a pair of seconds and name for each test that has run."""
    lines = [line for path in folder.glob("*/durations") for line in path.open()]
    return [json.loads(line) for line in lines if line.endswith("\n")]
