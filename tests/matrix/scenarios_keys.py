"""Scenarios about keys that come late, never, or are lost, and rooms that become encrypted. Scene.check() comes on top of each."""

import shutil
import time

from encrypted import CANNOT_READ, PATIENCE, SEALED, check_sealed, doctor, from_bot, on_the_wire, sealed
from fault_proxy import bad_gateway, drop_response, freeze, hold
from registry import scenario
from scene import QUESTION, Chat, expect, until
from user import text_of


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


# -------------------------------------------------------------------------------------------- what can be lost

def as_new_device(scene, chat):
    """The bot goes on as a device that its own identity has signed; begins if it was stopped."""
    password = "password-of-" + scene.bot.id[1:].split(":")[0] + "\n"
    printed, code = scene.bot.command("matrix", "new-device", "--yes", stdin=password)
    expect(code == 0, f"no new device: {printed}")
    if not scene.bot.alive():
        scene.bot.start()
    wait_for_device(scene, chat)


def wait_for_device(scene, chat):
    """Whoever writes before their client knows the new device is told in a minute that it could not read."""
    def known():
        return chat.user.devices(scene.bot.id) == {scene.bot.device(): True} and scene.bot.metrics()["reweave_matrix_up"] == 1

    until(known, 20, lambda: f"the device is not there or not signed: {chat.user.devices(scene.bot.id)}\n{scene.bot.tail()}")


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
    as_new_device(scene, chat)
    chat.talk("after")
    check_sealed(chat)
    plain = [event for event in on_the_wire(chat) if event["sender"] == scene.bot.id and event["type"] == "m.room.message"]
    expect(not plain, "the bot has sent plain text into an encrypted room")


@scenario("76b", "a new device that is made while the bot runs goes on within seconds", core=True, encryption=True)
def new_device_while_running(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    as_new_device(scene, chat)
    chat.talk("after")
    check_sealed(chat)


@scenario("76c", "after the homeserver has deleted the device, the bot goes on signed, or says by what it will be", encryption=True)
def device_made_anew(scene):
    chat = sealed(scene.start())
    chat.talk("before")
    size = len(scene.bot.log_text())
    scene.synapse.delete_device(scene.account)
    until(lambda: scene.bot.metrics()["reweave_matrix_up"] == 0, 20, "the bot does not notice")
    scene.bot.log_in(scene.synapse.log_in(scene.bot.id, scene.account.device_id))
    until(lambda: scene.bot.metrics()["reweave_matrix_up"] == 1, 20, "the bot does not take the new login")
    # Synapse keeps the signature of the old keys, and takes no other for a device of this name.
    if "new-device" in scene.bot.log_text()[size:]:
        as_new_device(scene, chat)
    wait_for_device(scene, chat)
    chat.talk("after")
    last = from_bot(chat)[-1]
    expect(last["shield"] == "none", f"the bot has a {last['shield']} shield: {last['reason']}")


@scenario(77, "kill -9 at any moment of an encrypted dialog: nothing lost, nothing twice, all of it readable", core=True,
          encryption=True)
def killed(scene):
    chat = sealed(scene.start())
    for number in range(scene.size(4, full=30)):
        for part in range(scene.dice.choice((1, 2, 3))):
            chat.tell(f"word{number} {part}")
        time.sleep(scene.dice.uniform(0, 0.4))
        scene.bot.restart()
        chat.hears(f"I heard {chat.words[-1]}.", 60)
        chat.hears(QUESTION)
    check_sealed(chat)


# What the first start with encryption takes,
AT_FIRST = (("POST", "/keys/upload"), ("POST", "/keys/device_signing/upload"), ("POST", "/keys/signatures/upload"),
            ("PUT", "/account_data/m.cross_signing.master"), ("PUT", "/account_data/m.secret_storage.default_key"))
# and what a message to somebody new takes before it can be sent.
ON_THE_WAY = (("POST", "/keys/query"), ("POST", "/keys/claim"), ("PUT", r"/sendToDevice/m\.room\.encrypted/"),
              ("PUT", r"/send/m\.room\.encrypted/"))


@scenario(78, "an answer of the homeserver about keys that gets lost costs no message, and nothing comes twice", encryption=True)
def lost_on_the_way(scene):
    upload = scene.proxy.when("POST", "/keys/upload", drop_response(), times=1)
    scene.start()
    upload.wait()
    for number, (method, path) in enumerate(ON_THE_WAY):
        rule = scene.proxy.when(method, path, drop_response(), times=2)
        chat = sealed(scene, f"p{number}")
        rule.wait()
        chat.talk("hello")
        check_sealed(chat)


@scenario("78b", "nor does kill -9 between any two steps towards an encrypted message", encryption=True)
def killed_on_the_way(scene):
    for method, path in AT_FIRST:
        rule = scene.proxy.when(method, path, hold(), times=1)
        scene.bot.launch()
        rule.wait()
        scene.bot.kill()
        rule.release()
    scene.start()
    for number, (method, path) in enumerate(ON_THE_WAY):
        rule = scene.proxy.when(method, path, hold(), times=1)
        user = scene.peer(f"p{number}")
        chat = Chat(scene, user, user.create_dm(scene.bot.id))
        scene.chats.append(chat)
        rule.wait()
        scene.bot.kill()
        rule.release()
        scene.bot.start()
        chat.hears(QUESTION, 60)
        chat.talk("hello")
        check_sealed(chat)
    scene.bot.stop()
    as_new_device(scene, chat)
    chat.talk("after")
    check_sealed(chat)


@scenario("78c", "that no new keys can be put on the homeserver holds up no message", core=True, encryption=True)
def upload_fails(scene):
    scene.start()
    rule = scene.proxy.when("POST", "/keys/upload", bad_gateway(), times=2)
    chat = sealed(scene)
    rule.wait()
    chat.talk("hello", timeout=10)
    chat = sealed(scene, "ben")
    chat.talk("hello", timeout=10)
