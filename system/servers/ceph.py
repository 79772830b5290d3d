"""A Ceph object gateway with one monitor and one store in memory, from Debian's packages.

Nothing is installed: the packages are unpacked into the cache. It needs about 1 GB of memory.
"""

import contextlib
import os
import platform
import signal
import subprocess
import sysconfig
import time
import urllib.request
import uuid

from dev import debian
from dev.paths import build_once
from dev.processes import running
from dev.ui import Progress, SetupError
from system.servers.access import KEY, SECRET, LeftOut, free_port

PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
PATIENCE = 300  # seconds
CONFIGURATION = """\
[global]
fsid = {fsid}
mon initial members = a
mon host = v1:127.0.0.1:{mon_port}
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 1
osd objectstore = memstore
memstore device bytes = 3221225472
ms bind ipv6 = false
ms bind msgr2 = false
public network = 127.0.0.0/8
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
mon data = {folder}/mon
osd data = {folder}/osd
crash dir = {folder}
plugin dir = {libraries}/ceph
erasure code dir = {libraries}/ceph/erasure-code
osd class dir = {libraries}/rados-classes
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}
rgw enable usage log = false
rgw thread pool size = 16
"""


@contextlib.contextmanager
def ceph(folder):
    """Run the gateway with its files in ``folder``; give its address."""
    if not debian.available():
        raise LeftOut("its packages are those of Debian")
    release = platform.freedesktop_os_release().get("VERSION_CODENAME", "sid")
    cluster = Cluster(build_once(f"ceph-{release}", _from_debian), folder)
    with contextlib.ExitStack() as programs:
        cluster.start(programs)
        yield f"http://127.0.0.1:{cluster.port}"


def _from_debian(target):
    root = target / "root"
    root.mkdir()
    with Progress("Ceph") as progress:
        apt = debian.PrivateApt(target / "apt")
        apt.update(progress)
        needed = {name for package in PACKAGES for name in apt.missing(package)}
        apt.unpack(sorted(needed), root, progress)


class Cluster:
    """The three programs, started one after the other."""

    def __init__(self, unpacked, folder):
        """Write their configuration.

        :param unpacked: the folder of `build_once`
        :param folder: for all that they write
        """
        self.folder = folder
        self.root = root = unpacked / "root"
        self.fsid = str(uuid.uuid4())
        self.mon_port, self.port = free_port(), free_port()
        self.conf = folder / "ceph.conf"
        libraries = root / "usr/lib" / sysconfig.get_config_var("MULTIARCH")
        below = [libraries, libraries / "ceph", root / "usr/lib/ceph"]
        below.append(root / "lib" / libraries.name)
        self.environment = {
            **os.environ,
            "CEPH_CONF": str(self.conf),
            "LD_LIBRARY_PATH": ":".join(map(str, below)),
            "PATH": f"{root / 'usr/bin'}:{os.environ['PATH']}",
            "PYTHONPATH": str(root / "usr/lib/python3/dist-packages"),
        }
        for name in ("mon", "osd"):
            (folder / name).mkdir()
        self.conf.write_text(
            CONFIGURATION.format(
                fsid=self.fsid,
                folder=folder,
                libraries=libraries,
                mon_port=self.mon_port,
                port=self.port,
            )
        )

    def start(self, programs):
        """Have them run until the ExitStack ``programs`` ends."""
        with Progress("Ceph starts"):
            self._start_monitor(programs)
            self._start_store(programs)
            self.run(
                *("radosgw-admin", "user", "create", "--uid=odoo", "--display-name=odoo"),
                *(f"--access-key={KEY}", f"--secret-key={SECRET}"),
            )
            gateway = self.serve(programs, "radosgw", "-n", "client.rgw", "-f")
            self.wait(gateway, self._answers)

    def _start_monitor(self, programs):
        monmap = self.folder / "monmap"
        address = f"[v1:127.0.0.1:{self.mon_port}]"
        self.run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", address, monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        monitor = self.serve(programs, "ceph-mon", "-i", "a", "-f")
        self.wait(monitor, lambda: self._succeeds("mon", "stat"))

    def _start_store(self, programs):
        name = str(uuid.uuid4())
        self.ceph("osd", "new", name)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", name)
        store = self.serve(programs, "ceph-osd", "-i", "0", "-f")
        self.wait(store, lambda: "1 up" in self.ceph("osd", "stat"))

    def ceph(self, *arguments):
        """Return what Ceph's own command says; it is a script of the system's Python."""
        script = self.root / "usr/bin/ceph"
        return self.run("/usr/bin/python3", script, "--connect-timeout", PATIENCE, *arguments)

    def _succeeds(self, *arguments):
        with contextlib.suppress(SetupError):
            return bool(self.ceph(*arguments))
        return False

    def run(self, *command):
        """Return the output of a command."""
        answer = subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        if answer.returncode:
            raise SetupError(f"{command[0]} fails: {answer.stderr.strip()[-500:]}")
        return answer.stdout

    def serve(self, programs, *command):
        """Start a program that goes on until the end."""
        log = self.folder / f"{command[0]}.out"
        output = programs.enter_context(log.open("w"))
        return programs.enter_context(
            running(
                command,
                signal.SIGTERM,
                stdout=output,
                stderr=output,
                env=self.environment,
                cwd=self.folder,
            )
        )

    def wait(self, program, is_ready):
        """Return as soon as ``is_ready`` says so."""
        for _attempt in range(PATIENCE * 5):
            if is_ready():
                return
            if program.poll() is not None:
                break
            time.sleep(0.2)
        raise SetupError(f"{program.args[-4:]} does not start: see {self.folder}")

    def _answers(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}", timeout=5).close()
        except OSError:
            return False
        return True
