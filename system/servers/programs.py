"""The servers of the check: each is run with one empty bucket, and gives what Odoo has to know."""

import contextlib
import shutil
import signal
import socket
import subprocess
import time

import dev.s3
from dev.odoo import python
from dev.paths import build_once
from dev.processes import running
from dev.ui import SetupError
from system.moto import moto as moto_server
from system.servers import ceph as ceph_server
from system.servers.access import BUCKET, KEY, SECRET, LeftOut, free_port

S3RVER = "3.7.1"
# It has one account.
S3RVER_KEY = S3RVER_SECRET = "S3RVER"


@contextlib.contextmanager
def moto(folder):
    """Moto, which the tests use: everything of Amazon's but the checks of signatures."""
    with moto_server(python(), folder) as server:
        yield server.variables


@contextlib.contextmanager
def rclone(folder):
    """The server of ``rclone serve s3`` on a folder, which the demo uses."""
    with dev.s3.server(python(), folder) as variables:
        yield variables


@contextlib.contextmanager
def s3rver(folder):
    """A server for Node, which does without many of S3's operations."""
    if not (shutil.which("npm") and shutil.which("node")):
        raise LeftOut("npm is not installed")
    package = build_once(f"s3rver-{S3RVER}", _from_npm) / "node_modules/s3rver"
    port = free_port()
    command = ["node", package / "bin/s3rver.js", "--directory", folder / "objects"]
    options = ["--address", "127.0.0.1", "--port", str(port), "--no-vhost-buckets"]
    with (
        open(folder / "s3rver.log", "w") as log,
        running(
            [*command, *options, "--configure-bucket", BUCKET],
            signal.SIGTERM,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        _wait_for(process, port)
        yield _variables(f"http://127.0.0.1:{port}", S3RVER_KEY, S3RVER_SECRET)


@contextlib.contextmanager
def ceph(folder):
    """Ceph's object gateway, as many hosters run it."""
    with ceph_server.ceph(folder) as endpoint:
        yield _variables(endpoint, KEY, SECRET)


SERVERS = {"moto": moto, "rclone": rclone, "s3rver": s3rver, "ceph": ceph}
# They answer requests without a signature.
UNGUARDED = {"moto", "s3rver"}


def _variables(endpoint, key, secret):
    return {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "PURCHASE_MILESTONE_S3_ENDPOINT": endpoint,
        "PURCHASE_MILESTONE_S3_BUCKET": BUCKET,
    }


def _from_npm(target):
    command = ["npm", "install", "--prefix", target, "--ignore-scripts", "--no-audit", "--no-fund"]
    answer = subprocess.run([*command, f"s3rver@{S3RVER}"], capture_output=True, text=True)
    if answer.returncode:
        raise SetupError(f"npm could not install s3rver: {answer.stderr.strip()[-500:]}")


def _wait_for(process, port):
    for _attempt in range(1000):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        if process.poll() is not None:
            break
        time.sleep(0.02)
    raise SetupError("s3rver does not start")
