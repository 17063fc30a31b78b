"""The real program under test: `reweave serve` in a folder of its own, on a free port of 127.0.0.1."""

import asyncio
import json
import shutil
import signal
import socket
import subprocess
import time

from websocket import Closed, WebSocket


class Broken(Exception):
    """A promise was broken."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`reweave serve` with `script` as the first conversation and limits that no test reaches.

    `others` are more scripts; with them people may meet.
    """

    def __init__(self, binary, folder, script, log_level="warn", others=()):
        self.binary = binary
        self.folder = folder
        self.port = free_port()
        self.operator_port = free_port()
        self.process = None
        dialogs = folder / "dialogs"
        dialogs.mkdir()
        self.script = dialogs / "welcome.script"  # stands in for the shipped script of that name only
        shutil.copy(script, self.script)
        for other in others:
            shutil.copy(other, dialogs)
        limits = dict.fromkeys(("connections_per_address", "messages_per_minute", "burst", "new_people_per_hour"), 1_000_000)
        config = {
            "data": str(folder / "data"),
            "dialogs": str(dialogs),
            "together": bool(others),
            "web": {"listen": "127.0.0.1", "port": self.port, "limits": limits},
            "operator": {"port": self.operator_port},
            "log": {"level": log_level},
        }
        (folder / "data").mkdir(mode=0o700)
        self.config = folder / "reweave.yaml"
        self.config.write_text(json.dumps(config, indent=1))  # JSON is YAML
        self.log = open(folder / "log", "ab")

    def launch(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--config", self.config], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log
        )

    def command(self, *words):
        """Another command of the program with the same settings; what it printed and its exit code."""
        done = subprocess.run([self.binary, *words, "--config", self.config], capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr, done.returncode

    async def start(self):
        """Starts it and waits until it answers. Returns how long that took, in seconds."""
        self.launch()
        started = time.monotonic()
        while time.monotonic() - started < 60:
            if self.process.poll() is not None:
                raise Broken(f"the server did not start: exit code {self.process.returncode}\n{self.tail()}")
            try:
                (await WebSocket.connect(self.port)).close()
                return time.monotonic() - started
            except Closed:
                await asyncio.sleep(0.01)
        raise Broken("the server did not answer within a minute")

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    async def drain(self):
        """Asks it to stop. It must do so by itself, with exit code 0."""
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                self.kill()
                raise Broken("the server did not stop within 30 s of SIGTERM")
            await asyncio.sleep(0.02)
        if self.process.returncode != 0:
            raise Broken(f"the server stopped with exit code {self.process.returncode}\n{self.tail()}")

    def tail(self):
        return (self.folder / "log").read_text(errors="replace")[-8000:]
