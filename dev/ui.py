"""What the commands tell the person at the terminal."""

import errno
import os
import signal
import subprocess
import sys
import time


class SetupError(Exception):
    """A problem told in one sentence that says what to do."""


def say(text=""):
    """Print one line to standard error, at once."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """A line that shows how far a long step is: redrawn on a terminal, else a few lines."""

    def __init__(self, label):
        self.label = label
        self.started = time.monotonic()
        self.redraws = sys.stderr.isatty()
        self.last_shown = None

    def update(self, text):
        """Show ``text`` behind the label; without a terminal, at most every ten seconds."""
        now = time.monotonic()
        wait = 0.2 if self.redraws else 10
        if self.last_shown is not None and now - self.last_shown < wait:
            return
        self.last_shown = now
        if self.redraws:
            print(f"\r\033[K{self.label}: {text}", end="", file=sys.stderr, flush=True)
        else:
            say(f"{self.label}: {text}")

    def __enter__(self):
        self.update("...")
        return self

    def __exit__(self, failure, *_details):
        if self.redraws:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        if failure is None:
            say(f"{self.label}: done in {time.monotonic() - self.started:.0f} s")


def run_watched(command, progress, on_line, failure, **popen):
    """Run ``command``, give each line of its output to ``on_line``.

    ``on_line`` returns the text to show or None. A non-zero exit raises SetupError with
    the sentence ``failure`` and the command's last line that looks like an error.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **popen,
    )
    complaint = ""
    try:
        for line in process.stdout:
            shown = on_line(line.rstrip())
            if shown:
                progress.update(shown)
            elif line.startswith(("E:", "ERROR:", "Error:", "fatal:", "OSError:")):
                complaint = line.strip()
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if code:
        if "No space left" in complaint:
            raise OSError(errno.ENOSPC, complaint)
        raise SetupError(f"{failure}{f' ({complaint})' if complaint else ''}")


def run_main(main):
    """Run a command's ``main``: its problems end in one sentence, its signals in order."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _terminated)
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as error:
        say(str(error))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            say("The disk is full: free some space (about 4 GB are needed) and try again.")
        elif isinstance(error, PermissionError):
            say(f"No permission for {error.filename}: make it writable or set XDG_CACHE_HOME.")
        else:
            raise
    sys.exit(1)


def _terminated(signum, _frame):
    """End in order; further signals do not interrupt the tidying up."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    if signum == signal.SIGINT:
        say("\nEnding ...")
    sys.exit(128 + signum)


def is_root():
    """Whether we run as the superuser."""
    return os.geteuid() == 0
