"""A person with an encrypting Matrix client that somebody else made (peer/peer.mjs): what they do, and what they see."""

import json
import os
import pathlib
import queue
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import environment  # noqa: E402
from server import Broken  # noqa: E402
from user import Writer, is_edit, text_of  # noqa: E402

PATIENCE = 60  # seconds for a command
LOOK = 0.1     # seconds between two looks at a timeline


class Peer(Writer):
    """One user on one device, in a process of its own. To a Chat it is as good as a User.

    `strict`: talks and listens only to devices that their owners have signed. Calls are for one thread. The log goes to the
    file `log`.
    """

    def __init__(self, synapse, account, log, strict=False, trace=False):
        self.synapse, self.account, self.id, self.strict = synapse, account, account.user_id, strict
        self.password = "password-of-" + account.user_id[1:].split(":")[0]
        self.log = open(log, "ab")
        self.process = subprocess.Popen(["node", environment.PEER / "peer.mjs", environment.peer()], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, env=own_network())
        self.number = 0
        self.answers = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()
        self.ask("login", url=synapse.url, user=account.user_id, device=account.device_id, token=account.access_token,
                 password=self.password, strict=strict, trace=trace)

    def _read(self):
        for line in self.process.stdout:
            self.answers.put(json.loads(line))
        self.answers.put(None)

    def ask(self, command, patience=PATIENCE, **more):
        """The answer to a command of peer.mjs. Raises Broken."""
        self.number += 1
        what = f"{self.id} ({self.account.device_id}) {command}"
        try:
            self.process.stdin.write(json.dumps({"id": self.number, "do": command, **more}) + "\n")
            self.process.stdin.flush()
            while (answer := self.answers.get(timeout=patience)) and answer["id"] != self.number:
                pass  # to a command for which nobody waits any more
        except queue.Empty:
            raise Broken(f"{what}: no answer within {patience} s") from None
        except OSError:
            answer = None
        if answer is None:
            raise Broken(f"{what}: the client has ended")
        if "error" in answer:
            raise Broken(f"{what}: {answer['error']}")
        return answer["ok"]

    def start(self):
        """Begins to read."""
        self.ask("sync")
        return self

    def stop(self):
        """Ends the process; its keys are gone with it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def cross_sign(self, recovery_key=None):
        """Makes an identity for the user, or signs this device with the one that there is. Returns its recovery key."""
        return self.ask("cross_sign", recovery_key=recovery_key)

    def another_device(self, name, log):
        """The same user on a device of that name, not signed yet."""
        return Peer(self.synapse, self.synapse.log_in(self.id, name), log, self.strict)

    def devices(self, user):
        """The devices of a user as this client knows them: name -> whether their owner has signed it."""
        return self.ask("devices", user=user)

    def log_out(self):
        """The device is gone from the homeserver."""
        self.ask("logout")

    # ------------------------------------------------------------------------------------------- rooms

    def create_dm(self, invite):
        """An encrypted direct chat. Returns the room's id."""
        return self.ask("create", invite=[invite])

    def create_room(self, name, invite=()):
        """An encrypted room. Returns its id."""
        return self.ask("create", name=name, invite=list(invite))

    def create_plain_dm(self, invite):
        return self.ask("create", invite=[invite], plain=True)

    def encrypt(self, room):
        """Switches the room's encryption on."""
        self.ask("encrypt", room=room)

    def join(self, room):
        self.ask("accept", room=room)

    def leave(self, room):
        self.ask("leave", room=room)

    # ---------------------------------------------------------------------------------------- messages

    def send_event(self, room, kind, content):
        """Returns the event's id. Reactions go out in plain text, as clients do it."""
        return self.ask("send", room=room, type=kind, content=content)

    def redact(self, room, event_id):
        return self.ask("redact", room=room, event=event_id)

    def starve(self, room, *users):
        """These get no keys of what is sent from now on; without any, all do again."""
        self.ask("starve", room=room, users=list(users))

    def deliver(self):
        """The keys that were kept from the starved go out, late."""
        self.ask("deliver")

    # ----------------------------------------------------------------------------------------- reading

    def timeline(self, room, since=0):
        """Events as this client shows them: event_id, sender, state, type, content; wire_type and session (megolm) as they came;
        shield (none, grey, red; None: not encrypted) with its reason; failure: why it cannot be read."""
        return self.ask("timeline", room=room, since=since)

    def mark(self, room):
        """How many events of the room have come: a `since` for expect()."""
        return len(self.timeline(room))

    def bot_events(self, room, bot_id):
        """The messages of the bot that can be read."""
        return [event for event in self.timeline(room) if event["sender"] == bot_id and event["type"] == "m.room.message"]

    def expect(self, room, text, since=0, timeout=20, sender=None, edits=True):
        """As User.expect()."""
        def found(event):
            return (event["type"] == "m.room.message" and event["sender"] == (sender or event["sender"]) != self.id
                    and (edits or not is_edit(event)) and text.casefold() in text_of(event).casefold())

        return self.until(room, found, timeout, f"“{text}”", since)

    def until(self, room, found, timeout, wanted, since=0):
        """Waits for an event for which found(event) holds; the event. Raises Broken with what came instead."""
        deadline = time.monotonic() + timeout
        while True:
            events = self.timeline(room, since)
            if event := next(filter(found, events), None):
                return event
            if time.monotonic() > deadline:
                came = [f"{e['sender']} {e['type']} {text_of(e)!r} {e['failure'] or ''}" for e in events if not e["state"]]
                raise Broken(f"{self.id} waited {timeout} s for {wanted}; since then came: {came}")
            time.sleep(LOOK)


def own_network():
    """The environment without a proxy for the web: the homeserver is on this machine."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
