#!/usr/bin/env python3
"""`reweave matrix …` against a real Synapse, as an operator types it. Only the OAuth server is a fake: fake_oauth.py."""

import argparse
import json
import os
import pathlib
import pty
import stat
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import environment  # noqa: E402
from api import Api, MatrixError, quoted  # noqa: E402
from bot import Bot, encrypts  # noqa: E402
from fake_oauth import FakeOAuth  # noqa: E402
from scene import expect, until  # noqa: E402
from server import Broken, free_port  # noqa: E402
from synapse import Synapse, memory  # noqa: E402
from user import CLIENT, User  # noqa: E402

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
        commands.bots.append(self.bot)

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

    def finds(self, what, state, words, code):
        """The doctor has a finding with these words; its other findings, too."""
        found = json.loads(self.types("doctor", "--json", code=code))
        mine = [f for f in found if f["what"] == what]
        expect(any(f["state"] == state and words in f["says"] for f in mine), f"“{words}” is not among {found}")
        expect(all(f["mend"] or f["state"] != "warning" for f in found), f"a warning without a cure: {found}")
        return found

    def begins(self):
        self.bot.start()
        until(lambda: self.bot.metrics()["reweave_matrix_up"] == 1, 20, "the bot did not begin")
        return self

    def whoami(self):
        return Api(self.commands.synapse.port, self.session()["access_token"]).call("GET", f"{CLIENT}/account/whoami")


