#!/usr/bin/env python3
"""`reweave matrix …` against a real Synapse, as an operator types it. Only the OAuth server is a fake: fake_oauth.py."""

import argparse
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import environment  # noqa: E402
from api import Api, MatrixError  # noqa: E402
from bot import Bot  # noqa: E402
from fake_oauth import FakeOAuth  # noqa: E402
from scene import expect, until  # noqa: E402
from server import Broken, free_port  # noqa: E402
from synapse import Synapse, memory  # noqa: E402
from user import CLIENT  # noqa: E402

SKIPPED = 77


class Operator:
    """Somebody at the terminal, with a bot's folder of their own."""

    def __init__(self, commands, name, homeserver=None, **matrix):
        self.commands = commands
        self.account = commands.synapse.register(name)
        self.password = f"password-of-{name}"
        url = commands.synapse.url if homeserver is None else homeserver
        self.bot = Bot(commands.binary, commands.folder / name, url, self.account, matrix=matrix)
        self.file = self.bot.data / "matrix.json"

    def session(self):
        return json.loads(self.file.read_text())

    def types(self, *words, stdin="", password=None, code=0):
        """What `reweave matrix WORDS` prints; its exit code must be `code`."""
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        env.pop("REWEAVE_MATRIX_PASSWORD", None)
        if password:
            env["REWEAVE_MATRIX_PASSWORD"] = password
        done = subprocess.run([self.bot.binary, "matrix", *words, "--config", self.bot.config], input=stdin, env=env,
                              capture_output=True, text=True, timeout=60)
        printed = done.stdout + done.stderr
        expect(done.returncode == code, f"matrix {' '.join(words)} gave {done.returncode} and printed: {printed}")
        expect(self.password not in printed and self.account.access_token not in printed, f"a secret was shown: {printed}")
        return printed

    def whoami(self):
        return Api(self.commands.synapse.port, self.session()["access_token"]).call("GET", f"{CLIENT}/account/whoami")


