"""Starts and stops what the bench measures: each a process on 127.0.0.1 with a folder of its own."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
SOURCE = HERE.parent.parent
TALK = HERE / "bench.talk"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Failed(Exception):
    pass


class Process:
    """A server process. Use as a context: it is gone at the end."""

    speaks = "reweave"

    def __init__(self, command, folder, environment=None):
        self.folder = folder
        self.log = folder / "log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def wait_until_open(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.005)
        raise Failed(f"{self.process.args[0]} did not open its port within {seconds} s")

    def check_alive(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.process.args[0]} ended:\n{self.log.read_text(errors='replace')[-1500:]}")

    def __enter__(self):
        return self.wait_until_open()

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Reweave(Process):
    """`reweave serve` with bench.script as the first conversation and limits that no bench reaches."""

    def __init__(self, build, folder, as_normal=False):
        self.port = free_port()
        self.operator_port = free_port()
        config = folder / "reweave.yaml"
        dialogs = folder / "dialogs"
        data = folder / "data"
        dialogs.mkdir(exist_ok=True)
        shutil.copy(HERE / "bench.script", dialogs / "welcome.script")  # in place of the shipped one
        data.mkdir(mode=0o700, exist_ok=True)
        limits = dict.fromkeys(
            ("connections", "connections_per_address", "messages_per_minute", "burst", "new_people_per_hour"), 1_000_000)
        config.write_text(json.dumps({  # JSON is YAML
            "data": str(data),
            "dialogs": str(dialogs),
            "web": {"listen": "127.0.0.1", "port": self.port, "limits": limits},
            "operator": {"port": self.operator_port},
            "log": {"level": "warn"},
        }, indent=1))
        environment = {"LD_PRELOAD": str(build / "reweave_bench_as_normal.so")} if as_normal else None
        super().__init__([build / "reweave", "serve", "--config", config], folder, environment)

    def batch_size(self):
        """Turns per commit so far, from its metrics; None if they do not tell."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.operator_port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return None
        total = re.search(r"^reweave_batch_turns_sum (\S+)$", text, re.M)
        count = re.search(r"^reweave_batch_turns_count (\S+)$", text, re.M)
        return float(total[1]) / float(count[1]) if total and count and float(count[1]) > 0 else None


class Echo(Process):
    speaks = "echo"

    def __init__(self, build, folder, message_bytes):
        self.port = free_port()
        super().__init__([build / "reweave_bench_echo", self.port, message_bytes], folder)


class Node(Process):
    speaks = "node"

    def __init__(self, peer, folder):
        self.port = free_port()
        super().__init__(["node", peer / "bot.js", self.port, folder / "peer.db", "FULL"], folder)


def prepare_node(build):
    """The folder of the Node peer with its packages installed, or a word why there is none."""
    if not shutil.which("node") or not shutil.which("npm"):
        return None, "skipped: Node is not installed"
    peer = build / "node-ws-sqlite"
    shutil.copytree(HERE / "peers" / "node-ws-sqlite", peer, dirs_exist_ok=True)
    if not (peer / "node_modules" / "better-sqlite3" / "build").exists():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=peer, capture_output=True, text=True)
        if done.returncode != 0:
            return None, "skipped: npm could not install its packages"
    return peer, None


def load(build, server, users, *options):
    """Runs the load generator against a server and returns what it counted."""
    command = [build / "reweave_load", "--port", server.port, "--talk", TALK, "--speak", server.speaks, "--users", users,
               "--pid", server.pid, *options]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if not done.stdout:
        raise Failed(f"the load generator failed:\n{done.stderr[-1500:]}")
    result = json.loads(done.stdout)
    if result["errors"]:
        raise Failed(f"wrong replies: {result['errors']}\n{done.stderr[-1500:]}")
    return result


def commits(build, folder, people, batch, sizes, synchronous="FULL", seconds=3):
    """Bare group commits of the same rows."""
    schema = sorted((SOURCE / "data" / "migrations").glob("*.sql"))
    sql = folder / "schema.sql"
    sql.write_text("\n".join(file.read_text() for file in schema))
    file = folder / f"commits-{synchronous}-{people}.db"
    for old in folder.glob(file.name + "*"):
        old.unlink()
    command = [build / "reweave_bench_commits", "--file", file, "--schema", sql, "--people", people, "--batch", batch,
               "--synchronous", synchronous, "--seconds", seconds]
    for name, size in sizes.items():
        command += [f"--{name}-bytes", size]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr[-1500:])
    return json.loads(done.stdout)
