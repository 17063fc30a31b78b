"""Scenarios about who reads whom in encrypted rooms. On people's side is a client of others; Scene.check() comes on top of each."""

import re

import trust
from bot import Bot
from encrypted import PATIENCE, SEALED, check_database, check_sealed, doctor, from_bot, sealed
from peer import Peer
from registry import scenario
from scene import GREETING, QUESTION, Chat, expect, until
from scenarios_talks import ALONE, CODE, asked_in, together
from user import CLIENT, User, text_of

WITHHELD = "m.unverified"


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


@scenario("63c", "edits, reactions and what is taken back count in an encrypted chat as elsewhere", encryption=True)
def encrypted_meaning(scene):
    chat = sealed(scene.start())
    said = chat.talk("first")
    chat.mark = chat.user.mark(chat.room)
    chat.user.edit(chat.room, said, "second")
    chat.words[-1] = "second"
    chat.hears("I heard second.")
    chat.talk("menu", then="Which one would you pick?")
    chat.mark = chat.user.mark(chat.room)
    chat.user.react(chat.room, chat.prompt()["event_id"], "2\ufe0f\u20e3")
    chat.hears("You picked Pears.")
    chat.hears(QUESTION)
    said = chat.talk("regretted")
    chat.user.redact(chat.room, said)
    chat.words.pop()
    until(lambda: "regretted" not in str(chat.heard()), 30, "what was taken back is still there to be read")
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
    ann.hears("I only read what", PATIENCE + 30)
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
        ann.send(room, f"bot: {text}", html=f"{name}: {text}", mentions=[scene.bot.id])
        return until(lambda: from_bot(group)[count:], 30, "the bot does not answer to its name")[-1]

    scene.barrier()
    first = answer_to("hello")
    ben.until(room, lambda e: e["event_id"] == first["event_id"] and not e["failure"], 20, "the answer")
    ben.leave(room)
    scene.barrier()
    expect(answer_to("hello again")["session"] != first["session"], "who has left could read on")
    check_sealed(group)

def goes_on(chat, answers, last):
    """Answers what the bot asks until it says that; the event that says it."""
    at = chat.mark
    while True:
        def asked():
            events = chat.user.timeline(chat.room, at)
            fits = (i for i, event in enumerate(events) if event["sender"] == chat.scene.bot.id
                    and any(cue in text_of(event) for cue in [*answers, last]))
            found = next(fits, None)
            return None if found is None else (found, events[found])

        place, event = until(asked, 60, lambda: f"{chat.user.id} waited for “{last}”; the last was "
                             f"“{[text_of(one) for one in chat.user.timeline(chat.room)[-3:]]}”")
        if last in text_of(event):
            return event
        at += place + 1
        chat.mark = at
        chat.user.send(chat.room, [reply for cue, reply in answers.items() if cue in text_of(event)][-1])


@scenario("67", "two whose chats are encrypted meet in a room that is, and both read it", core=True, encryption=True)
def encrypted_talk(scene):
    together(scene)
    chats = {}
    for name, part, shares in (("Ana", "I shouted that day", "share it"), ("Ben", "I never wrote back", "keep it private")):
        chats[name] = sealed(scene, name.lower())
        chats[name].answers = {**ALONE, "call you": name, "Your part?": part, "would read exactly this": shares}
    ana, ben = chats["Ana"], chats["Ben"]
    ana.say("a pair")
    link = goes_on(ana, ana.answers, "write this to me instead")
    ben.say(CODE.search(text_of(link))[0].lower())
    for one in (ana, ben):
        goes_on(one, one.answers, "That's all from you for now")
    raw = {name: User(scene.synapse.port, one.user.account) for name, one in chats.items()}
    room = asked_in(scene, raw["Ana"])
    expect(asked_in(scene, raw["Ben"]) == room, "the two are asked into different rooms")
    ana.user.expect(room, "Ana, go.", timeout=60, sender=scene.bot.id)
    ana.user.send(room, "here is Ana")
    ben.user.expect(room, 'Did you hear "here is Ana"?', timeout=60, sender=scene.bot.id)
    for one in (ana, ben):
        one.user.expect(room, 'From Ana: "I shouted that day"', sender=scene.bot.id)
    events = raw["Ana"].messages(room)
    expect(raw["Ana"].state(room, "m.room.encryption"), "the room is not encrypted")
    from_the_bot = [event["type"] for event in events if event["sender"] == scene.bot.id and "state_key" not in event]
    expect(from_the_bot and set(from_the_bot) == {SEALED}, f"the bot has sent {set(from_the_bot)}")
