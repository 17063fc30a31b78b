#!/usr/bin/env python3
"""What encryption looks like between two clients that somebody else made: what the bot is held to, and the tests' own means."""

import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import environment  # noqa: E402
import trust  # noqa: E402
from api import MatrixError  # noqa: E402
from peer import Peer  # noqa: E402
from scene import expect, until  # noqa: E402
from server import Broken  # noqa: E402
from synapse import Synapse, memory  # noqa: E402

SKIPPED = 77


class Clients:
    def __init__(self, synapse, folder):
        self.synapse, self.folder = synapse, folder
        self.peers = []

    def one(self, name, strict=False, signed=True):
        peer = Peer(self.synapse, self.synapse.register(name), self.folder / f"{name}.log", strict)
        self.peers.append(peer)
        peer.start()
        if signed:
            peer.cross_sign()
        return peer

    def beside(self, peer, name):
        peer = peer.another_device(name, self.folder / f"{name}.log").start()
        self.peers.append(peer)
        return peer

    def end(self):
        for peer in self.peers:
            peer.stop()

    def in_dm(self, ann, bot):
        room = ann.create_dm(bot.id)
        bot.join(room)
        ann.until(room, lambda e: e["type"] == "m.room.member" and e["sender"] == bot.id, 20, "the other in the room")
        return room

    # ------------------------------------------------------------------------------------------- what they try

    def the_table_of_signed_and_unsigned_devices(self):
        rows, wanted = [], trust.table(trust.WITHHELD)
        for signed, mode, *_ in wanted:
            number = len(rows) + 1
            bot, ann = self.one(f"bot{number}", signed=signed == "signed"), self.one(f"ann{number}", strict=mode == "strict")
            room = self.in_dm(ann, bot)
            there, back = ann.send(room, "hello"), bot.send(room, "good day")
            heard = bot.until(room, lambda e: e["event_id"] == there, 20, "what was said")
            seen = ann.until(room, lambda e: e["event_id"] == back, 20, "the answer")
            expect({heard["wire_type"], seen["wire_type"]} == {"m.room.encrypted"}, "sent in plain text")
            rows.append((signed, mode, "yes" if not heard["failure"] else trust.reading(heard), trust.reading(seen)))
        print(trust.as_text(rows))
        expect(rows == wanted, f"the table was to be {wanted}")

    def a_starved_user_cannot_read_until_the_key_comes_late(self):
        ann, ben = self.one("starving"), self.one("starved")
        room = self.in_dm(ann, ben)
        ann.starve(room, ben.id)
        lost = ann.send(room, "lost")
        ann.starve(room)
        ann.send(room, "there")
        ben.expect(room, "there")
        event = ben.until(room, lambda e: e["event_id"] == lost, 20, "what cannot be read")
        expect(event["failure"] == "MEGOLM_UNKNOWN_INBOUND_SESSION_ID" and "lost" not in str(event), f"{event}")
        ann.deliver()
        ben.expect(room, "lost")

    def a_second_device_reads_and_can_be_signed(self):
        ann, ben = self.one("one-device", signed=False), self.one("friend")
        key = ann.cross_sign()
        room = self.in_dm(ann, ben)
        second = self.beside(ann, "SECOND")
        until(lambda: ben.devices(ann.id) == {ann.account.device_id: True, "SECOND": False}, 10, lambda: f"{ben.devices(ann.id)}")
        ben.send(room, "to both")
        ann.expect(room, "to both")
        second.expect(room, "to both")
        second.cross_sign(key)
        until(lambda: ben.devices(ann.id)["SECOND"], 10, "the second device is not signed")
        before = ben.timeline(room)[-1]["session"]
        second.log_out()
        until(lambda: "SECOND" not in ben.devices(ann.id), 10, "the second device is still there")
        ben.send(room, "to one")
        ann.expect(room, "to one")
        expect(ben.timeline(room)[-1]["session"] != before, "the key is the one that a device took away")

    def encryption_is_switched_on_later(self):
        ann, ben = self.one("later"), self.one("later-friend")
        room = ann.create_plain_dm(ben.id)
        ben.join(room)
        ann.send(room, "open")
        expect(ben.expect(room, "open")["wire_type"] == "m.room.message", "encrypted too early")
        ann.encrypt(room)
        ann.send(room, "closed")
        expect(ben.expect(room, "closed")["wire_type"] == "m.room.encrypted", "not encrypted")


def main():
    try:
        environment.python()
        environment.peer()
    except environment.Unavailable as reason:
        print(f"Skipped: the clients cannot run: {reason}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="reweave-synapse-", dir=memory()) as folder:
        folder = pathlib.Path(folder)
        synapse = Synapse(folder / "synapse")
        clients = Clients(synapse, folder)
        failed = 0
        tries = [name for name, it in vars(Clients).items() if name[0] != "_" and name.count("_") > 2 and callable(it)]
        try:
            synapse.start()
            for name in tries:
                try:
                    getattr(clients, name)()
                    print(f"passed  {name.replace('_', ' ')}", flush=True)
                except (Broken, MatrixError, OSError) as error:
                    failed += 1
                    print(f"FAILED  {name.replace('_', ' ')}: {error}", flush=True)
        finally:
            clients.end()
            synapse.stop()
        print(f"{len(tries) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
