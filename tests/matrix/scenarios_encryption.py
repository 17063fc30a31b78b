"""Scenarios in encrypted rooms, with a client of others on the people's side. Scene.check() comes on top of each."""

import pathlib
import re
import shutil
import time

import trust
from bot import Bot
from fault_proxy import freeze
from peer import Peer
from registry import scenario
from scene import GREETING, QUESTION, Chat, expect, until
from user import CLIENT, User, text_of

SEALED = "m.room.encrypted"
CANNOT_READ = "the key to it never reached me"
PATIENCE = 60   # seconds until the bot says that it cannot read something
WITHHELD = "m.unverified"


def sealed(scene, name="ann", **more):
    """An encrypted direct chat in which the bot has greeted and asked its first question."""
    user = scene.peer(name, **more)
    chat = Chat(scene, user, user.create_dm(scene.bot.id))
    scene.chats.append(chat)
    chat.hears(GREETING)
    chat.hears(QUESTION)
    return chat


def from_bot(chat, since=0):
    """All that the bot has sent to the room, as this person's client has it."""
    return [event for event in chat.user.timeline(chat.room, since)
            if event["sender"] == chat.scene.bot.id and not event["state"]]


def check_sealed(chat, shield="none"):
    """Everything of the bot came encrypted, can be read, and has this shield."""
    events = from_bot(chat)
    expect(events, "the bot has said nothing")
    for event in events:
        expect(event["wire_type"] == SEALED, f"the bot has sent a {event['wire_type']} into an encrypted room")
        expect(not event["failure"], f"{chat.user.id} cannot read a message of the bot: {event['failure']}")
        expect(event["shield"] == shield, f"{chat.user.id} sees a {event['shield']} shield: {event['reason']}")


def on_the_wire(chat):
    """The room's events as the homeserver has them."""
    return User(chat.scene.synapse.port, chat.user.account).messages(chat.room)


def check_database(chat, word):
    """The homeserver has this word nowhere in its files, and none of the bot's words in this room."""
    folder = pathlib.Path(chat.scene.synapse.folder)
    for file in folder.glob("hs.db*"):
        expect(word.encode() not in file.read_bytes(), f"the homeserver can read what was said: {file.name} has a word of it")
    said = {line for event in from_bot(chat) for line in text_of(event).split("\n") if len(line) > 10}
    expect(said, "the bot has said nothing")
    raw = str(on_the_wire(chat))
    expect(not any(line in raw for line in said), "the homeserver can read what the bot said")


def doctor(scene):
    return scene.bot.command("matrix", "doctor")[0]


def foreign_identity(scene, bot_id):
    """Somebody else makes the identity of the bot's account before the bot can: its device stays unsigned."""
    elsewhere = Peer(scene.synapse, scene.synapse.log_in(bot_id, "ELSEWHERE"), scene.folder / "elsewhere.log")
    try:
        elsewhere.start().cross_sign()
        keys = elsewhere.ask("devices", user=bot_id)
    finally:
        elsewhere.stop()
    expect(keys.get("ELSEWHERE"), f"the other client did not sign itself: {keys}")


def walk_through(chat, marker):
    """The whole script, with typed answers."""
    chat.talk(f"{marker} one")
    chat.talk("menu", then="Which one would you pick?")
    chat.say("2")
    chat.hears("You picked Pears.")
    chat.hears(QUESTION)
    chat.talk("essay", then="Write as much as you like")
    chat.say(f"{marker} page")
    chat.hears("That was all of it.", 60)
    chat.hears(QUESTION)
    chat.talk(f"{marker} two")


# ------------------------------------------------------------------------------------------- reading each other

@scenario(63, "in an encrypted chat both read each other, without a shield, also where only signed devices count", core=True,
          encryption=True)
def encrypted_chats(scene):
    scene.start()
    for name, strict in (("ann", False), ("ben", True)):
        marker = f"verbena{scene.number}{name}"
        chat = sealed(scene, name, strict=strict)
        walk_through(chat, marker)
        check_sealed(chat)
        check_database(chat, marker)
    expect("warning  encryption" not in doctor(scene) and "broken  encryption" not in doctor(scene), doctor(scene))


