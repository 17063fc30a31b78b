"""A person with a plain Matrix client: what they do, and what they see."""

import itertools
import sys
import threading
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from api import Api, MatrixError, quoted  # noqa: E402
from server import Broken  # noqa: E402

CLIENT = "/_matrix/client/v3"
LONG_POLL = 10  # seconds


def text_of(event):
    """The words of a message event; of an edit the new ones."""
    content = event.get("content", {})
    return str(content.get("m.new_content", content).get("body", ""))


def is_edit(event):
    return event.get("content", {}).get("m.relates_to", {}).get("rel_type") == "m.replace"


class Writer:
    """What people write, by means of send_event(room, kind, content)."""

    def send(self, room, text, msgtype="m.text", html=None, reply_to=None, thread=None, mentions=(), **more):
        """`thread` is the event at its root; `more` goes into the content as it is. Returns the event's id."""
        content = {"msgtype": msgtype, "body": text, "m.mentions": {"user_ids": list(mentions)} if mentions else {}, **more}
        if html is not None:
            content.update(format="org.matrix.custom.html", formatted_body=html)
        if thread:
            content["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": not reply_to,
                                       "m.in_reply_to": {"event_id": reply_to or thread}}
        elif reply_to:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply_to}}
        return self.send_event(room, "m.room.message", content)

    def edit(self, room, event_id, text):
        new = {"msgtype": "m.text", "body": text, "m.mentions": {}}
        relation = {"rel_type": "m.replace", "event_id": event_id}
        content = {**new, "body": "* " + text, "m.new_content": new, "m.relates_to": relation}
        return self.send_event(room, "m.room.message", content)

    def react(self, room, event_id, key):
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        return self.send_event(room, "m.reaction", {"m.relates_to": relation})


