"""Scenarios about rooms and their members, and about what a message means. Scene.check() comes on top of each."""

import time

from fault_proxy import freeze, hold
from registry import scenario
from scene import GREETING, QUESTION, expect, until
from user import is_edit, text_of

SEND = r"/send/m\.room\.message/"


# --------------------------------------------------------------------------------------------- rooms, membership

@scenario(35, "who types before the bot has joined is greeted once, and heard", core=True)
def hi_before_join(scene):
    scene.start()
    chat = scene.dm()
    chat.say("hi")  # the bot answers it by greeting
    chat.hears(GREETING)
    chat.hears(QUESTION)
    chat.talk("hello")
    said = " ".join(text_of(event) for event in chat.bot_events())
    expect(said.count(GREETING) == 1, f"the bot has greeted {said.count(GREETING)} times")
    chat.words = [word for word in chat.heard() if word == "hi"][:1] + chat.words


@scenario(36, "old messages of a room that look like commands are not answered", core=True)
def history(scene):
    ann = scene.start().person("ann")
    room = scene.enter("ann", ann.create_room("old talk"))
    for number in range(scene.size(60, full=500)):
        room.say("menu" if number % 2 else f"{scene.bot.id}: help", mentions=[scene.bot.id])
    ann.invite(room.room, scene.bot.id)
    until(lambda: ann.members(room.room).get(scene.bot.id) in ("join", "leave"), 30, "the bot does not take the invitation")
    scene.barrier()
    expect(len(room.bot_events()) <= 1, f"the bot has answered: {[text_of(event) for event in room.bot_events()]}")


@scenario(37, "who is not allowed is turned away, also many at once", core=True)
def not_allowed(scene):
    friend = scene.person("friend")
    scene.configure(invites="allowed", allowed=[friend.id, scene.witness.id])
    scene.start()
    stranger = scene.person("stranger")
    rooms = [stranger.create_room("", is_direct=True) for _ in range(scene.size(12, full=200))]
    for room in rooms:
        stranger.invite(room, scene.bot.id)
    chat = scene.chat("friend")
    chat.talk("hello")
    until(lambda: len(scene.proxy.seen("POST", r"/leave$")) >= len(rooms), 120, "an invitation stays open")
    until(lambda: all(stranger.members(room)[scene.bot.id] == "leave" for room in rooms), 60, "an invitation stays open")
    until(lambda: len(scene.proxy.seen("POST", r"/forget$")) >= len(rooms), 30, "the bot remembers rooms it has never been in")
    leaves = len(scene.proxy.seen("POST", r"/leave$"))
    expect(leaves == len(rooms), f"{leaves} refusals for {len(rooms)} invitations")
    expect(not any(stranger.bot_events(room, scene.bot.id) for room in rooms), "the bot talks to who is not allowed")


@scenario("37b", "nobody may invite the bot when the settings say so")
def nobody(scene):
    chat = scene.start().chat()
    scene.barrier()
    scene.bot.stop()
    scene.configure(invites="nobody")
    scene.bot.start()
    stranger = scene.person("stranger")
    room = stranger.create_dm(scene.bot.id)
    until(lambda: stranger.members(room)[scene.bot.id] == "leave", 30, "the invitation stays open")
    chat.talk("hello")  # who was there before goes on


@scenario(39, "kicked in the middle, banned, and invited again", core=True)
def kicked(scene):
    chat = scene.start().powerless_dm()
    ann, room = chat.user, chat.room
    chat.hears(QUESTION)
    chat.talk("before")
    rule = scene.proxy.when("PUT", SEND, freeze(), times=1)
    chat.say("unanswered")  # the answer is queued when the bot has to go
    rule.wait()
    ann.kick(room, scene.bot.id)
    rule.release()
    scene.barrier()
    ann.ban(room, scene.bot.id)
    scene.barrier()
    scene.bot.stop()
    scene.bot.start()  # while banned
    scene.barrier()
    tries = len(scene.sends())
    time.sleep(3)
    expect(len(scene.sends()) == tries, "the bot goes on sending to a room that it is banned from")
    expect(scene.bot.outbox_pending() == 0, "what cannot be delivered any more stays in the outbox")
    ann.unban(room, scene.bot.id)
    chat.mark = ann.mark(room)
    ann.invite(room, scene.bot.id)
    chat.hears(QUESTION, 20)  # the open question, once more
    chat.talk("after")


@scenario(40, "an upgraded room: the dialog goes on in the new one, the old one is silent", core=True)
def upgraded(scene):
    old = scene.start().powerless_dm(version="11")
    ann = old.user
    old.hears(QUESTION)
    old.talk("before")
    scene.configure(invites="allowed", allowed=[scene.witness.id])  # what follows must hold by the predecessor alone
    scene.bot.stop()
    scene.bot.start()
    room = ann.upgrade_room(old.room, "12")
    scene.barrier()
    count = len(old.bot_events())
    expect(ann.members(room).get(scene.bot.id) is None, "the bot is in a room that it was not invited to")
    new = scene.enter("ann", room)
    ann.invite(room, scene.bot.id)
    until(lambda: ann.members(room).get(scene.bot.id) == "join", 60, "the bot does not come to the new room")
    new.talk("after")
    expect(GREETING not in str(new.bot_events()), "the dialog began anew")
    old.say("is somebody here?")
    scene.barrier()
    expect(len(old.bot_events()) == count, "the bot still talks in the old room")