@scenario("63b", "who types before the bot has joined an encrypted chat is greeted once, and heard", encryption=True)
def encrypted_early(scene):
    user = scene.peer("ann")
    chat = Chat(scene, user, user.create_dm(scene.bot.id))
    scene.chats.append(chat)
    scene.start()
    chat.hears(QUESTION)
    chat.talk("hello")
    greetings = [event for event in from_bot(chat) if GREETING in text_of(event)]
    expect(len(greetings) == 1, f"greeted {len(greetings)} times")
    check_sealed(chat)


@scenario(64, "an identity that is not the bot's own is never replaced; strict clients keep their keys, and it says so",
          encryption=True)
def foreign(scene):
    foreign_identity(scene, scene.bot.id)
    before = identity(scene)
    scene.start()
    ann = sealed(scene, "ann")
    ann.talk("hello")
    check_sealed(ann, "red")
    expect({event["reason"] for event in from_bot(ann)} == {"UNSIGNED_DEVICE"}, f"{from_bot(ann)[-1]}")
    expect("not signed" in doctor(scene), f"the doctor does not say that the device is not signed: {doctor(scene)}")
    ben = scene.peer("ben", strict=True)
    room = ben.create_dm(scene.bot.id)
    chat = Chat(scene, ben, room)
    first = until(lambda: from_bot(chat), 30, "the bot does not greet")[0]
    expect(first["failure"] == trust.UNSIGNED, f"a strict client reads an unsigned device: {first}")
    scene.barrier()
    count = len(from_bot(chat))
    ben.send(room, "hello")
    until(lambda: WITHHELD in scene.bot.log_text(), 30, lambda: f"the cause is not in the log\n{scene.bot.tail()}")
    expect(WITHHELD in doctor(scene), f"the doctor does not name the cause: {doctor(scene)}")
    until(lambda: len(from_bot(chat)) > count, PATIENCE + 30, "the bot does not say that it cannot read")
    scene.barrier()
    expect(len(from_bot(chat)) == count + 1, f"the bot says {len(from_bot(chat)) - count} lines instead of one")
    expect(identity(scene) == before, "the bot has replaced the identity of its account")


def identity(scene):
    """The keys with which the devices of the bot's account are signed."""
    answer = scene.witness.api.call("POST", f"{CLIENT}/keys/query", {"device_keys": {scene.bot.id: []}})
    return answer["master_keys"][scene.bot.id]["keys"], answer["self_signing_keys"][scene.bot.id]["keys"]


@scenario("64b", "what signed and unsigned devices read of each other is as the table says", core=True, encryption=True)
def four_rows(scene):
    foreign_identity(scene, scene.bot.id)
    scene.start()
    signed = Bot(scene.bot.binary, scene.folder / "signed", scene.proxy.url, scene.synapse.register(f"signed{scene.number}"),
                 scene.folder / "scripts")
    rows, wanted = [], trust.table(WITHHELD)
    try:
        signed.start()
        for number, (device, client, *_) in enumerate(wanted, 1):
            bot = signed if device == "signed" else scene.bot
            rows.append((device, client, *read_each_other(bot, scene.peer(f"row{number}", strict=client == "strict"))))
    finally:
        signed.kill()
        scene.notes.append(trust.as_text(rows))
    expect(rows == wanted, f"the table was to be\n{trust.as_text(wanted)}\nbut is\n{trust.as_text(rows)}")


def read_each_other(bot, peer):
    """Two cells of the table."""
    room = peer.create_dm(bot.id)
    first = peer.until(room, lambda event: event["sender"] == bot.id and not event["state"], 30, "a greeting")
    peer.send(room, "hello")

    def heard():
        if any("I heard hello." in text_of(event) for event in peer.bot_events(room, bot.id)):
            return "yes"
        refused = re.search(rf"{re.escape(room)}.*?(m\.[a-z_]+)", bot.log_text())
        return refused and f"no: {refused[1]}"

    return until(heard, 30, lambda: f"the bot neither answers nor says why not\n{bot.tail()}"), trust.reading(first)


