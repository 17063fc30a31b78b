"""Scenarios about the session, what comes from the homeserver, and what is sent to it. Scene.check() comes on top of each."""

import re
import time

from api import quoted
from fault_proxy import (SYNC, bad_gateway, change, cut_body, drop_response, freeze, hold, invalid_json, limit, replay_sync)
from registry import scenario
from scene import GREETING, QUESTION, expect, until
from user import text_of

SEND = r"/send/m\.room\.message/"


def gaps(requests):
    """Seconds between each request and the one after it."""
    return [later.time - earlier.time for earlier, later in zip(requests, requests[1:])]


# ------------------------------------------------------------------------------------------- boot and session

@scenario(1, "the first start says nothing in rooms with a history, and takes an invitation", core=True)
def first_start(scene):
    old = scene.as_bot()
    rooms = []
    for number in range(3):
        room = scene.person("ann").create_room(f"room {number}", [scene.bot.id])
        old.join(room)
        scene.person("ann").send(room, "bot: menu", mentions=[scene.bot.id])
        rooms.append(scene.enter("ann", room))
    waiting = scene.dm("ben")
    scene.start()
    waiting.hears(GREETING)
    scene.barrier()
    expect(not any(room.bot_events() for room in rooms), "the bot has answered what was said before its first start")
    waiting.talk("hello")


@scenario(2, "a token of another device or user is refused in one line", core=True)
def wrong_session(scene):
    right = scene.account
    chat = scene.start().chat()
    chat.talk("before")
    scene.bot.stop()
    size = len(scene.bot.log_text())
    for wrong in (dict(device_id="ANOTHER"), dict(user_id="@another:hs.test")):
        scene.bot.log_in(type(right)(**{**vars(right), **wrong}))
        scene.bot.launch()
        expect(scene.bot.exit_code() != 0, "the bot runs with a session that is not its own")
        said = [line for line in scene.bot.log_text()[size:].splitlines() if any(value in line for value in wrong.values())]
        expect(len(said) == 1, f"one line was to name {wrong}: {said}\n{scene.bot.tail()}")
        expect(right.access_token not in scene.bot.log_text(), "the token is in the log")
        size = len(scene.bot.log_text())
    scene.bot.log_in(right)
    scene.start()
    chat.talk("after")


@scenario(4, "a token that is revoked pauses the bot; after a new login it sends what was queued", core=True)
def revoked(scene):
    chat = scene.start().chat()
    chat.talk("before")
    rule = scene.proxy.when("PUT", SEND, freeze(), times=1)
    chat.tell("queued")
    rule.wait()
    scene.synapse.delete_device(scene.account)
    rule.release()
    chat.tell("meanwhile")
    until(lambda: any(request.status == 401 for request in scene.proxy.seen()), 60, "the bot has not met the dead token")
    asked = time.monotonic()
    time.sleep(3)  # the bot is to be quiet for that long
    expect(len(scene.proxy.seen(since=asked)) <= 5, "the bot goes on asking with a dead token")
    expect(scene.bot.alive(), f"the bot ended\n{scene.bot.tail()}")
    expect(scene.bot.outbox_pending() > 0, "the outbox has lost what was not sent")
    scene.bot.log_in(scene.synapse.log_in(scene.bot.id, scene.account.device_id))
    scene.bot.restart()
    chat.hears("I heard queued.", 60)
    chat.hears("I heard meanwhile.", 60)


@scenario(9, "the homeserver is not up when the bot starts", core=True)
def homeserver_not_up(scene):
    scene.proxy.refuse()
    scene.bot.launch()
    time.sleep(5)
    expect(scene.bot.alive(), f"the bot gave up\n{scene.bot.tail()}")
    expect(len(scene.bot.log_text().splitlines()) < 20, f"the bot fills the log\n{scene.bot.tail()}")
    scene.proxy.accept()
    scene.bot.wait_ready()
    scene.base = (scene.bot.rss(), scene.bot.fds())
    chat = scene.dm()
    chat.hears(GREETING, 60)
    chat.talk("hello")


# -------------------------------------------------------------------------------------- sync, gaps and order

@scenario(11, "the same sync answer twice has no second effect", core=True)
def same_answer_twice(scene):
    chat = scene.start().chat()
    for word in ("apricot", "quince"):
        again = scene.proxy.when("GET", SYNC, replay_sync(containing=word), times=2)
        chat.talk(word)
        until(lambda: again.count == 2, 30, "the answer has not come again twice")


@scenario(12, "kill -9 at any moment after a message came: it takes effect once", core=True)
def killed_anywhere(scene):
    chat = scene.start().chat()
    for number in range(scene.size(4, full=12)):
        seen = len(scene.syncs())
        chat.tell(f"word{number}")
        # The answer with the word has gone out as soon as the next question for news comes, or is about to.
        until(lambda: len(scene.syncs()) > seen or scene.bot.outbox_pending() or scene.bot.inbox_pending(), 30,
              "the bot does not ask for news")
        time.sleep(scene.dice.uniform(0, 0.06))
        scene.bot.restart()
        chat.hears(f"I heard word{number}.")
        chat.hears(QUESTION)


