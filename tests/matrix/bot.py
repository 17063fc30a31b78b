"""The bot under test: `reweave serve` with Matrix on, with a folder of its own and a homeserver that may be a proxy."""

import http.client
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from server import Broken, free_port  # noqa: E402

PATIENCE = 60  # seconds for a start or a stop
PENDING = 0  # state of a row of the outbox that is to be delivered, and of one of the inbox that is to be answered


class Bot:
    """`account` is what the bot is on the homeserver; `matrix` are more keys of that part of its settings, and `more`
    of the others. `scripts` is a folder with scripts in place of the shipped ones."""

    channel = "matrix"

    def __init__(self, binary, folder, homeserver_url, account, scripts=None, matrix=None, **more):
        self.binary = binary
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.config = self.folder / "reweave.yaml"
        self.account = account
        self.process = None
        self.operator_port = 0
        self.starts = 0
        self.data.mkdir(mode=0o700, parents=True)
        self.log = open(self.folder / "log", "ab")
        limits = dict.fromkeys(("connections_per_address", "messages_per_minute", "burst", "new_people_per_hour"), 1_000_000)
        self.settings = {
            "data": str(self.data),
            "web": {"listen": "127.0.0.1", "port": 0, "limits": limits},
            "operator": {"port": 0},
            "log": {"level": "info"},
            "matrix": {"homeserver": homeserver_url, "invites": "anyone", **(matrix or {})},
            **({"dialogs": str(scripts)} if scripts else {}),
            **more,
        }
        self.write_settings()
        self.log_in(account)

    @property
    def id(self):
        return self.account.user_id

    def write_settings(self):
        self.config.write_text(json.dumps(self.settings, indent=1))  # JSON is YAML

    def log_in(self, account):
        """Hands the session over as `reweave matrix login` would, which keeps what belongs to the encryption."""
        self.account = account
        file = self.data / "matrix.json"
        session = {**(json.loads(file.read_text()) if file.exists() else {}), "user_id": account.user_id,
                   "device_id": account.device_id, "access_token": account.access_token}
        file = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "w") as stream:
            json.dump(session, stream)

    def device(self):
        """The device that the stored login is for."""
        return json.loads((self.data / "matrix.json").read_text())["device_id"]

    # ----------------------------------------------------------------------------------------- the process

    def launch(self):
        """Starts it without waiting for anything."""
        self.log_began = (self.folder / "log").stat().st_size
        self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        self.starts += 1

    def start(self):
        """Starts it and waits until it says that it is ready. Raises Broken when it ends instead."""
        self.launch()
        return self.wait_ready()

    def wait_ready(self):
        deadline = time.monotonic() + PATIENCE
        while not (ready := re.search(r"ready port=\d+ operator_port=(\d+)", self.log_text()[self.log_began:])):
            if self.process.poll() is not None:
                raise Broken(f"the bot did not start: exit code {self.process.returncode}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise Broken(f"the bot was not ready within {PATIENCE} s\n{self.tail()}")
            time.sleep(0.02)
        self.operator_port = int(ready[1])
        return self

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self, within=30):
        """Asks it to stop, which must take no longer than so many seconds. Returns how long it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Broken(f"the bot did not stop within {within} s of SIGTERM") from None
        if code != 0:
            raise Broken(f"the bot stopped with exit code {code}\n{self.tail()}")
        return time.monotonic() - began

    def restart(self):
        """kill -9 and a start."""
        self.kill()
        return self.start()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def exit_code(self, within=PATIENCE):
        """Waits until it ends by itself. Raises Broken when it does not."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise Broken(f"the bot was to end by itself within {within} s\n{self.tail()}") from None

    # -------------------------------------------------------------------------------- what one can see of it

    def get(self, path):
        """Status and text of a page for the operator."""
        connection = http.client.HTTPConnection("127.0.0.1", self.operator_port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def metrics(self):
        """name, with labels if it has any -> value."""
        lines = (line for line in self.get("/metrics")[1].splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def memory_counts(self):
        """Whether its memory says anything: a sanitizer keeps what was freed."""
        return b"__asan_init" not in (code := pathlib.Path(self.binary).read_bytes()) and b"__tsan_init" not in code

    def rss(self):
        """Resident memory in MiB."""
        return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def fds(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def database(self):
        """A connection to its database that can only read; None as long as there is none."""
        for file in sorted(self.data.glob("*.db")):
            database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
            if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'outbox'").fetchone():
                return database
            database.close()
        return None

    def ask(self, query, *values):
        """Rows of its database."""
        database = self.database()
        if not database:
            return []
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()

    def outbox_pending(self):
        """How many messages are still to be delivered on the channel."""
        return self._pending("outbox")

    def inbox_pending(self):
        """How many messages of people are still to be answered."""
        return self._pending("inbox")

    def tasks_pending(self):
        """How much is still to be done at the homeserver besides."""
        rows = self.ask("SELECT count(*) FROM channel_rows WHERE channel = 'matrix' AND key LIKE 'task:%'")
        return rows[0][0] if rows else 0

    def _pending(self, table):
        rows = self.ask(f"SELECT count(*) FROM {table} WHERE channel = ? AND state = ?", self.channel, PENDING)
        return rows[0][0] if rows else 0

    def command(self, *words, stdin=""):
        """Another command of the program with the same settings; what it printed and its exit code."""
        done = subprocess.run([self.binary, *words, "--config", self.config], input=stdin, capture_output=True, text=True,
                              timeout=60)
        return done.stdout + done.stderr, done.returncode

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def tail(self):
        return self.log_text()[-4000:]


def encrypts(binary):
    """Whether the program was built with encryption."""
    with tempfile.TemporaryDirectory(prefix="reweave-asked-") as folder:
        config = pathlib.Path(folder) / "reweave.yaml"
        nobody = {"homeserver": f"http://127.0.0.1:{free_port()}"}
        config.write_text(json.dumps({"data": folder, "operator": {"port": 0}, "matrix": nobody}))
        done = subprocess.run([binary, "matrix", "doctor", "--json", "--config", config], capture_output=True, text=True, timeout=60)
    return "this build cannot read encrypted rooms" not in done.stdout