@scenario(75, "without encryption the bot declines an encrypted room, says why, and sends no plain text into it", core=True,
          encryption=False)
def encrypted(scene):
    ann = scene.start().person("ann")
    room = ann.create_dm(scene.bot.id, encrypted=True)
    until(lambda: ann.members(room)[scene.bot.id] == "leave", 30, "the invitation stays open")
    gone = [event["content"] for event in ann.messages(room) if event["type"] == "m.room.member" and event["sender"] == scene.bot.id]
    expect("cannot read encrypted rooms" in gone[-1].get("reason", ""), f"no reason is given: {gone}")
    ann.send(room, "hello")
    scene.barrier()
    expect(not ann.bot_events(room, scene.bot.id), "the bot has sent plain text into an encrypted room")


@scenario("75b", "nor in one that is encrypted in the middle of a dialog", core=True, encryption=False)
def encrypted_later(scene):
    chat = scene.start().chat()
    chat.talk("before")
    chat.user.set_state(chat.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    scene.barrier()
    count = len(chat.bot_events())
    chat.say("plain")
    scene.barrier()
    expect(len(chat.bot_events()) == count, "the bot has sent plain text into an encrypted room")


# ------------------------------------------------------------------------------------------ meaning of messages

@scenario(45, "an answer that is edited at once is taken as edited, and the bot edits its reply", core=True)
def edited(scene):
    chat = scene.start().chat()
    said = chat.talk("first")
    chat.mark = chat.user.mark(chat.room)
    chat.user.edit(chat.room, said, "second")
    event = chat.hears("I heard second.")
    expect(is_edit(event), "the bot has answered a second time instead of editing its reply")
    chat.words = ["second"]
    chat.talk("third")


@scenario("45b", "so is one that is edited before the reply is known to have arrived", core=True)
def edited_before_delivery(scene):
    chat = scene.start().chat()
    rule = scene.proxy.when("PUT", SEND, hold(), times=1)
    said = chat.tell("first")
    rule.wait()  # the room has the reply, but the bot does not know
    chat.user.edit(chat.room, said, "second")
    until(lambda: scene.bot.outbox_pending() == 2, 30, "the bot does not take the edit")
    scene.bot.kill()
    rule.release()
    scene.bot.start()
    event = chat.hears("I heard second.")
    expect(is_edit(event), "the bot has answered a second time instead of editing its reply")
    chat.words = ["second"]
    chat.talk("third")


def sealed_size(scene, words):
    return scene.bot.ask("SELECT length(sealed) FROM words WHERE id = ?", words)[0][0]


@scenario(48, "an answer that is redacted is erased, and asked for again", core=True)
def redacted(scene):
    chat = scene.start().chat()
    chat.talk("menu", then="Which one would you pick")
    said = chat.say("Pears")
    chat.hears("You picked Pears")
    said = chat.tell("heliotrope")
    chat.hears("I heard heliotrope.")
    words = scene.bot.ask("SELECT words FROM inbox WHERE key = ?", said)[0][0]
    expect(words and sealed_size(scene, words) > 0, "the words are not kept where they are looked for")
    chat.mark = chat.user.mark(chat.room)
    chat.user.redact(chat.room, said)
    chat.hears(QUESTION)
    expect(sealed_size(scene, words) == 0, "the words are still in the database, sealed")
    left = [file.name for file in scene.bot.data.rglob("*") if file.is_file() and b"heliotrope" in file.read_bytes()]
    expect(not left, f"the words stand in {left}")
    export, code = scene.bot.command("export", f"matrix:{chat.user.id}")
    expect(code == 0, f"export said: {export}")
    expect("heliotrope" not in export, "the words are still kept")
    expect("heliotrope" not in scene.bot.log_text(), "the words are in the log")
    chat.talk("something else")
    chat.words = [word for word in chat.words if word != "heliotrope" or word in chat.heard()]


@scenario(51, "a reaction chooses, with and without the mark for coloured digits", core=True)
def reactions(scene):
    chat = scene.start().chat()
    for key, name in (("1\ufe0f\u20e3", "Apples"), ("2\u20e3", "Pears")):
        chat.talk("menu", then="Which one would you pick")
        prompt = next(event for event in reversed(chat.bot_events()) if "Plums" in text_of(event))
        chat.mark = chat.user.mark(chat.room)
        chat.user.react(chat.room, prompt["event_id"], key)
        chat.hears(f"You picked {name}.")
        chat.hears(QUESTION)
    chat.mark = chat.user.mark(chat.room)
    third = chat.user.react(chat.room, prompt["event_id"], "3\ufe0f\u20e3")  # another one at once: the last counts
    chat.hears("You picked Plums.")
    chat.mark = chat.user.mark(chat.room)
    chat.user.redact(chat.room, third)  # withdrawn: asked again
    chat.hears("Which one would you pick")
    chat.say("1")
    chat.hears("You picked Apples.")
    chat.talk("on")
    count = len(chat.bot_events())
    chat.user.react(chat.room, prompt["event_id"], "3\ufe0f\u20e3")  # the question is over
    scene.barrier()
    expect(not any("Plums." in text_of(event) for event in chat.bot_events()[count:]), "a reaction to an old question counts")


@scenario("51b", "a reaction counts also where the bot did not know yet that its question had arrived", core=True)
def reaction_before_delivery(scene):
    chat = scene.start().chat()
    rule = scene.proxy.when("PUT", SEND, hold(), times=1)
    chat.tell("menu")
    chat.hears("Which one would you pick")  # the room has it, but the bot does not know
    scene.bot.kill()
    rule.release()
    chat.mark = chat.user.mark(chat.room)
    chat.user.react(chat.room, chat.prompt()["event_id"], "2\u20e3")
    slow = scene.proxy.when("PUT", SEND, freeze(), times=1)
    began = time.monotonic()
    scene.bot.start()
    slow.wait()
    until(lambda: len(scene.syncs(began)) >= 2, 30, "the bot does not go on to ask for news")
    slow.release()
    chat.hears("You picked Pears.", 60)
    chat.hears(QUESTION)


@scenario(52, "choices can be typed, whatever the digits", core=True)
def typed_choices(scene):
    chat = scene.start().chat()
    for typed, name in (("2", "Pears"), ("2)", "Pears"), ("３", "Plums"), ("1️⃣", "Apples"), ("plums", "Plums")):
        chat.talk("menu", then="Which one would you pick")
        chat.say(typed)
        chat.hears(f"You picked {name}.")
        chat.hears(QUESTION)


@scenario(54, "of a reply only what is new is the answer, and the plain text is what counts")
def quoted_reply(scene):
    chat = scene.start().chat()
    prompt = chat.prompt()
    chat.say(f"> <{scene.bot.id}> {text_of(prompt).splitlines()[0]}\n> more\n\nfresh", reply_to=prompt["event_id"],
             html="<mx-reply><blockquote>old</blockquote></mx-reply>fresh")
    chat.words.append("fresh")
    chat.hears("I heard fresh.")
    chat.say("plain", html="<b>something else</b><script>menu</script>")
    chat.words.append("plain")
    chat.hears("I heard plain.")


@scenario(55, "who answers in a thread is answered there, also when the thread began at a reply")
def threads(scene):
    chat = scene.start().chat()
    root = chat.say("here")
    chat.words.append("here")
    chat.hears("I heard here.")
    chat.talk("threaded", thread=root)
    answer = next(event for event in reversed(chat.bot_events()) if "threaded" in text_of(event))
    relation = answer["content"].get("m.relates_to", {})
    in_thread = (relation.get("rel_type"), relation.get("event_id")) == ("m.thread", root)
    expect(in_thread, f"the answer is not in the thread: {relation}")
    reply = chat.talk("replied", reply_to=chat.prompt()["event_id"])
    chat.talk("afterwards", reply_to=reply)
    expect(not [r for r in scene.sends() if r.status == 400], "the bot began a thread where none can be")


@scenario(56, "notices are ignored, an emote is text, and for others it asks for words", core=True)
def kinds(scene):
    chat = scene.start().chat()
    count = len(chat.bot_events())
    chat.say("notice", msgtype="m.notice")
    scene.barrier()
    expect(len(chat.bot_events()) == count, "the bot has answered a notice")
    chat.talk("waves", msgtype="m.emote")
    for kind, more in (("m.image", {"url": "mxc://hs.test/abc"}), ("m.location", {"geo_uri": "geo:1,2"}),
                       ("m.audio", {"url": "mxc://hs.test/def"})):
        count = len(chat.bot_events())
        chat.say("picture.png", msgtype=kind, **more)
        scene.barrier()
        expect(len(chat.bot_events()) > count, f"{kind} was met with silence")
    chat.mark = chat.user.mark(chat.room)
    chat.user.send_event(chat.room, "m.sticker", {"body": "sticker", "url": "mxc://hs.test/ghi", "info": {}})
    chat.talk("words")


# ------------------------------------------------------------------------------------------------------ groups

@scenario(62, "in a group the bot is silent until it is named", core=True)
def mentions(scene):
    ann, ben = scene.start().person("ann"), scene.person("ben")
    room = ann.create_room("a group", [scene.bot.id, ben.id])
    ben.join(room)
    until(lambda: ann.members(room).get(scene.bot.id) == "join", 30, "the bot does not come")
    scene.barrier()
    group = scene.enter("ann", room)
    count = len(group.bot_events())
    group.say("menu, anybody?")
    ben.send(room, "yes please")
    scene.barrier()
    expect(len(group.bot_events()) == count, "the bot talks without being asked")
    name = f'<a href="https://matrix.to/#/{scene.bot.id}">bot</a>'
    group.say("bot: hello", html=f"{name}: hello", mentions=[scene.bot.id])
    until(lambda: len(group.bot_events()) > count, 30, "the bot does not answer to its name")