@scenario(13, "kill -9 after the commit and before the message went out: it is sent once", core=True)
def killed_before_put(scene):
    chat = scene.start().chat()
    rule = scene.proxy.when("PUT", SEND, freeze(), times=1)
    chat.tell("word")
    rule.wait()
    scene.bot.kill()
    rule.release()
    scene.bot.start()
    chat.hears("I heard word.")


@scenario(14, "kill -9 after the message reached the homeserver and before its answer: one event", core=True)
def killed_after_put(scene):
    chat = scene.start().chat()
    path = held_send(scene, chat)
    scene.bot.start()
    chat.hears("I heard word.")
    scene.barrier()
    expect([r.path for r in scene.sends()].count(path) >= 2, "the same transaction was to be tried again")


def held_send(scene, chat):
    """The bot sends, the homeserver has it, the bot is killed before it knows. Returns the path of the send."""
    rule = scene.proxy.when("PUT", SEND, hold(), times=1)
    chat.tell("word")
    rule.wait()
    scene.bot.kill()
    rule.release()
    return next(request.path for request in scene.sends() if request.fault == "hold")


@scenario(15, "the same, and the homeserver is killed as well: one event", core=True, own_synapse=True)
def both_killed(scene):
    chat = scene.start().chat()
    held_send(scene, chat)
    scene.synapse.restart()
    scene.bot.start()
    chat.hears("I heard word.")


@scenario(17, "the homeserver is away during a dialog: what was said is answered in order", core=True)
def homeserver_away(scene):
    chat = scene.start().chat()
    chat.talk("before")
    lines = len(scene.bot.log_text().splitlines())
    scene.proxy.refuse()
    times = scene.size(5, full=30)
    for number in range(times):
        chat.tell(f"meanwhile{number}")
        time.sleep(2)
    expect(len(scene.bot.log_text().splitlines()) - lines < 20, f"the bot fills the log\n{scene.bot.tail()}")
    back = time.monotonic()
    scene.proxy.accept()
    chat.hears(f"I heard meanwhile{times - 1}.", 120)
    first = scene.syncs(back)[0].query
    expect(first.get("timeout", "0") == "0", f"after an error the first question for news was to come back at once: {first}")
    chat.talk("after")


@scenario(19, "a burst while the bot is away, longer than a sync answer, is all answered, in order", core=True, more_memory=96)
def burst_while_away(scene):
    chat = scene.start().chat()
    chat.talk("before")
    scene.bot.stop()
    times = scene.size(100, full=300)  # a sync answer holds 50
    for number in range(times):
        chat.tell(f"n{number}")
    scene.bot.start()
    chat.hears(f"I heard n{times - 1}.", 180)
    expect(scene.proxy.seen("GET", "/messages$"), "nothing was fetched: the sync answer cannot have held all of them")


def spoilt(scene, fault):
    chat = scene.start().chat()
    rule = scene.proxy.when("GET", SYNC, fault, times=2)
    chat.tell("word")
    rule.wait()
    chat.hears("I heard word.", 60)
    chat.talk("after")
    syncs = scene.syncs()
    for number, request in enumerate(syncs[:-1]):
        if request.fault:
            expect(syncs[number + 1].query.get("since") == request.query.get("since"), "the bot went on with a new position")


@scenario(22, "a sync answer that is cut in the middle is asked for again", core=True)
def cut_answer(scene):
    spoilt(scene, cut_body())


@scenario("22b", "so is one that is not JSON")
def not_json(scene):
    spoilt(scene, invalid_json())


@scenario("22c", "so is one that is a page of a web server")
def web_page(scene):
    spoilt(scene, bad_gateway())


@scenario(23, "a socket that freezes without an end is given up after the long poll and 15 s")
def frozen(scene):
    chat = scene.start().chat()
    rule = scene.proxy.when("GET", SYNC, freeze(), times=1)
    chat.tell("word")
    rule.wait(60)
    chat.hears("I heard word.", 60)
    rule.release()


POISON = (
    {"body": 7, "msgtype": []},
    {"body": "menu", "msgtype": "m.text", "m.relates_to": []},
    {"body": "menu", "msgtype": "m.text", "m.relates_to": {"rel_type": 7, "event_id": {}}},
    {"body": None, "msgtype": "m.text", "m.mentions": "all"},
    [], "words", None, 7,
)


