#!/usr/bin/env python3
"""`reweave discord …` and `reweave serve` on Discord, as an operator types it, against the fake Discord."""

import argparse
import json
import os
import pathlib
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "matrix"), str(HERE.parent / "support")]
from bot import Bot  # noqa: E402
from fake import FakeDiscord  # noqa: E402
from scene import expect, until  # noqa: E402
from server import Broken, free_port  # noqa: E402

TOKEN = "bot-token"
POLICY = "https://example.org/privacy"
# What the portal shows of an application whose operator has done all that is wanted.
PORTAL = {
    "flags": 0,
    "interactions_endpoint_url": None,
    "integration_types_config": {"0": {}, "1": {}},
    "privacy_policy_url": POLICY,
    "terms_of_service_url": "https://example.org/terms",
}


class DiscordBot(Bot):
    """Nobody has logged it in."""

    def log_in(self, account):
        pass


class Operator:
    """Somebody at the terminal, with a bot's folder and a Discord of their own."""

    def __init__(self, commands, name, api=None, web=None, **discord):
        self.fake = FakeDiscord(commands.fake_binary)
        settings = {"enabled": True, "api": api or self.fake.api, "privacy_policy": POLICY, **discord}
        page = {"listen": "127.0.0.1", "port": 0, "public_url": "https://chat.example.org", **(web or {})}
        self.bot = DiscordBot(commands.binary, commands.folder / name, "", None, discord=settings, web=page)
        self.file = self.bot.data / "discord.json"
        commands.operators.append(self)

    def types(self, *words, stdin="", token=None, code=0):
        """What `reweave discord WORDS` prints; its exit code must be `code`."""
        env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        env.pop("REWEAVE_DISCORD_TOKEN", None)
        if token:
            env["REWEAVE_DISCORD_TOKEN"] = token
        done = subprocess.run([self.bot.binary, "discord", *words, "--config", self.bot.config], input=stdin, env=env,
                              capture_output=True, text=True, timeout=60)
        printed = done.stdout + done.stderr
        expect(done.returncode == code, f"discord {' '.join(words)} gave {done.returncode} and printed: {printed}")
        expect(TOKEN not in printed, f"the token was shown: {printed}")
        return printed

    def logs_in(self):
        self.types("login", stdin=TOKEN + "\n")
        return self

    def begins(self):
        self.bot.start()
        until(lambda: self.bot.metrics()["reweave_discord_up"] == 1, 20, "the bot did not begin")
        return self

    def stored(self):
        return json.loads(self.file.read_text())

    def portal(self, **other):
        """What the portal shows from now on."""
        self.answers("/applications/@me$", {"id": self.fake.bot, "name": "Reweave", **PORTAL, **other})

    def answers(self, path, body):
        self.fake.fault(method="GET", path=path, status=200, body=json.dumps(body), times=1000)

    def finds(self, what, state, words, code=None):
        """The doctor has a finding with these words; its other findings, too. It fails if something is broken."""
        found = json.loads(self.types("doctor", "--json", code=code if code is not None else int(state == "broken")))
        mine = [f for f in found if f["what"] == what]
        expect(any(f["state"] == state and words in f["says"] for f in mine), f"“{words}” is not among {found}")
        expect(all(f["mend"] or f["state"] != "warning" for f in found), f"a warning without a cure: {found}")
        return found

    def ends(self):
        self.bot.kill()
        self.fake.end()