class Commands:
    def __init__(self, synapse, binary, folder):
        self.synapse, self.binary, self.folder = synapse, binary, pathlib.Path(folder)
        self.encrypts = encrypts(binary)
        self.bots = []

    def _end(self):
        for bot in self.bots:
            bot.kill()

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

    def login_makes_the_identity_and_shows_its_recovery_key_once(self):
        if not self.encrypts:
            return "the program was built without encryption"
        ann = Operator(self, "login-identity")
        first = ann.types("login", "--user", "login-identity", password=ann.password)
        key = ann.session()["recovery_key"]
        expect("signed by its own identity" in first and "shown once" in first and key in first, first)
        again = ann.types("login", "--user", "login-identity", password=ann.password)
        expect("signed by its own identity" in again and key not in again, again)
        expect(ann.session()["recovery_key"] == key, "the second login made another key")
        ann.types("new-device", "--yes", password=ann.password)
        ann.begins()
        ann.finds("encryption", "ok", "signed by its own identity", 0)
        return None

    def an_identity_of_somebody_else_is_taken_over_by_its_key_or_replaced_on_purpose(self):
        if not self.encrypts:
            return "the program was built without encryption"
        ann = Operator(self, "login-foreign")
        ann.types("login", "--user", "login-foreign", password=ann.password)
        session = ann.session()
        key = session.pop("recovery_key")
        ann.file.write_text(json.dumps(session | {"device_id": "LOST"}))
        elsewhere = ann.types("login", "--user", "login-foreign", password=ann.password)
        expect("another client made" in elsewhere and "--recovery-key" in elsewhere, elsewhere)
        wrong = ann.types("login", "--recovery-key", stdin="EsTw aaaa bbbb\n", code=1)
        expect("not the recovery key" in wrong and "EsTw" not in ann.file.read_text(), wrong)
        taken = ann.types("login", "--recovery-key", stdin=key + "\n")
        expect("signed by its own identity" in taken, taken)
        signed = ann.types("login", "--recovery-key", stdin="EsTw aaaa bbbb\n", code=1)
        expect("not the recovery key" in signed and ann.session()["recovery_key"] == key, signed)
        session = ann.session()
        del session["recovery_key"]
        ann.file.write_text(json.dumps(session | {"device_id": "LOST-TOO"}))
        ann.types("login", "--user", "login-foreign", password=ann.password)
        anew = ann.types("login", "--reset-identity", password=ann.password)
        expect("signed by its own identity" in anew and ann.session()["recovery_key"] in anew, anew)
        expect(ann.session()["recovery_key"] != key, "the old key opens the new identity")
        return None

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

    def login_of_another_user_forgets_the_rooms_of_the_one_before(self):
        ann, ben = Operator(self, "replaced-ann").begins(), Operator(self, "replacing-ben")
        person = User(self.synapse.port, self.synapse.register("replaced-person"))
        room = person.create_dm(ann.account.user_id)
        until(lambda: len(person.bot_events(room, ann.account.user_id)) > 0, 20, "the bot greets nobody")
        replace = ("login", "--token", "--replace")
        refused = ann.types(*replace, stdin=ben.account.access_token + "\n", code=1)
        expect("Stop it first" in refused and ann.session()["user_id"] == ann.account.user_id, refused)
        ann.bot.stop()
        ann.types(*replace, stdin=ben.account.access_token + "\n")
        expect(json.loads(ann.types("rooms", "--json")) == [], "the rooms of another account are kept")
        ann.begins()
        room = person.create_dm(ben.account.user_id)
        until(lambda: len(person.bot_events(room, ben.account.user_id)) > 0, 20, "the other account is deaf")
        ann.bot.stop()

    def login_at_a_terminal_does_not_show_the_password(self):
        ann = Operator(self, "login-terminal")
        command = [ann.bot.binary, "matrix", "login", "--user", "login-terminal", "--config", str(ann.bot.config)]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(command[0], command)
        shown = b""
        while b"Password of" not in shown:
            shown += os.read(terminal, 4096)
        os.write(terminal, ann.password.encode() + b"\n")
        try:
            while more := os.read(terminal, 4096):
                shown += more
        except OSError:  # Linux' way of saying that the other end was closed
            pass
        expect(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown.decode())
        expect(b"Logged in" in shown and ann.password.encode() not in shown, shown.decode())

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

    def a_token_of_consent_is_refreshed_where_it_came_from(self):
        with FakeOAuth("granted") as fake:
            ann = Operator(self, "oauth-refresh", homeserver=fake.url)
            ann.types("login", "--oauth", "--replace")
            fake.valid = "access-2"  # the first one has ended
            ann.types("invites", "list")
            expect(ann.session()["access_token"] == "access-2", "not refreshed")
            expect(ann.session()["refresh_token"] == "refresh-2", "the new refresh token was not stored")

    def login_by_consent_that_is_refused_or_forgotten_says_so(self):
        for how, words in (("access_denied", "refused on the page"), ("expired_token", "nobody has agreed")):
            with FakeOAuth(how) as fake:
                ann = Operator(self, f"oauth-{how.replace('_', '-')}", homeserver=fake.url)
                before = ann.session()
                expect(words in ann.types("login", "--oauth", code=1) and ann.session() == before, how)

    def a_homeserver_without_oauth_says_so(self):
        ann = Operator(self, "oauth-none")
        expect("has no OAuth server" in ann.types("login", "--oauth", code=1), "not said")

    # ------------------------------------------------------------------------------------------------ doctor

    def doctor_finds_a_healthy_bot_healthy(self):
        ann = Operator(self, "doctor-healthy").begins()
        person = User(self.synapse.port, self.synapse.register("doctor-person"))
        room = person.create_dm(ann.account.user_id)
        until(lambda: len(person.bot_events(room, ann.account.user_id)) > 0, 20, "the bot greets nobody")
        found = ann.finds("rooms", "ok", "1 room joined", 0)
        expect([f for f in found if f["state"] != "ok"] == [], f"something is wrong with a healthy bot: {found}")
        kept = {"recovery key"} if self.encrypts else set()
        expect({f["what"] for f in found} == {*kept, "homeserver", "clock", "login", "bot", "token", "rate limit", "rooms",
                                              "invitations", "encryption"}, f"looked at: {found}")
        ann.bot.stop()
        expect("warning  bot: not running" in ann.types("doctor"), "a stopped bot is not noticed")

    def doctor_knows_a_token_that_died(self):
        ann = Operator(self, "doctor-token")
        self.synapse.delete_device(ann.account)
        ann.finds("token", "broken", "does not know it any more", 1)

    def doctor_knows_a_token_of_another_device(self):
        ann = Operator(self, "doctor-device")
        ann.file.write_text(json.dumps({**ann.session(), "device_id": "ANOTHER"}))
        ann.finds("token", "broken", f"device {ann.account.device_id}, but the login says", 1)

    def doctor_knows_a_suspended_account(self):
        ann = Operator(self, "doctor-suspended")
        self.synapse.suspend(ann.account.user_id)
        ann.finds("token", "broken", "has suspended", 1)

    def doctor_knows_a_locked_account(self):
        ann = Operator(self, "doctor-locked")
        self.synapse.lock(ann.account.user_id)
        ann.finds("token", "broken", "has locked", 1)

    def doctor_knows_a_room_in_which_the_bot_is_muted_and_one_that_threw_it_out(self):
        ann = Operator(self, "doctor-muted").begins()
        person = User(self.synapse.port, self.synapse.register("doctor-muter"))
        muted, lost = person.create_dm(ann.account.user_id), person.create_room("lost", [ann.account.user_id])
        for room in (muted, lost):
            until(lambda room=room: person.members(room).get(ann.account.user_id) == "join", 20, "the bot did not come")
        person.set_power(muted, events_default=50, users={})
        until(lambda: "muted" in ann.types("rooms"), 20, "the bot did not notice")
        ann.finds("rooms", "warning", muted, 0)
        ann.bot.kill()
        person.kick(lost, ann.account.user_id)
        ann.finds("rooms", "warning", lost, 0)

    def doctor_knows_a_homeserver_that_is_down_or_none(self):
        ann = Operator(self, "doctor-down", homeserver=f"http://127.0.0.1:{free_port()}")
        ann.finds("homeserver", "broken", "connection refused", 1)
        with FakeOAuth("page") as fake:
            page = Operator(self, "doctor-page", homeserver=fake.url)
            found = page.finds("homeserver", "broken", "not as a Matrix homeserver", 1)
            expect(any("https://matrix.hs.test" in f["mend"] for f in found), f"the right address is not named: {found}")
        off = Operator(self, "doctor-off", homeserver="")
        off.finds("settings", "broken", "matrix.homeserver is empty", 1)

    def doctor_knows_a_login_that_is_missing_or_that_others_can_read(self):
        ann = Operator(self, "doctor-file")
        ann.file.chmod(0o644)
        ann.finds("login", "broken", "can be read by others", 1)
        ann.file.write_text("{")
        ann.file.chmod(0o600)
        ann.finds("login", "broken", "Move it away", 1)
        ann.file.unlink()
        ann.finds("login", "broken", "nobody has logged the bot in", 1)

    def doctor_warns_of_a_bot_that_nobody_can_reach(self):
        Operator(self, "doctor-nobody", invites="nobody").finds("invitations", "warning", "nobody new can reach", 0)
        Operator(self, "doctor-allowed", invites="allowed").finds("invitations", "warning", "that is empty", 0)

    def doctor_knows_that_the_bot_is_slowed_down(self):
        ann = Operator(self, "doctor-slow").begins()
        self.synapse.override_ratelimit(ann.account.user_id, 1, 1)
        person = User(self.synapse.port, self.synapse.register("doctor-slowed"))
        room = person.create_dm(ann.account.user_id)
        person.send(room, "hello")
        until(lambda: ann.bot.metrics()["reweave_matrix_slowed_total"] > 0, 30, "the homeserver slows nobody down")
        found = ann.finds("rate limit", "warning", "to slow down", 0)
        expect(any("override_ratelimit" in f["mend"] for f in found), f"no cure in {found}")
        ann.bot.stop()

    # --------------------------------------------------------------------------------------- rooms, invitations

    def rooms_are_the_same_while_the_bot_runs_and_after(self):
        ann = Operator(self, "rooms").begins()
        expect("in no room yet" in ann.types("rooms"), "there are rooms already")
        person = User(self.synapse.port, self.synapse.register("rooms-person"))
        room = person.create_dm(ann.account.user_id)
        until(lambda: "joined" in ann.types("rooms"), 20, "the bot joins no room")
        until(lambda: len(person.bot_events(room, ann.account.user_id)) > 0, 20, "the bot greets nobody")
        running = json.loads(ann.types("rooms", "--json"))
        expect(running == [{"id": room, "kind": "direct", "stage": "joined", "user": person.id, "muted": False,
                            "encrypted": False}], f"{running}")
        ann.bot.stop()
        expect(json.loads(ann.types("rooms", "--json")) == running, "the database has other rooms")
        table = ann.types("rooms")
        expect(all(word in table for word in (room, person.id, "direct", "not running")), table)

    def invites_off_has_the_homeserver_refuse_them(self):
        ann = Operator(self, "invites-off")
        person = User(self.synapse.port, self.synapse.register("invites-person"))
        expect("refuses every invitation" in ann.types("invites", "off"), "the homeserver is said not to know it")
        try:
            person.create_dm(ann.account.user_id)
            raise Broken("an invitation got through")
        except MatrixError as error:
            expect(error.errcode == "M_INVITE_BLOCKED", f"{error}")
        ann.finds("invitations", "warning", "refuses all of them", 0)
        ann.types("invites", "on")
        person.create_dm(ann.account.user_id)

    def invites_list_says_what_the_bot_will_do(self):
        ann = Operator(self, "invites-list", invites="allowed", allowed=["@invites-friend:hs.test"])
        expect("No invitation is waiting" in ann.types("invites", "list"), "there are some")
        friend = User(self.synapse.port, self.synapse.register("invites-friend"))
        stranger = User(self.synapse.port, self.synapse.register("invites-stranger"))
        plain, secret = friend.create_dm(ann.account.user_id), friend.create_dm(ann.account.user_id, encrypted=True)
        strange = stranger.create_dm(ann.account.user_id)
        listed = {one["room"]: one for one in json.loads(ann.types("invites", "list", "--json"))}
        expect(listed[plain]["accepted"] and not listed[strange]["accepted"], f"{listed}")
        expect(listed[secret]["accepted"] == self.encrypts, f"{listed}")
        expect(listed[secret]["encrypted"] and listed[strange]["user"] == stranger.id, f"{listed}")
        declined = "declines: the bot cannot read encrypted rooms" in ann.types("invites", "list")
        expect(declined != self.encrypts, "not said, or said of a build that can read them")

    # ------------------------------------------------------------------------------------------------ new device

    def new_device_takes_the_place_of_the_old_one(self):
        ann = Operator(self, "device").begins()
        declined = ann.types("new-device", stdin="no\n", code=1)
        expect("Nothing was changed" in declined and ann.session()["device_id"] == ann.account.device_id, declined)
        ann.types("new-device", "--yes", password=ann.password)
        new = ann.session()["device_id"]
        expect(new != ann.account.device_id and ann.whoami()["device_id"] == new, "the device is not new")
        devices = Api(self.synapse.port, ann.session()["access_token"]).call("GET", f"{CLIENT}/devices")["devices"]
        expect([one["device_id"] for one in devices] == [new], f"{devices}")
        person = User(self.synapse.port, self.synapse.register("device-person"))
        room = person.create_dm(ann.account.user_id)
        until(lambda: len(person.bot_events(room, ann.account.user_id)) > 0, 30, "the running bot did not go on")
        ann.bot.stop()


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
                    reason = getattr(commands, name)()
                    verdict = f"skipped, {reason}" if reason else "ok"
                except (Broken, MatrixError, OSError, json.JSONDecodeError, KeyError) as error:
                    failed += 1
                    verdict = f"FAILED: {type(error).__name__} {error}"
                finally:
                    commands._end()
                print(f"{time.monotonic() - at:5.1f} s  {name.replace('_', ' ')}: {verdict}", flush=True)
        finally:
            synapse.stop()
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
