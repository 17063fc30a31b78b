#!/usr/bin/env python3
"""What the tests of the Matrix adapter rest on, tried without the bot: the homeserver, people on it, and the proxy's faults."""

import http.client
import json
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import environment  # noqa: E402
import fault_proxy as faults  # noqa: E402
from api import Api, MatrixError, quoted  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from server import Broken  # noqa: E402
from synapse import Synapse, is_loopback, memory  # noqa: E402
from user import CLIENT, User, text_of  # noqa: E402

SKIPPED = 77


def expect(truth, otherwise):
    if not truth:
        raise Broken(otherwise)


def refused(call, status):
    try:
        call()
    except MatrixError as error:
        expect(error.status == status, f"the homeserver was to say {status}: {error}")
        return error
    raise Broken(f"the homeserver was to say {status}, but agreed")


class Harness:
    def __init__(self, synapse):
        self.synapse = synapse
        self.ann, self.ben = (User(synapse.port, synapse.register(name)).start() for name in ("ann", "ben"))
        self.room = self.ann.create_dm(self.ben.id)
        self.ben.join(self.room)

    def two_people_talk(self):
        said = self.ann.send(self.room, "hello there")
        heard = self.ben.expect(self.room, "hello")
        expect(heard["event_id"] == said, "the message that came is not the one that was sent")
        self.ben.send(self.room, "a reply", reply_to=said, mentions=[self.ann.id])
        answer = self.ann.expect(self.room, "a reply")["content"]
        expect(answer["m.relates_to"]["m.in_reply_to"]["event_id"] == said, f"no reply: {answer}")
        expect(answer["m.mentions"]["user_ids"] == [self.ann.id], f"no mention: {answer}")
        in_thread = self.ben.send(self.room, "in a thread", html="<b>in a thread</b>", thread=said)
        refused(lambda: self.ann.send(self.room, "a thread in a thread", thread=in_thread), 400)

    def edits_redactions_and_reactions(self):
        said = self.ann.send(self.room, "one thing")
        self.ann.edit(self.room, said, "another thing")
        self.ben.expect(self.room, "another thing")
        reaction = self.ben.react(self.room, said, "1️⃣")
        refused(lambda: self.ben.react(self.room, said, "1️⃣"), 400)
        self.ben.redact(self.room, reaction)
        self.ann.redact(self.room, said)
        self.ben.until(lambda: any(e["type"] == "m.room.redaction" and e.get("redacts") == said
                                   for e in self.ben.events[self.room]), 10, lambda: "the redaction did not come")
        left = next(e for e in self.ben.messages(self.room) if e["event_id"] == said)
        expect(not left["content"], f"the redacted message still says {left['content']}")

    def history_is_whole_and_in_order(self):
        room = self.ann.create_room("history", [self.ben.id])
        self.ben.join(room)
        for number in range(120):
            self.ann.send(room, f"line {number}")
        self.ben.expect(room, "line 119")
        lines = [f"line {number}" for number in range(120)]
        expect([text_of(e) for e in self.ben.bot_events(room, self.ann.id)] == lines, "the history is not what was said")
        expect(self.ben.said(room) == lines, "what came is not what was said")

    def rooms_change(self):
        room = self.ann.create_room("an upgrade", [self.ben.id], version="11")
        self.ben.join(room)
        replacement = self.ann.upgrade_room(room)
        expect(":" not in replacement, f"a room of version 12 has no server in its name: {replacement}")
        refused(lambda: self.ben.join(replacement), 403)
        self.ann.invite(replacement, self.ben.id)
        self.ben.join(replacement)
        self.ann.set_power(replacement, events_default=50)
        refused(lambda: self.ben.send(replacement, "may I?"), 403)
        self.ann.kick(replacement, self.ben.id)
        expect(self.ann.members(replacement)[self.ben.id] == "leave", "a kick leaves nobody in")

    def limits_are_per_account(self):
        self.synapse.override_ratelimit(self.ben.id, 1, 2)
        try:
            error = refused(lambda: [self.ben.send(self.room, f"quick {n}") for n in range(6)], 429)
            expect(error.answer["retry_after_ms"] > 0, f"no word of when: {error.answer}")
            for number in range(6):
                self.ann.send(self.room, f"unlimited {number}")
        finally:
            self.synapse.no_ratelimit(self.ben.id)

    def sessions_end(self):
        account = self.synapse.register("short")
        self.synapse.delete_device(account)
        error = refused(lambda: Api(self.synapse.port, account.access_token).call("GET", f"{CLIENT}/account/whoami"), 401)
        expect(error.answer.get("soft_logout") is not True, f"a deleted device is gone for good: {error.answer}")
        again = self.synapse.log_in(account.user_id, "ANOTHER")
        Api(self.synapse.port, again.access_token).call("GET", f"{CLIENT}/account/whoami")
        self.synapse.suspend(account.user_id)
        user = User(self.synapse.port, again)
        refused(lambda: user.create_room("while suspended"), 403)
        self.synapse.suspend(account.user_id, False)
        user.create_room("afterwards")

    def a_killed_homeserver_remembers_transactions(self):
        content = {"msgtype": "m.text", "body": "once"}
        first = self.ann.send_event(self.room, "m.room.message", content, txn="the same")
        self.synapse.kill()
        self.synapse.start()
        second = self.ann.send_event(self.room, "m.room.message", content, txn="the same")
        expect(first == second, "the same transaction made two events")
        self.ann.send(self.room, "after the restart")
        self.ben.expect(self.room, "after the restart")

    def nothing_listens_elsewhere(self):
        self.synapse.assert_loopback_only()
        expect(is_loopback("0100007F") and is_loopback("00000000000000000000000001000000"), "loopback is loopback")
        expect(not is_loopback("00000000") and not is_loopback("0" * 32) and not is_loopback("0202000A"), "all is not loopback")

    def every_fault_shows(self):
        proxy = FaultProxy(self.synapse.port)
        try:
            Faults(proxy, self.ann, self.room).all()
        finally:
            proxy.stop()