class Commands:
    def __init__(self, binary, fake_binary, folder):
        self.binary, self.fake_binary, self.folder = binary, fake_binary, pathlib.Path(folder)
        self.operators = []

    def _end(self):
        while self.operators:
            self.operators.pop().ends()

    # ------------------------------------------------------------------------------------------------ login

    def login_says_who_the_bot_is_and_how_it_is_invited(self):
        ann = Operator(self, "login")
        printed = ann.types("login", stdin=f"  Bot {TOKEN}\n".lstrip())
        expect(f"application {ann.fake.bot}" in printed, printed)
        least = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 36 | 1 << 38
        expect(f"client_id={ann.fake.bot}" in printed and f"permissions={least}\n" in printed, printed)
        expect("scope=bot+applications.commands" in printed and "integration_type=1" in printed, printed)
        expect(ann.stored() == {"token": TOKEN, "application": ann.fake.bot, "user": ann.fake.bot}, "not stored")
        expect(stat.S_IMODE(ann.file.stat().st_mode) == 0o600, "others may read the file with the token")
        expect(ann.fake.complaints() == [], f"{ann.fake.complaints()}")

    def login_refuses_what_is_no_bots_token_and_stores_nothing(self):
        ann = Operator(self, "login-wrong")
        refused = ann.types("login", stdin="not-this\n", code=1)
        expect("does not take this token" in refused and "Reset Token" in refused and "not-this" not in refused, refused)
        expect("nothing was typed" in ann.types("login", code=1), "an empty token was taken")
        ann.answers("/users/@me$", {"id": "7", "username": "ann"})
        refused = ann.types("login", stdin=TOKEN + "\n", code=1)
        expect("token of a person" in refused and not ann.file.exists(), refused)

    def login_of_another_application_needs_to_be_meant(self):
        ann = Operator(self, "login-other").logs_in()
        ann.file.write_text(json.dumps(ann.stored() | {"application": "77"}))
        refused = ann.types("login", stdin=TOKEN + "\n", code=1)
        expect("--replace" in refused and ann.stored()["application"] == "77", refused)
        ann.types("login", "--replace", stdin=TOKEN + "\n")
        expect(ann.stored()["application"] == ann.fake.bot, "--replace replaced nothing")

    def a_token_of_the_environment_is_used_and_not_stored(self):
        ann = Operator(self, "login-environment")
        printed = ann.types("login", token=TOKEN)
        expect("REWEAVE_DISCORD_TOKEN" in printed and "token" not in ann.stored(), printed)
        expect("no token for Discord" in ann.types("commands", code=1), "it is said to be there")
        ann.types("commands", "--register", token=TOKEN)

    def login_says_when_discord_cannot_be_reached(self):
        ann = Operator(self, "login-nowhere", api=f"http://127.0.0.1:{free_port()}/api/v10")
        expect("connection refused" in ann.types("login", stdin=TOKEN + "\n", code=1), "not said")

    # ------------------------------------------------------------------------------------------------ doctor

    def doctor_finds_a_healthy_bot_healthy(self):
        ann = Operator(self, "doctor-healthy").logs_in().begins()
        until(lambda: len(ann.fake.commands()) > 0, 20, "no commands were registered")
        ann.portal()
        found = ann.finds("commands", "ok", "as they should be", 0)
        expect([f for f in found if f["state"] != "ok"] == [], f"something is wrong with a healthy bot: {found}")
        looked = {"bot", "private words", "retention", "login", "token", "intents", "interactions", "install",
                  "privacy policy", "commands", "sessions", "servers", "channels"}
        expect({f["what"] for f in found} - {"clock"} == looked, f"looked at: {found}")
        ann.finds("sessions", "ok", "1 session begun in 24 hours; Discord allows 999 more today", 0)
        ann.bot.stop()
        ann.finds("bot", "warning", "not running", 0)
        ann.finds("sessions", "ok", "1 session begun", 0)

    def doctor_knows_what_is_set_wrong_in_the_portal(self):
        ann = Operator(self, "doctor-portal").logs_in()
        ann.portal(interactions_endpoint_url="https://example.org/interactions")
        ann.finds("interactions", "broken", "never hears of them")
        for wrong, what, words in (
            ({"flags": 1 << 19}, "intents", "not needed: Message Content"),
            ({"flags": 1 << 13 | 1 << 14}, "intents", "not needed: Presence, Server Members"),
            ({"integration_types_config": {"0": {}}}, "install", "cannot bring the bot along"),
            ({"privacy_policy_url": None}, "privacy policy", "Privacy Policy URL in the portal"),
            ({"privacy_policy_url": "https://example.org/old"}, "privacy policy", "names another one"),
        ):
            ann.fake.clear_faults()
            ann.portal(**wrong)
            ann.finds(what, "warning", words, 0)

    def doctor_knows_an_intent_that_is_asked_for_and_not_ticked(self):
        ann = Operator(self, "doctor-intent", message_content=True).logs_in()
        ann.portal()
        ann.finds("intents", "broken", "not ticked in the portal")
        ann.fake.clear_faults()
        ann.portal(flags=1 << 18)
        ann.finds("intents", "ok", "as the settings ask", 0)

    def doctor_knows_a_page_that_nobody_can_open_and_days_that_are_too_many(self):
        ann = Operator(self, "doctor-page", web={"public_url": ""}, keep_days=90).logs_in()
        ann.finds("private words", "broken", "only this machine can open")
        ann.finds("retention", "warning", "kept for 90 days", 1)
        plain = Operator(self, "doctor-plain", web={"public_url": "http://chat.example.org"}).logs_in()
        plain.finds("private words", "warning", "can be read on the way", 0)

    def doctor_knows_a_token_that_died_and_one_of_another_bot(self):
        ann = Operator(self, "doctor-token").logs_in()
        ann.file.write_text(json.dumps(ann.stored() | {"user": "77"}))
        ann.finds("token", "broken", "of another bot")
        ann.file.write_text(json.dumps(ann.stored() | {"token": "old"}))
        ann.finds("token", "broken", "does not take it any more")
        ann.file.chmod(0o644)
        ann.finds("login", "broken", "can be read by others")
        ann.file.unlink()
        ann.finds("login", "broken", "reweave discord login")

    def doctor_knows_sessions_that_run_out_and_a_clock_that_is_wrong(self):
        ann = Operator(self, "doctor-sessions").logs_in()
        few = {"total": 1000, "remaining": 3, "reset_after": 5, "max_concurrency": 1}
        ann.answers("/gateway/bot$", {"url": "wss://x", "shards": 1, "session_start_limit": few})
        ann.finds("sessions", "warning", "allows 3 more today", 0)
        ann.fake.fault(method="GET", path="/users/@me$", status=200, times=1, headers={"Date": "Sat, 28 Nov 2020 09:30:00 GMT"},
                       body=json.dumps({"id": ann.fake.bot, "username": "Reweave", "bot": True}))
        ann.finds("clock", "warning", "ahead of Discord", 0)

    def doctor_knows_what_the_bot_may_not_in_a_channel_where_a_talk_is_said(self):
        ann = Operator(self, "doctor-channel").logs_in().begins()
        guild = ann.fake.add_guild(name="Home")
        seen, unseen = (ann.fake.add_channel(guild=guild, name=name) for name in ("open", "closed"))
        ann.bot.stop()
        with sqlite3.connect(ann.bot.data / "reweave.db") as database:
            for talk, channel in ((1, seen), (2, unseen)):
                place = json.dumps({"guild": guild, "channel": channel})
                database.execute("INSERT INTO channel_rows VALUES ('discord', ?, ?)", (f"talk:{talk}", place))
        ann.fake.forbid(channel=unseen, permission=str(1 << 10))
        may = {"id": guild, "permissions": str(1 << 10 | 1 << 11 | 1 << 16 | 1 << 38)}
        ann.answers(f"/guilds/{guild}$", {"id": guild, "owner_id": "1", "roles": [may]})
        ann.answers(f"/guilds/{guild}/members/", {"user": {"id": ann.fake.bot}, "roles": []})
        ann.finds("channels", "warning", f"{seen}, where the bot lacks: Create Private Threads", 0)
        ann.finds("channels", "warning", f"{unseen}, where the bot lacks: View Channels", 0)

    def doctor_says_when_the_settings_keep_the_bot_off_discord(self):
        ann = Operator(self, "doctor-off", enabled=False)
        ann.finds("settings", "broken", "discord.enabled is false")

    # ------------------------------------------------------------------------------------------------ commands

    def commands_are_shown_beside_ours_and_registered(self):
        ann = Operator(self, "commands").logs_in()
        expect("/help is not registered" in ann.types("commands", code=1), "the commands are said to be there")
        expect("as they should be" in ann.types("commands", "--register"), "not registered")
        expect({one["name"] for one in ann.fake.commands()} >= {"repair", "cooldown", "help", "delete"}, "not registered")
        drifted = [one | {"description": "Something else"} if one["name"] == "help" else one for one in ann.fake.commands()]
        drifted = [one for one in drifted if one["name"] != "stop"] + [drifted[0] | {"name": "ping"}]
        ann.answers("/commands$", drifted)
        drift = json.loads(ann.types("commands", "--json", code=1))["drift"]
        expect(drift == ["/stop is not registered", "/help has another description", "/ping is registered, and not ours"], f"{drift}")
        expect(ann.fake.complaints() == [], f"{ann.fake.complaints()}")

    # ------------------------------------------------------------------------------------------------ serve

    def serve_without_a_login_says_so(self):
        ann = Operator(self, "serve-nobody")
        done = subprocess.run([ann.bot.binary, "serve", "--config", ann.bot.config], capture_output=True, text=True, timeout=60)
        expect(done.returncode == 1 and "Run `reweave discord login` first" in done.stderr, done.stderr)

    def serve_answers_a_command_and_a_restart_goes_on_without_a_new_session(self):
        ann = Operator(self, "serve", private_words="dm").logs_in().begins()
        person = ann.fake.add_user(name="Ana")
        direct = ann.fake.open_dm(user=person)
        interaction = ann.fake.command(channel=direct, user=person, name="repair")
        until(lambda: ann.fake.interaction(id=interaction)["answer"], 20, "nobody answers")
        expect(not ann.fake.interaction(id=interaction)["late"], "the answer was late")
        metrics = ann.bot.metrics()
        expect(metrics["reweave_discord_ack_seconds_count"] == 1 and metrics["reweave_discord_ack_late_total"] == 0, f"{metrics}")
        expect(metrics["reweave_discord_identifies"] == 1 and metrics["reweave_discord_refused_total"] == 0, f"{metrics}")
        until(lambda: ann.bot.metrics()["reweave_discord_unsent"] == 0, 20, "something is left unsaid")
        metrics = ann.bot.metrics()
        expect(metrics["reweave_discord_sent_total"] > 0 and metrics["reweave_discord_contacts"] == 1, f"{metrics}")
        quiet = ("pointed_total", "resumes_total", "rate_limited_total", "closed")
        expect(all(metrics[f"reweave_discord_{name}"] == 0 for name in quiet), f"{metrics}")
        expect(ann.fake.counters()["identifies"] == 1, f"{ann.fake.counters()}")
        ann.bot.stop()
        written = ann.fake.write(channel=direct, user=person, text="I am still here")
        ann.begins()
        until(lambda: ann.fake.counters()["resumes"] == 1, 20, "the session was not taken up again")
        expect(ann.fake.counters()["identifies"] == 1, f"another session was begun: {ann.fake.counters()}")
        until(lambda: any(int(one["id"]) > int(written) for one in ann.fake.messages(channel=direct, user=person)), 20,
              "what was written meanwhile was lost")
        ann.bot.stop()
        expect(ann.fake.complaints() == [], f"{ann.fake.complaints()}")
        expect("I am still here" not in ann.bot.log_text() and TOKEN not in ann.bot.log_text(), "the log says too much")

    def whom_the_bot_has_erased_is_forgotten_on_discord_too(self):
        ann = Operator(self, "serve-erased", private_words="dm").logs_in().begins()
        people = [ann.fake.add_user(name=name) for name in ("Ana", "Ben")]
        for person in people:
            direct = ann.fake.open_dm(user=person)
            ann.fake.write(channel=direct, user=person, text="hi")
            until(lambda direct=direct, person=person: len(ann.fake.messages(channel=direct, user=person)) > 1, 20, "nobody answers")
        contacts = "SELECT key FROM channel_rows WHERE channel = 'discord' AND key LIKE 'user:%'"
        until(lambda: len(ann.bot.ask(contacts)) == 2, 20, "nobody is known")
        ann.bot.stop()
        printed, code = ann.bot.command("erase", f"discord:{people[0]}", "--yes")
        expect(code == 0, printed)
        ann.begins()
        until(lambda: ann.bot.ask(contacts) == [(f"user:{people[1]}",)], 30, "an erased person is still known")
        ann.bot.stop()

    def a_discord_that_lets_the_bot_in_no_more_does_not_end_the_bot(self):
        ann = Operator(self, "serve-refused").logs_in()
        ann.fake.next_connections(close_code=4014, count=100)
        ann.bot.start()
        until(lambda: "discord the bot is not on Discord: " in ann.bot.log_text(), 20, "nobody is told")
        ann.finds("bot", "broken", "has given up")
        expect(ann.bot.alive() and ann.bot.metrics()["reweave_discord_up"] == 0, "the bot ended")
        ann.bot.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the reweave program")
    parser.add_argument("--fake", required=True, help="the fake Discord")
    parser.add_argument("--only", default="", help="words in the names of the tests")
    options = parser.parse_args()
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    failed = 0
    with tempfile.TemporaryDirectory(prefix="reweave-discord-", dir=memory) as folder:
        binary, fake = (str(pathlib.Path(one).resolve()) for one in (options.binary, options.fake))
        commands = Commands(binary, fake, folder)
        for name in [name for name in vars(Commands) if not name.startswith("_") and options.only in name]:
            at = time.monotonic()
            try:
                getattr(commands, name)()
                verdict = "ok"
            except (Broken, RuntimeError, OSError, json.JSONDecodeError, KeyError) as error:
                failed += 1
                verdict = f"FAILED: {type(error).__name__} {error}"
            finally:
                commands._end()
            print(f"{time.monotonic() - at:5.1f} s  {name.replace('_', ' ')}: {verdict}", flush=True)
    print(f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