class Commands:
    def __init__(self, synapse, binary, folder):
        self.synapse, self.binary, self.folder = synapse, binary, pathlib.Path(folder)

    # ------------------------------------------------------------------------------------------------ login

    def login_by_password_keeps_the_device_when_it_comes_again(self):
        ann = Operator(self, "login-password")
        ann.file.unlink()
        first = ann.types("login", "--user", "login-password", stdin=ann.password + "\n")
        session = ann.session()
        expect(f"Logged in as {ann.account.user_id}, device {session['device_id']}." in first, first)
        expect(stat.S_IMODE(ann.file.stat().st_mode) == 0o600, "others may read the file with the token")
        expect(session["refresh_token"] and session["expires_at"] > time.time() * 1000, f"no refresh token: {list(session)}")
        again = ann.types("login", "--user", ann.account.user_id, password=ann.password)
        expect(ann.session()["device_id"] == session["device_id"] and "as before" in again, again)
        expect(ann.session()["access_token"] != session["access_token"], "the second login changed nothing")
        expect(ann.whoami()["device_id"] == session["device_id"], "the token is that of another device")

    def login_without_a_flag_takes_the_password_that_the_homeserver_offers(self):
        ann = Operator(self, "login-offer")
        printed = ann.types("login", password=ann.password)
        expect("by password" in printed and ann.session()["device_id"] == ann.account.device_id, printed)

    def login_by_token_asks_the_homeserver_whose_it_is(self):
        ann = Operator(self, "login-token")
        ann.file.unlink()
        ann.types("login", "--token", stdin=ann.account.access_token + "\n")
        expect(ann.session()["user_id"] == ann.account.user_id, "another user was stored")
        expect(ann.session()["device_id"] == ann.account.device_id, "another device was stored")
        refused = ann.types("login", "--token", stdin="syt_nobody_has_this\n", code=1)
        expect("does not take this token" in refused, refused)
        expect("nothing was typed" in ann.types("login", "--token", code=1), "an empty token was taken")

    def login_with_a_wrong_password_changes_nothing(self):
        ann = Operator(self, "login-wrong")
        before = ann.session()
        printed = ann.types("login", "--user", "login-wrong", stdin="not-this\n", code=1)
        expect("does not take this name with this password" in printed and "not-this" not in printed, printed)
        expect(ann.session() == before, "the stored login changed")

    def login_of_another_user_needs_to_be_meant(self):
        ann, ben = Operator(self, "login-ann"), Operator(self, "login-ben")
        refused = ann.types("login", "--user", "login-ben", stdin=ben.password + "\n", code=1)
        expect("--replace" in refused and ann.session()["user_id"] == ann.account.user_id, refused)
        refused = ann.types("login", "--token", stdin=ben.account.access_token + "\n", code=1)
        expect("--replace" in refused and ann.session()["user_id"] == ann.account.user_id, refused)
        ann.types("login", "--user", "login-ben", "--replace", stdin=ben.password + "\n")
        expect(ann.session()["user_id"] == ben.account.user_id, "--replace replaced nothing")

    def login_says_what_is_wrong_with_the_homeserver(self):
        nowhere = Operator(self, "login-nowhere", homeserver=f"http://127.0.0.1:{free_port()}")
        expect("connection refused" in nowhere.types("login", "--user", "x", "--replace", stdin="x\n", code=1), "not said")
        empty = Operator(self, "login-empty", homeserver="")
        expect("matrix.homeserver" in empty.types("login", code=1), "nobody is told which setting it is")

    def login_wakes_a_running_bot_whose_token_died(self):
        ann = Operator(self, "login-running")
        ann.bot.start()
        until(lambda: ann.bot.metrics()["reweave_matrix_up"] == 1, 20, "the bot did not begin")
        self.synapse.delete_device(ann.account)
        until(lambda: ann.bot.metrics()["reweave_matrix_up"] == 0, 20, "the bot did not notice")
        ann.types("login", "--user", "login-running", stdin=ann.password + "\n")
        until(lambda: ann.bot.metrics()["reweave_matrix_up"] == 1, 20, "the bot did not take the new login")
        ann.bot.stop()

    # ------------------------------------------------------------------------------- consent, with a fake server

    def login_by_consent_waits_as_it_is_told(self):
        with FakeOAuth("granted", polls=2) as fake:
            ann = Operator(self, "oauth-ann", homeserver=fake.url)
            printed = ann.types("login", "--oauth", "--replace")
            session = ann.session()
            expect(fake.address in printed and "ABCD-EFGH" in printed, printed)
            expect(session["device_id"] in fake.scope and "urn:matrix:client:api:*" in fake.scope, fake.scope)
            expect(session["oauth_token_endpoint"] == f"{fake.url}/oauth/token", session["oauth_token_endpoint"])
            expect(session["oauth_client_id"] == "client-1" and session["refresh_token"] == "refresh-1", list(session))
            expect(fake.registered["token_endpoint_auth_method"] == "none", "registered with a secret")
            ann.types("login")  # of itself it goes the same way, as the same client and device
            expect(fake.registrations == 1 and ann.session()["device_id"] == session["device_id"], "registered twice")

    def login_by_consent_that_is_refused_or_forgotten_says_so(self):
        for how, words in (("access_denied", "refused on the page"), ("expired_token", "nobody has agreed")):
            with FakeOAuth(how) as fake:
                ann = Operator(self, f"oauth-{how.replace('_', '-')}", homeserver=fake.url)
                before = ann.session()
                expect(words in ann.types("login", "--oauth", code=1) and ann.session() == before, how)

    def a_homeserver_without_oauth_says_so(self):
        ann = Operator(self, "oauth-none")
        expect("has no OAuth server" in ann.types("login", "--oauth", code=1), "not said")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the reweave program")
    parser.add_argument("--only", default="", help="words in the names of the tests")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reweave-commands-", dir=memory()) as folder:
        try:
            synapse = Synapse(pathlib.Path(folder) / "synapse")
        except environment.Unavailable as reason:
            print(f"skipped, Synapse is not available: {reason}")
            return SKIPPED
        failed = 0
        try:
            synapse.start()
            commands = Commands(synapse, str(pathlib.Path(options.binary).resolve()), folder)
            for name in [name for name in vars(Commands) if not name.startswith("_") and options.only in name]:
                at = time.monotonic()
                try:
                    getattr(commands, name)()
                    verdict = "ok"
                except (Broken, MatrixError, OSError, json.JSONDecodeError, KeyError) as error:
                    failed += 1
                    verdict = f"FAILED: {type(error).__name__} {error}"
                print(f"{time.monotonic() - at:5.1f} s  {name.replace('_', ' ')}: {verdict}", flush=True)
        finally:
            synapse.stop()
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