@scenario(65, "a bot that is set to be strict talks with signed devices alone", encryption=True)
def strict_bot(scene):
    scene.configure(encryption="strict")
    scene.start()
    ann = sealed(scene)
    ann.talk("hello")
    check_sealed(ann)
    unsigned = scene.device_of("ann", "UNSIGNED")
    ann.talk("again")
    event = unsigned.until(ann.room, lambda event: event["sender"] == scene.bot.id and not event["state"], 20, "the answer")
    expect(event["failure"], "a device that nobody signed reads the bot")
    unsigned.send(ann.room, "from a stranger")
    ann.hears("I only read what is encrypted", PATIENCE + 30)
    ann.talk("still here")


# ---------------------------------------------------------------------------------------------- devices and members

def session_of_answer(chat, word):
    chat.talk(word)
    return from_bot(chat)[-1]["session"]


@scenario(66, "a new device reads the next message; after one has gone the key is another", core=True, encryption=True)
def devices(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    second = scene.device_of("ann", "SECOND")
    with_second = session_of_answer(chat, "to both")
    second.expect(chat.room, "I heard to both.")
    second.log_out()
    scene.barrier()
    expect(session_of_answer(chat, "to one") != with_second, "a device that has gone could read on")
    check_sealed(chat)


@scenario("66b", "when a member has left an encrypted group the key is another", encryption=True)
def members(scene):
    scene.start()
    ann, ben = scene.peer("ann"), scene.peer("ben")
    room = ann.create_room("a group", [scene.bot.id, ben.id])
    ben.join(room)
    group = Chat(scene, ann, room)
    ann.until(room, lambda e: e["type"] == "m.room.member" and e["sender"] == scene.bot.id, 30, "the bot")
    name = f'<a href="https://matrix.to/#/{scene.bot.id}">bot</a>'

    def answer_to(text):
        count = len(from_bot(group))
        ann.send(room, f"bot: {text}", format="org.matrix.custom.html", formatted_body=f"{name}: {text}",
                 **{"m.mentions": {"user_ids": [scene.bot.id]}})
        return until(lambda: from_bot(group)[count:], 30, "the bot does not answer to its name")[-1]

    scene.barrier()
    first = answer_to("hello")
    ben.until(room, lambda e: e["event_id"] == first["event_id"] and not e["failure"], 20, "the answer")
    ben.leave(room)
    scene.barrier()
    expect(answer_to("hello again")["session"] != first["session"], "who has left could read on")
    check_sealed(group)


# -------------------------------------------------------------------------------------------------------- keys

def lose(chat, word):
    """Types a word whose key does not reach the bot; the next one's does."""
    chat.user.starve(chat.room, chat.scene.bot.id)
    event = chat.say(word)
    chat.user.starve(chat.room)
    return event


@scenario(70, "when a key never comes the bot says so once, after a minute, and the dialog goes on", core=True, encryption=True)
def key_never_comes(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    count = len(from_bot(chat))
    lose(chat, "lost")
    scene.barrier()
    expect(len(from_bot(chat)) == count, "the bot does not wait for the key")
    chat.hears(CANNOT_READ, PATIENCE + 30)
    chat.talk("after")
    scene.barrier()
    said = [event for event in from_bot(chat) if CANNOT_READ in text_of(event)]
    expect(len(said) == 1, f"the bot says {len(said)} times that it cannot read")
    check_sealed(chat)


@scenario("70b", "a key that comes late is used, and the word is heard once", core=True, encryption=True)
def key_comes_late(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    lose(chat, "late")
    chat.words.append("late")
    scene.barrier()
    chat.user.deliver()
    chat.hears("I heard late.")
    chat.talk("after")
    check_sealed(chat)


@scenario("70c", "a readable answer is taken while another one cannot be read", encryption=True)
def goes_on_meanwhile(scene):
    chat = sealed(scene.start())
    lose(chat, "lost")
    chat.talk("meanwhile")
    check_sealed(chat)


# ---------------------------------------------------------------------------------------- switched on, and off

def plain_then_sealed(chat):
    """What came in plain text after the room was encrypted must be nothing."""
    events = on_the_wire(chat)
    switched = next(number for number, event in enumerate(events) if event["type"] == "m.room.encryption")
    later = [event for event in events[switched + 1:] if "state_key" not in event]
    expect(any(event["sender"] == chat.scene.bot.id for event in later), "the bot says nothing any more")
    plain = [event["type"] for event in later if event["type"] != SEALED]
    expect(not plain, f"after the room was encrypted came {plain} in plain text")


def plain_chat(scene):
    user = scene.peer("ann")
    chat = Chat(scene, user, user.create_plain_dm(scene.bot.id))
    scene.chats.append(chat)
    chat.hears(QUESTION)
    return chat


@scenario(73, "encryption that is switched on in the middle counts from the next message on", core=True, encryption=True)
def switched_on(scene):
    chat = plain_chat(scene.start())
    chat.talk("before")
    chat.user.encrypt(chat.room)
    chat.talk("at once")
    chat.talk("after")
    plain_then_sealed(chat)


@scenario("73b", "so does encryption that was switched on while the bot was away, also for what it was about to say", encryption=True)
def switched_on_while_away(scene):
    chat = plain_chat(scene.start())
    chat.talk("before")
    rule = scene.proxy.when("PUT", r"/send/m\.room\.message/", freeze(), times=1)
    chat.tell("on its way")
    rule.wait()
    scene.bot.kill()
    rule.release()
    chat.user.encrypt(chat.room)
    chat.tell("waiting")
    scene.bot.start()
    chat.hears("I heard waiting.", 60)
    chat.talk("after")
    plain_then_sealed(chat)


@scenario("75c", "a bot whose encryption is switched off declines encrypted rooms", encryption=True)
def switched_off(scene):
    scene.configure(encryption="off")
    scene.start()
    ann = scene.person("ann")
    room = ann.create_dm(scene.bot.id, encrypted=True)
    until(lambda: ann.members(room)[scene.bot.id] == "leave", 30, "the invitation stays open")
    scene.barrier()
    expect(not ann.bot_events(room, scene.bot.id), "the bot has sent plain text into an encrypted room")


# -------------------------------------------------------------------------------------------- what can be lost

@scenario(76, "when the keys were lost nothing goes out in plain text, and a new device goes on", core=True, encryption=True)
def store_lost(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    scene.bot.stop()
    shutil.rmtree(scene.bot.data / "matrix-keys")
    size = len(scene.bot.log_text())
    scene.bot.start()
    until(lambda: "new-device" in scene.bot.log_text()[size:], 30, lambda: f"nobody is told what to do\n{scene.bot.tail()}")
    expect("new-device" in doctor(scene), f"the doctor does not name the cure: {doctor(scene)}")
    count = len(from_bot(chat))
    chat.say("not to be heard")
    scene.barrier()
    expect(len(from_bot(chat)) == count, "the bot has answered without its keys")
    scene.bot.stop()
    password = "password-of-" + scene.bot.id[1:].split(":")[0] + "\n"
    printed, code = scene.bot.command("matrix", "new-device", "--yes", stdin=password)
    expect(code == 0, f"no new device: {printed}")
    scene.bot.start()
    chat.talk("after", 60)
    check_sealed(chat)
    plain = [event for event in on_the_wire(chat) if event["sender"] == scene.bot.id and event["type"] == "m.room.message"]
    expect(not plain, "the bot has sent plain text into an encrypted room")


@scenario(77, "kill -9 at any moment of an encrypted dialog: nothing lost, nothing twice, all of it readable", core=True,
          encryption=True)
def killed(scene):
    chat = sealed(scene.start())
    for number in range(scene.size(4, full=30)):
        chat.tell(f"word{number}")
        time.sleep(scene.dice.uniform(0, 0.3))
        scene.bot.restart()
        chat.hears(f"I heard word{number}.", 60)
        chat.hears(QUESTION)
    check_sealed(chat)
