#!/usr/bin/env python3
"""Debian's PostgreSQL 15 on a private loopback port, for tests and the demo. Nobody's data: users of this machine are trusted.

    postgresql.py start --dir DIR [--port 0]   starts a server (again) and prints its URL; DIR remembers it
    postgresql.py stop --dir DIR               stops it and removes its data
    postgresql.py run                          for a test program: serves until stdin ends; lines of stdin are commands

`run` prints the URL, then answers "kill" (SIGKILL to all of its processes), "start" and "stop" with "done".
As root the server runs as user postgres, whose data lie in a folder of their own below the temporary folder.
"""
import argparse
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
USER = "cccd"
LIMIT = 60  # seconds that a start or stop may take before it counts as hung
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = '64MB'
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_min_messages = warning
"""
# One role asks for a password, so that tests can give a wrong one; everybody else on this machine is trusted.
GUARDED, GUARDED_PASSWORD = "guarded", "mat-khau-dung"
ACCESS = f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"


class Server:
    """One server with its data in a folder of its own. The port stays the same when it is started again."""

    def __init__(self, port=0, fsync=False, data=None):
        self.port = port
        self.fsync = fsync
        self.data = pathlib.Path(data) if data else None

    def url(self, database="postgres"):
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self):
        """Makes the data when there are none; returns when the server takes connections."""
        fresh = self.data is None
        if fresh:
            self._make()
        if self.pid() is not None:
            return self
        for _ in range(1 if self.port else 5):  # a port that was free a moment ago may be taken by now
            port = self.port or free_port()
            started = self._run("pg_ctl", "start", "--wait", f"--timeout={LIMIT}", "--silent", f"--pgdata={self.data}",
                                f"--log={self.data / 'server.log'}", f"--options=-p {port}")
            if started.returncode == 0:
                self.port = port
                if fresh:
                    self.execute(f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{GUARDED_PASSWORD}'")
                return self
        raise RuntimeError("PostgreSQL does not start: " + (self.data / "server.log").read_text()[-2000:])

    def stop(self):
        if self.pid() is not None:
            self._run("pg_ctl", "stop", "--wait", f"--timeout={LIMIT}", "--silent", "--mode=fast", f"--pgdata={self.data}")

    def kill(self):
        """SIGKILL to the server and every process of it, as a machine that loses them all at once."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGSTOP)  # it starts no other process while its children are read
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in [pid, *map(int, children)]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended by itself
        end = time.monotonic() + LIMIT
        while any(alive(process) for process in [pid, *map(int, children)]) and time.monotonic() < end:
            time.sleep(0.01)
        # A dead process that nobody waits for keeps its number, and the next start would take it for the running server.
        lock = self.data / "postmaster.pid"
        segment = lock.read_text().split("\n")[6].split()
        subprocess.run(["ipcrm", "--shmem-id", segment[1]], capture_output=True, timeout=LIMIT)
        lock.unlink()

    def remove(self):
        self.stop()
        if self.data:
            shutil.rmtree(self.data, ignore_errors=True)
            self.data = None

    def pid(self):
        """Of the running server, or None."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if alive(pid) else None

    def create(self, database):
        """A new empty database; its URL."""
        self.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def execute(self, sql, database="postgres"):
        """Runs SQL and returns what psql prints: a line a row, columns parted by '|'."""
        done = subprocess.run([PROGRAMS / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1",
                               self.url(database)], input=sql, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:
            raise RuntimeError("psql: " + done.stderr)
        return done.stdout

    def _make(self):
        self.data = pathlib.Path(tempfile.mkdtemp(prefix="cccd-postgresql-"))
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.data, postgres.pw_uid, postgres.pw_gid)
        made = self._run("initdb", f"--pgdata={self.data}", f"--username={USER}", "--auth=trust", "--encoding=UTF8", "--locale=C",
                         "--no-sync", "--no-instructions")
        if made.returncode != 0:
            raise RuntimeError("initdb: " + made.stderr)
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS + f"fsync = {'on' if self.fsync else 'off'}\n")
        (self.data / "pg_hba.conf").write_text(ACCESS)

    def _run(self, program, *arguments):
        as_postgres = {}
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            as_postgres = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
        # The server keeps what it inherits: no pipe of ours, whose reader would wait for its end.
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run([PROGRAMS / program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=errors, cwd="/", timeout=2 * LIMIT, **as_postgres)
            errors.seek(0)
            done.stderr = errors.read()
        return done


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def command_start(arguments):
    arguments.dir.mkdir(parents=True, exist_ok=True)
    state = arguments.dir / "postgresql.json"
    server = Server(port=arguments.port)
    if state.exists():
        server = Server(**json.loads(state.read_text()))
    server.start()
    (arguments.dir / "url").write_text(server.url() + "\n")
    state.write_text(json.dumps({"port": server.port, "fsync": server.fsync, "data": str(server.data)}))
    print(server.url())


def command_stop(arguments):
    state = arguments.dir / "postgresql.json"
    if not state.exists():
        sys.exit(f"postgresql.py: {state} is not there: no server was started from this folder")
    Server(**json.loads(state.read_text())).remove()
    state.unlink()
    (arguments.dir / "url").unlink(missing_ok=True)


def command_run(_):
    server = Server()
    try:
        print(server.start().url(), flush=True)
        for line in sys.stdin:
            {"kill": server.kill, "start": server.start, "stop": server.stop}[line.strip()]()
            print("done", flush=True)
    finally:
        server.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    start = verbs.add_parser("start")
    start.add_argument("--dir", type=pathlib.Path, required=True)
    start.add_argument("--port", type=int, default=0)
    start.set_defaults(act=command_start)
    stop = verbs.add_parser("stop")
    stop.add_argument("--dir", type=pathlib.Path, required=True)
    stop.set_defaults(act=command_stop)
    verbs.add_parser("run").set_defaults(act=command_run)
    arguments = parser.parse_args()
    arguments.act(arguments)


if __name__ == "__main__":
    main()