@scenario(28, "an event of wrong types is passed over, and other rooms do not notice", core=True)
def poison(scene):
    chat, other = scene.start().chat("ann"), scene.chat("ben")
    for content in POISON:
        def spoil(answer, content=content):
            news = answer.get("rooms", {}).get("join", {}).get(chat.room, {}).get("timeline", {}).get("events", [])
            mine = [event for event in news if event.get("sender") == chat.user.id]
            for event in mine:
                event.update(content=content, unsigned=content, origin_server_ts=content)
            return answer if mine else None

        rule = scene.proxy.when("GET", SYNC, change(spoil), times=1)
        chat.say("poison")
        rule.wait()
        other.talk(f"beside{POISON.index(content)}")
    # What is left of it that a person can mean is answered or not; that it is not read as something else counts.
    scene.barrier()
    expect(chat.heard() in ([], ["menu"]), f"the bot made this of it: {chat.heard()}")
    chat.words = chat.heard()
    other.talk("still here")


# ----------------------------------------------------------------------------------------------------- sending

@scenario(29, "under a rate limit everything is delivered, in order, without a tight loop", core=True)
def rate_limit(scene):
    chat = scene.start().chat()
    scene.synapse.override_ratelimit(scene.bot.id, 1, 3)
    began = time.monotonic()
    for number in range(8):
        chat.tell(f"n{number}")
    chat.hears("I heard n7.", 120)
    tries = scene.sends(began)
    refused = [request for request in tries if request.status == 429]
    expect(len(refused) <= len(tries) / 2 + 1, f"{len(refused)} of {len(tries)} tries were refused")
    scene.synapse.no_ratelimit(scene.bot.id)


@scenario("29b", "a refusal with a time stops the sends of all rooms for that long", core=True)
def waits_as_told(scene):
    ann, ben = scene.start().chat("ann"), scene.chat("ben")
    rule = scene.proxy.when("PUT", SEND, limit(3000), times=1)
    ann.tell("word")
    rule.wait()
    ben.tell("word")
    ann.hears("I heard word.", 60)
    ben.hears("I heard word.", 60)
    refused = next(request for request in scene.sends() if request.status == 429)
    later = [request for request in scene.sends() if request.time > refused.time]
    expect(later[0].time - refused.time >= 2.9, f"it tried again after {later[0].time - refused.time:.1f} s of 3")
    expect(refused.path in [request.path for request in later], "it tried with another transaction")


@scenario(31, "a message of 100 kB is split, and no character is cut")
def long_message(scene):
    chat = scene.start().chat()
    chat.talk("essay", then="Write as much as you like")
    page = "Käse, 漢字 🙂 " * 300
    chat.say(page.strip())
    chat.hears("That was all of it", 60)
    said = "\n".join(text_of(event) for event in chat.bot_events())
    expect("\ufffd" not in said, "a character was cut")
    expect(all(f"Page {number}." in said for number in range(1, 31)), "a page is missing")
    expect(re.sub(r"\s", "", said).count(re.sub(r"\s", "", page)) >= 30, "words of a page are missing")
    statuses = {request.status for request in scene.sends()}
    expect(413 not in statuses, f"the homeserver found it too large: {statuses}")


@scenario(32, "muted, the bot waits; unmuted, it goes on", core=True)
def muted(scene):
    chat = scene.start().powerless_dm()
    ann = chat.user
    chat.hears(QUESTION)
    ann.set_power(chat.room, events_default=50)
    scene.barrier()
    began = time.monotonic()
    chat.tell("quiet")
    scene.barrier()
    time.sleep(5)
    room = [request for request in scene.sends(began) if quoted(chat.room).lower() in request.path.lower()]
    expect(len(room) <= 3, f"muted, the bot has tried {len(room)} times in 5 s")
    ann.set_power(chat.room, events_default=0)
    chat.hears("I heard quiet.", 60)
    chat.talk("loud")


@scenario("14b", "an answer that got lost after the homeserver had the message makes no second event", core=True)
def lost_answers(scene):
    chat = scene.start().chat()
    scene.proxy.when("PUT", SEND, drop_response(), times=3)
    chat.talk("one", 60)
    scene.proxy.when("PUT", SEND, bad_gateway(), times=2)
    chat.talk("two", 60)
    scene.proxy.when("PUT", SEND, cut_body(), times=2)
    chat.talk("three", 60)
    tries = [r for r in scene.sends() if r.fault]
    at_once = [gap for gap in gaps(tries) if gap < 0.2]  # once, if a connection that was kept turns out to be closed
    expect(len(at_once) <= 3, "the bot tries again at once")


@scenario(80, "SIGTERM during a send: it is sent or stays in the outbox, and the bot ends within 10 s", core=True)
def stopped_while_sending(scene):
    chat = scene.start().chat()
    rule = scene.proxy.when("PUT", SEND, hold(), times=1)
    chat.tell("word")
    rule.wait()
    scene.bot.stop(within=10)
    rule.release()
    scene.bot.start()
    chat.hears("I heard word.")
