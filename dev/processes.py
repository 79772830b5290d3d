"""Programs that we start and that must not outlive us."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager, suppress


def dies_with_us(signal_name):
    """Return what makes the kernel signal the command that follows when we are killed."""
    return ["setpriv", "--pdeathsig", signal_name] if shutil.which("setpriv") else []


@contextmanager
def running(command, stop_with, patience=20, **popen):
    """Run ``command`` in a process group of its own; at the end nothing of the group is left.

    If it still runs then, it gets the signal ``stop_with`` and ``patience`` seconds.
    """
    name = stop_with.name.removeprefix("SIG")
    process = subprocess.Popen(
        [*dies_with_us(name), *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        **popen,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(stop_with)
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