class Faults:
    """Ann sends through the proxy, one fault after the other."""

    def __init__(self, proxy, ann, room):
        self.proxy, self.room, self.ann = proxy, room, ann
        self.api = Api(proxy.port, ann.api.token)
        self.number = 0

    def send(self, txn=None, patience=10):
        self.number += 1
        path = f"{CLIENT}/rooms/{quoted(self.room)}/send/m.room.message/{txn or f'through-{self.number}'}"
        return self.api.call("PUT", path, {"msgtype": "m.text", "body": "through the proxy"}, patience=patience)["event_id"]

    def lost(self, call, what):
        """The answer does not come whole."""
        try:
            call()
        except OSError:
            self.api.close()
            return
        raise Broken(f"an answer was to be lost by {what}")

    def sync(self, since=None):
        query = {"since": since} if since else {}
        return self.api.call("GET", f"{CLIENT}/sync", **query)

    def once(self, fault, method="PUT", path="/send/"):
        return self.proxy.when(method, path, fault, times=1)

    def all(self):
        self.passes()
        self.delays_and_drops()
        self.holds_and_freezes()
        self.spoils_answers()
        self.syncs()
        self.is_down()

    def passes(self):
        self.send()
        request = self.proxy.seen("PUT", "/send/")[-1]
        expect(request.status == 200 and not request.fault, f"the record says {request}")
        expect(self.ann.api.token not in repr(self.proxy.requests), "the record has a token")
        refused(lambda: self.api.call("GET", f"{CLIENT}/nothing"), 404)

    def delays_and_drops(self):
        self.once(faults.delay(0.5))
        began = time.monotonic()
        self.send()
        expect(time.monotonic() - began >= 0.5, "no delay")
        self.once(faults.drop_response(), path="/dropped$")
        self.api.close()  # over a fresh connection it does not try again by itself
        self.lost(lambda: self.send("dropped"), "drop_response")
        event = self.send("dropped")
        ids = [e["event_id"] for e in self.ann.messages(self.room)]
        expect(ids.count(event) == 1 and ids[-1] == event, "the dropped one was to reach the homeserver, once")

    def holds_and_freezes(self):
        rule = self.once(faults.hold(), path="/held$")
        self.lost(lambda: self.short_send("held"), "hold")
        rule.wait(5)
        before = len(self.ann.messages(self.room))
        self.send("held")
        expect(len(self.ann.messages(self.room)) == before, "the held one had not reached the homeserver")
        rule.release()
        rule = self.once(faults.freeze(), path="/frozen$")
        self.lost(lambda: self.short_send("frozen"), "freeze")
        rule.wait(5)
        before = len(self.ann.messages(self.room))
        self.send("frozen")
        expect(len(self.ann.messages(self.room)) == before + 1, "the frozen one had reached the homeserver")
        rule.release()

    def short_send(self, txn):
        self.api.close()
        return self.send(txn, patience=0.5)

    def spoils_answers(self):
        self.once(faults.bad_gateway())
        self.lost(self.send, "HTML")  # it is no JSON
        expect(self.proxy.seen()[-1].status == 502, "the record was to say 502")
        self.once(faults.cut_body())
        self.lost(self.send, "cut_body")
        self.once(faults.invalid_json())
        self.lost(self.send, "invalid_json")
        self.once(faults.limit(1500))
        error = refused(self.send, 429)
        expect(error.answer["retry_after_ms"] == 1500, f"the limit says {error.answer}")
        expect(len([r for r in self.proxy.seen("PUT", "/send/") if r.fault == "say"]) == 2, "the record was to name the faults")

    def syncs(self):
        self.proxy.when("GET", faults.SYNC, faults.replay_sync(), times=1)
        first = self.sync()
        self.send()
        expect(self.sync(first["next_batch"]) == first, "the same answer was to come again")

        def backwards(answer):
            events = answer.get("rooms", {}).get("join", {}).get(self.room, {}).get("timeline", {}).get("events")
            return events and events.reverse() or (answer if events else None)

        plain = self.timeline(self.sync())
        self.proxy.when("GET", faults.SYNC, faults.change(backwards), times=1)
        expect(self.timeline(self.sync()) == plain[::-1] and len(plain) > 1, "the timeline was to come backwards")
        expect(self.timeline(self.sync()) == plain, "only one answer was to be changed")
        self.api.close()  # the connection of a client that has gone is closed in the proxy too
        raw = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=10)
        raw.request("GET", f"{CLIENT}/sync?timeout=30000&since={self.sync()['next_batch']}", headers={
            "Authorization": f"Bearer {self.api.token}"})
        raw.close()
        self.api.close()
        deadline = time.monotonic() + 5
        while self.proxy.connections and time.monotonic() < deadline:
            time.sleep(0.02)
        expect(not self.proxy.connections, "a long poll outlived the client")

    def timeline(self, answer):
        return [event["event_id"] for event in answer["rooms"]["join"][self.room]["timeline"]["events"]]

    def is_down(self):
        self.proxy.refuse()
        self.lost(self.send, "refuse")
        self.proxy.accept()
        self.send()


def main():
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="reweave-matrix-", dir=memory()) as folder:
        try:
            synapse = Synapse(folder)
        except environment.Unavailable as reason:
            print(f"skipped, Synapse is not available: {reason}")
            return SKIPPED
        failed = 0
        try:
            print(f"Synapse answers after {synapse.start():.1f} s")
            harness = Harness(synapse)
            for name in [name for name in vars(Harness) if not name.startswith("_")]:
                at = time.monotonic()
                try:
                    getattr(harness, name)()
                    verdict = "ok"
                except (Broken, MatrixError, OSError, json.JSONDecodeError) as error:
                    failed += 1
                    verdict = f"FAILED: {error}"
                print(f"{time.monotonic() - at:5.1f} s  {name.replace('_', ' ')}: {verdict}", flush=True)
            harness.ann.stop()
            harness.ben.stop()
        finally:
            synapse.stop()
    print(f"{failed} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
