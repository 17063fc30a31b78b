"""A real Synapse on 127.0.0.1 that talks to nobody else, with a database of its own, for as long as a test needs it."""

import dataclasses
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import environment  # noqa: E402
from api import Api, MatrixError, quoted  # noqa: E402
from server import Broken, free_port  # noqa: E402

SERVER_NAME = "hs.test"
SECRET = "itest-shared-secret"
NO_LIMIT = {"per_second": 10000, "burst_count": 10000}
PATIENCE = 60  # seconds for a start or a stop


@dataclasses.dataclass(frozen=True)
class Account:
    user_id: str
    access_token: str
    device_id: str


def settings(folder, port):
    """homeserver.yaml without any rate limit; JSON is YAML."""
    return {
        "server_name": SERVER_NAME,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "pid_file": f"{folder}/hs.pid",
        "listeners": [{"port": port, "type": "http", "tls": False, "bind_addresses": ["127.0.0.1"], "x_forwarded": False,
                       "resources": [{"names": ["client"], "compress": False}]}],
        "database": {"name": "sqlite3", "args": {"database": f"{folder}/hs.db"}},
        "log_config": f"{folder}/log.yaml",
        "media_store_path": f"{folder}/media",
        "signing_key_path": f"{folder}/signing.key",
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "federation_domain_whitelist": [],
        "report_stats": False,
        "enable_registration": False,
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": "itest-macaroon",
        "form_secret": "itest-form",
        "bcrypt_rounds": 4,
        "url_preview_enabled": False,
        "presence": {"enabled": False},
        "caches": {"sync_response_cache_duration": 0},
        **dict.fromkeys(("rc_message", "rc_registration", "rc_joins_per_room", "rc_admin_redaction", "rc_room_creation",
                         "rc_user_directory"), NO_LIMIT),
        "rc_login": dict.fromkeys(("address", "account", "failed_attempts"), NO_LIMIT),
        "rc_joins": dict.fromkeys(("local", "remote"), NO_LIMIT),
        "rc_invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), NO_LIMIT),
    }


LOGGING = {
    "version": 1,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
    "disable_existing_loggers": False,
}


def memory():
    """A folder in memory if there is one: what is in it outlives a killed process, and nothing waits for a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Synapse:
    """One homeserver in `folder`. `overrides` are top-level keys of its settings; None takes one out.

    It begins as a copy of the template, unless it is to become that itself.
    """

    def __init__(self, folder, overrides=None, from_template=True):
        self.python = environment.python()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.log = open(self.folder / "log", "ab")
        if from_template:
            shutil.copytree(template(), self.folder, dirs_exist_ok=True)
        values = {**settings(self.folder, self.port), **(overrides or {})}
        values = {name: value for name, value in values.items() if value is not None}
        (self.folder / "homeserver.yaml").write_text(json.dumps(values, indent=1))
        (self.folder / "log.yaml").write_text(json.dumps(LOGGING))
        self.admin = None
        self.making_admin = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def command(self, *options):
        return [self.python, "-m", "synapse.app.homeserver", "-c", self.folder / "homeserver.yaml", *options]

    def start(self):
        """Starts it and waits until it answers. Returns how long that took, in seconds."""
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        started = time.monotonic()
        api = Api(self.port)
        while time.monotonic() - started < PATIENCE:
            if self.process.poll() is not None:
                raise Broken(f"Synapse did not start: exit code {self.process.returncode}\n{self.tail()}")
            try:
                api.call("GET", "/_matrix/client/versions", patience=5)
                api.close()
                return time.monotonic() - started
            except (OSError, MatrixError):
                time.sleep(0.05)
        raise Broken(f"Synapse did not answer within {PATIENCE} s\n{self.tail()}")

    def stop(self):
        self._end(signal.SIGTERM)

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, how):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self):
        """Starts it again on the same port with the same data."""
        self.kill()
        return self.start()

    def tail(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def register(self, name, admin=False):
        """A new account that is logged in."""
        api = Api(self.port)
        path = "/_synapse/admin/v1/register"
        nonce = api.call("GET", path)["nonce"]
        password = f"password-of-{name}"
        words = "\0".join([nonce, name, password, "admin" if admin else "notadmin"])
        mac = hmac.new(SECRET.encode(), words.encode(), hashlib.sha1).hexdigest()
        answer = api.call("POST", path, {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac})
        api.close()
        return Account(answer["user_id"], answer["access_token"], answer["device_id"])

    def log_in(self, user_id, device_id):
        """Logs an account of register() in again, on this device; the account with its new token."""
        name = user_id[1:].split(":")[0]
        answer = Api(self.port).call("POST", "/_matrix/client/v3/login", {
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": user_id},
            "password": f"password-of-{name}", "device_id": device_id})
        return Account(answer["user_id"], answer["access_token"], answer["device_id"])

    def _admin(self, method, path, body=None):
        with self.making_admin:
            if not self.admin:
                self.admin = Api(self.port, self.register("administrator", admin=True).access_token)
        return self.admin.call(method, "/_synapse/admin" + path, body)

    def override_ratelimit(self, user_id, per_second, burst):
        """From now on this account alone may send so much."""
        self._admin("POST", f"/v1/users/{quoted(user_id)}/override_ratelimit",
                    {"messages_per_second": per_second, "burst_count": burst})

    def no_ratelimit(self, user_id):
        self._admin("DELETE", f"/v1/users/{quoted(user_id)}/override_ratelimit")

    def delete_device(self, account):
        """Ends the session: the token is worth nothing from now on."""
        self._admin("DELETE", f"/v2/users/{quoted(account.user_id)}/devices/{quoted(account.device_id)}")

    def suspend(self, user_id, suspended=True):
        self._admin("PUT", f"/v1/suspend/{quoted(user_id)}", {"suspend": suspended})

    def lock(self, user_id, locked=True):
        self._admin("PUT", f"/v2/users/{quoted(user_id)}", {"locked": locked})

    def assert_loopback_only(self):
        elsewhere = [address for address in listening(self.process.pid) if not is_loopback(address)]
        if elsewhere:
            raise Broken(f"Synapse listens where others can reach it: {elsewhere}")


def listening(pid):
    """The addresses, as the kernel writes them in hexadecimal, on which a process listens for TCP."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed since
            continue
        if target.startswith("socket:["):
            inodes.add(target[len("socket:["):-1])
    addresses = []
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                addresses.append(fields[1].split(":")[0])
    return addresses


def is_loopback(address):
    return address.endswith("7F") if len(address) == 8 else address == "0" * 24 + "01000000"


def template():
    """A folder with the keys and the empty database of a Synapse, made once: filling a new database takes seconds."""
    environment.python()
    source = pathlib.Path(__file__).read_bytes()
    folder = environment.FOLDER / ("template-" + hashlib.sha256(environment.key().encode() + source).hexdigest()[:16])
    with environment.only_one():
        if folder.is_dir():
            return folder
        for old in environment.FOLDER.glob("template-*"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(prefix="making-", dir=environment.FOLDER) as making:
            first = Synapse(making, from_template=False)
            subprocess.run(first.command("--generate-keys"), check=True, stdout=first.log, stderr=first.log, timeout=PATIENCE)
            first.start()
            first.stop()
            unfinished = environment.FOLDER / "template-unfinished"
            unfinished.mkdir()
            for part in (*first.folder.glob("hs.db*"), first.folder / "signing.key"):
                shutil.copy(part, unfinished)
            unfinished.rename(folder)
    return folder
