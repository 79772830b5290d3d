"""S3 for checks: moto's server, whose access log tells what it was asked."""

import contextlib
import re
import signal
import time
import urllib.request

from dev.processes import running
from dev.ui import SetupError

BUCKET = "documents"
LISTENS = re.compile(r"Running on (http://\S+)")
# What is not answered with 200 is coloured.
COLOUR = re.compile(r"\x1b\[[\d;]*m")
REQUEST = re.compile(r'"([A-Z]+) (\S+) HTTP/[\d.]+" (\d+)')


class Moto:
    """A server with one empty bucket."""

    def __init__(self, endpoint, log):
        self.endpoint = endpoint
        self.variables = {
            "AWS_ACCESS_KEY_ID": "AKIACHECKSOFDOCUMENT",
            "AWS_SECRET_ACCESS_KEY": "moto-accepts-every-secret",
            "PURCHASE_MILESTONE_S3_ENDPOINT": endpoint,
            "PURCHASE_MILESTONE_S3_BUCKET": BUCKET,
        }
        self._log = log
        put = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")
        urllib.request.urlopen(put).close()

    def requests(self):
        """Return ``(method, path with query, status)`` of all requests until now, in order."""
        log = COLOUR.sub("", self._log.read_text())
        found = REQUEST.findall(log)
        assert len(found) == log.count(" HTTP/"), "a line of the log was not understood"
        return [(method, path, int(status)) for method, path, status in found]


@contextlib.contextmanager
def moto(python, folder):
    """Run moto's server for the time of a check, its log in ``folder``, and give the Moto."""
    log = folder / "moto.log"
    command = [python, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with (
        open(log, "w") as output,
        running(command, signal.SIGTERM, stdout=output, stderr=output) as process,
    ):
        yield Moto(_wait_for_address(process, log), log)


def _wait_for_address(process, log):
    for _attempt in range(1000):
        if found := LISTENS.search(log.read_text()):
            return found[1]
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise SetupError(f"moto's server does not start:\n{log.read_text()[-2000:]}")