class User(Writer):
    """An account of Synapse.register() and its client.

    Reads all the time, in a thread of its own, once start() was called. All other calls are for one thread.
    """

    def __init__(self, port, account):
        self.id = account.user_id
        self.api = Api(port, account.access_token)
        self.numbers = itertools.count(1)
        self.since = None
        self.events = {}  # room -> events in the order in which they came
        self.known = set()
        self.news = threading.Condition()
        self.stopping = False

    # ------------------------------------------------------------------------------------------- rooms

    def create_dm(self, invite, encrypted=False):
        """A direct chat with them, as clients make it. Returns the room's id."""
        encryption = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        return self._create({"preset": "trusted_private_chat", "is_direct": True, "invite": [invite],
                             "initial_state": [encryption] if encrypted else []})

    def create_room(self, name, invite=(), public=False, version=None, **more):
        """`more` goes into the request as it is. Returns the room's id."""
        body = {"name": name, "preset": "public_chat" if public else "private_chat", "invite": list(invite), **more}
        return self._create({**body, "room_version": version} if version else body)

    def _create(self, body):
        return self.api.call("POST", f"{CLIENT}/createRoom", body)["room_id"]

    def _about(self, room, action, user_id=None, **more):
        body = {**({"user_id": user_id} if user_id else {}), **more}
        return self.api.call("POST", f"{CLIENT}/rooms/{quoted(room)}/{action}", body)

    def invite(self, room, user_id):
        self._about(room, "invite", user_id)

    def join(self, room):
        self.api.call("POST", f"{CLIENT}/join/{quoted(room)}", {})

    def leave(self, room):
        self._about(room, "leave")

    def kick(self, room, user_id):
        self._about(room, "kick", user_id)

    def ban(self, room, user_id):
        self._about(room, "ban", user_id)

    def unban(self, room, user_id):
        self._about(room, "unban", user_id)

    def upgrade_room(self, room, version="12"):
        """Returns the id of the room that replaces it."""
        return self._about(room, "upgrade", new_version=version)["replacement_room"]

    def state(self, room, kind, key=""):
        return self.api.call("GET", f"{CLIENT}/rooms/{quoted(room)}/state/{kind}/{quoted(key)}")

    def set_state(self, room, kind, content, key=""):
        return self.api.call("PUT", f"{CLIENT}/rooms/{quoted(room)}/state/{kind}/{quoted(key)}", content)["event_id"]

    def set_power(self, room, **changes):
        """Changes keys of the power levels, for example events_default=50."""
        return self.set_state(room, "m.room.power_levels", {**self.state(room, "m.room.power_levels"), **changes})

    def members(self, room):
        """user id -> membership of everybody who ever was in the room."""
        answer = self.api.call("GET", f"{CLIENT}/rooms/{quoted(room)}/members")
        return {event["state_key"]: event["content"]["membership"] for event in answer["chunk"]}

    # ---------------------------------------------------------------------------------------- messages

    def send_event(self, room, kind, content, txn=None):
        """Any event, also one that no client would send. Returns its id."""
        txn = txn or f"t{next(self.numbers)}"
        return self.api.call("PUT", f"{CLIENT}/rooms/{quoted(room)}/send/{kind}/{quoted(txn)}", content)["event_id"]

    def redact(self, room, event_id, txn=None):
        txn = txn or f"r{next(self.numbers)}"
        path = f"{CLIENT}/rooms/{quoted(room)}/redact/{quoted(event_id)}/{quoted(txn)}"
        return self.api.call("PUT", path, {})["event_id"]

    def messages(self, room):
        """Every event of the room that this person may see, oldest first, as the server has it now."""
        path, query, events = f"{CLIENT}/rooms/{quoted(room)}/messages", {"dir": "f", "limit": 500}, []
        while True:
            answer = self.api.call("GET", path, **query)
            events += answer["chunk"]
            if "end" not in answer or not answer["chunk"]:
                return events
            query["from"] = answer["end"]

    def bot_events(self, room, bot_id, kind="m.room.message"):
        """What the bot has sent to the room, as messages() has it."""
        return [event for event in self.messages(room) if event["sender"] == bot_id and event["type"] == kind]

    # ----------------------------------------------------------------------------------------- reading

    def start(self):
        """Begins to read. What was said in rooms before may be missing; messages() has it."""
        self._take(self.api.call("GET", f"{CLIENT}/sync", filter='{"room":{"timeline":{"limit":200}}}'))
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def stop(self):
        """The last long poll may go on for a while, but nothing waits for it."""
        self.stopping = True
        self.api.close()

    def _read(self):
        path = f"{CLIENT}/sync?timeout={LONG_POLL * 1000}&filter=" + quoted('{"room":{"timeline":{"limit":200}}}')
        while not self.stopping:
            try:
                self._take(self.api.call("GET", f"{path}&since={quoted(self.since)}"))
            except (OSError, MatrixError):  # the homeserver is restarting
                time.sleep(0.1)

    def _take(self, answer):
        with self.news:
            self.since = answer["next_batch"]
            for part in ("join", "leave"):
                for room, news in answer.get("rooms", {}).get(part, {}).items():
                    for event in news.get("timeline", {}).get("events", []):
                        if event["event_id"] not in self.known:
                            self.known.add(event["event_id"])
                            self.events.setdefault(room, []).append(event)
            self.news.notify_all()

    def mark(self, room):
        """How many events of the room have come: a `since` for expect()."""
        with self.news:
            return len(self.events.get(room, []))

    def expect(self, room, text, since=0, timeout=20, sender=None, edits=True):
        """Waits for a message of somebody else that contains `text`, beginning with event number `since`.

        Returns the event. Raises Broken, with what was said instead, when it does not come.
        """
        def found(event):
            return (event["type"] == "m.room.message" and event["sender"] == (sender or event["sender"]) != self.id
                    and (edits or not is_edit(event)) and text.casefold() in text_of(event).casefold())

        return self.until(lambda: next(filter(found, self.events.get(room, [])[since:]), None), timeout,
                          lambda: f"{self.id} waited {timeout} s for “{text}”; since then came: {self.said(room, since)}")

    def until(self, there, timeout, otherwise):
        """Waits until `there()`, which is asked whenever news have come. Raises Broken with the words of `otherwise()`."""
        deadline = time.monotonic() + timeout
        with self.news:
            while not (found := there()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise Broken(otherwise())
                self.news.wait(left)
            return found

    def said(self, room, since=0, sender=None):
        """The words of all messages that have come, or of those of one sender."""
        with self.news:
            return [text_of(event) for event in self.events.get(room, [])[since:]
                    if event["type"] == "m.room.message" and event["sender"] == (sender or event["sender"])]
