"""What several people say together: rooms of their own, rooms that they bring, and people on other channels."""

import asyncio
import json
import pathlib
import re
import shutil
import sys
import threading

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "kill")]
from pair import GATE  # noqa: E402
from registry import scenario  # noqa: E402
from scene import HERE, QUESTION, expect, until  # noqa: E402
from user import text_of  # noqa: E402
from websocket import WebSocket  # noqa: E402

# What is answered to what the bot says, in private: the last that fits counts.
ALONE = {
    "call you": None,  # the name
    **GATE,
    "Ready?": "yes",
}
TOO_EARLY = "out of turn"
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


class Talker:
    """Somebody who answers what the bot asks them in private."""

    def __init__(self, chat, name, part="", shares=True):
        self.chat, self.name = chat, name
        self.answers = {**ALONE, "call you": name, "Your part?": part,
                        "would read exactly this": "share it" if shares else "keep it private"}

    def goes_on(self, until_text, timeout=60):
        """Answers until the bot says that; the event that says it."""
        user, room, bot = self.chat.user, self.chat.room, self.chat.scene.bot.id
        while True:
            seen = user.mark(room)
            wanted = [*self.answers, until_text]
            event = user.until(lambda: next((one for one in user.events.get(room, [])[self.chat.mark:]
                                             if one["sender"] == bot and any(text in text_of(one) for text in wanted)), None),
                               timeout, lambda: f"{self.name} waited for “{until_text}”; the last was "
                               f"“{[text_of(one) for one in user.events.get(room, [])[-3:]]}”")
            text = text_of(event)
            if until_text in text:
                return event
            answer = [reply for cue, reply in self.answers.items() if cue in text][-1]
            self.chat.mark = max(seen, user.events[room].index(event) + 1)
            user.send(room, answer)


def together(scene):
    """Scripts for several instead of the echo alone."""
    folder = scene.folder / "scripts"
    shutil.copy(HERE / "together.script", folder / "welcome.script")
    for name in ("talk", "round"):
        shutil.copy(HERE / f"{name}.script", folder)
    scene.bot.settings["together"] = True
    scene.bot.write_settings()
    return scene.start()


def rooms_with(user, bot, known):
    """Rooms that the bot has asked this person into since, as the server has it."""
    answer = user.api.call("GET", "/_matrix/client/v3/sync?timeout=0&filter=%7B%22room%22:%7B%22timeline%22:%7B%22limit%22:1%7D%7D%7D")
    return [room for room in answer["rooms"].get("invite", {}) if room not in known]


def asked_in(scene, user):
    room = until(lambda: next(iter(rooms_with(user, scene.bot.id, ())), None), 30, f"{user.id} is not asked into a room")
    user.join(room)
    return room


def lines_of(user, room, bot):
    """What is said in a room: who, and the words; the bot's messages bubble by bubble."""
    said = []
    for event in user.messages(room):
        if event["type"] == "m.room.message" and event["content"]:
            who = "bot" if event["sender"] == bot else event["sender"].split(":")[0].strip("@")
            said += [f"{who}: {line}" for line in text_of(event).split("\n") if line.strip()]
    return said


def two_begin(scene, ben_shares=True):
    """Ana and Ben, up to Ben's having come by the code that Ana got."""
    together(scene)
    ana = Talker(scene.dm("ana"), "Ana", "I shouted that day")
    ben = Talker(scene.dm("ben"), "Ben", "I never wrote back", shares=ben_shares)
    for one in (ana, ben):
        one.chat.hears(QUESTION)
    ana.chat.say("a pair")
    link = ana.goes_on("write this to me instead")
    ben.chat.say(CODE.search(text_of(link))[0].lower())
    return ana, ben


def their_room(scene, ana, ben):
    """Where Ana is asked first."""
    room = asked_in(scene, ana.chat.user)
    expect(asked_in(scene, ben.chat.user) == room, "the two are asked into different rooms")
    until(lambda: any("Ana, go." in line for line in lines_of(ana.chat.user, room, scene.bot.id)), 30, "nobody is asked")
    return room


@scenario(58, "two who answer the same prompt in the same second keep their own, and it goes on once")
def same_second(scene):
    ana, ben = two_begin(scene)
    for one in (ana, ben):
        one.goes_on("would read exactly this")
    begun = threading.Barrier(2)

    def shares(one):
        begun.wait()
        one.chat.user.send(one.chat.room, "share it")

    threads = [threading.Thread(target=shares, args=(one,)) for one in (ana, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    room = their_room(scene, ana, ben)
    said = until(lambda: talk_through(scene, room, {"Ana": ana.chat.user, "Ben": ben.chat.user}), 60,
                 lambda: f"the talk stands still: {lines_of(ana.chat.user, room, scene.bot.id)}")
    for line in ("Here you both are.", 'From Ana: "I shouted that day"', 'From Ben: "I never wrote back"'):
        expect("\n".join(said).count(line) == 1, f"“{line}” is not there once: {said}")


@scenario(59, "what one says when another is asked is no answer of the other, and they are told so once")
def for_another(scene):
    ana, ben = two_begin(scene)
    for one in (ana, ben):
        one.goes_on("That's all from you for now")
    room = their_room(scene, ana, ben)
    ben.chat.mark = ben.chat.user.mark(ben.chat.room)
    for words in (TOO_EARLY, f"still {TOO_EARLY}"):
        ben.chat.user.send(room, words)
    ben.chat.hears("Everyone in that room has read this")
    ana.chat.user.send(room, "here is Ana")
    said = lambda: "\n".join(lines_of(ana.chat.user, room, scene.bot.id))  # noqa: E731
    until(lambda: 'Did you hear "here is Ana"?' in said(), 30, lambda: f"Ana is not heard: {said()}")
    expect(f'"{TOO_EARLY}"' not in said(), "Ben's words were taken for Ana's")
    ben.chat.user.send(room, "I heard Ana")
    until(lambda: "Ben, go." in said(), 30, lambda: f"Ben is not heard in his turn: {said()}")
    notes = [line for line in lines_of(ben.chat.user, ben.chat.room, scene.bot.id) if "Everyone in that room has read" in line]
    expect(len(notes) == 1, f"Ben is told {len(notes)} times")


@scenario(60, "two people on Matrix prepare alone, and meet in a room of their own", core=True)
def pair(scene):
    ana, ben = two_begin(scene, ben_shares=False)
    ana.goes_on("That's all from you for now")
    ben.goes_on("That's all from you for now")
    room = their_room(scene, ana, ben)
    ben.chat.mark = ben.chat.user.mark(ben.chat.room)
    ben.chat.user.send(room, TOO_EARLY)
    ben.chat.hears("Everyone in that room has read this")  # in private, and it is not called unseen
    said = until(lambda: talk_through(scene, room, {"Ana": ana.chat.user, "Ben": ben.chat.user}), 60,
                 lambda: f"the talk stands still: {lines_of(ana.chat.user, room, scene.bot.id)}")
    everything = "\n".join(said)
    expect("It's somebody else's turn" not in everything, "what the bot says to one alone is said to both")
    expect(everything.count("Here you both are.") == 1, "a line of the room is there twice")
    expect('From Ana: "I shouted that day"' in everything, "what was shared is not shown")
    expect("never wrote back" not in everything, "what was kept private is shown")
    expect("everyone here reads at once" in everything, "people are not told that they are read at once")
    for one, other in ((ana, "never wrote back"), (ben, "I shouted")):
        own = lines_of(one.chat.user, one.chat.room, scene.bot.id)
        expect(not any(other in line for line in own), f"{one.name} reads the other's words in private")
    members = {who for who, how in ana.chat.user.members(room).items() if how == "join"}
    expect(members == {scene.bot.id, ana.chat.user.id, ben.chat.user.id}, f"in the room are {members}")
    # Somebody else may not be let in by one of them.
    try:
        ana.chat.user.invite(room, scene.witness.id)
        expect(False, "one of the two can ask others into the room")
    except Exception as refused:  # noqa: BLE001
        expect("M_FORBIDDEN" in str(refused), str(refused))


def talk_through(scene, room, people):
    """Whoever is asked says something, until the end; the lines, once it is over. `people` by name."""
    anyone = next(iter(people.values()))
    said = lines_of(anyone, room, scene.bot.id)
    if any("That was all of it." in line or "That was the circle." in line for line in said):
        return said
    asks = [line for line in said if re.search(r"^bot: (\w+), (go|how do you|what do you)|^bot: Did you hear", line)]
    turns = sum(not line.startswith("bot: ") and TOO_EARLY not in line for line in said)
    if len(asks) > turns:
        speaker = next((name for name in people if f"bot: {name}, " in asks[-1]), None)
        if speaker is None:  # the listener: whoever did not have the floor
            floor = [line for line in asks if ", go" in line][-1]
            speaker = next(name for name in people if name not in floor)
        people[speaker].send(room, f"{speaker} says {turns + 1}")
        until(lambda: sum(not line.startswith("bot: ") and TOO_EARLY not in line
                          for line in lines_of(anyone, room, scene.bot.id)) > turns, 10, "not sent")
    return None


@scenario(61, "one on Matrix and one in the browser are in one conversation", core=True)
def mixed(scene):
    together(scene)
    ana = Talker(scene.dm("ana"), "Ana", "I shouted that day")
    ana.chat.hears(QUESTION)
    ana.chat.say("a pair")
    link = ana.goes_on("write this to me instead")
    expect("/#join=" in text_of(link), "there is no link for the browser")
    web = Browser(scene, "Ben", CODE.search(text_of(link))[0])
    web.start()
    try:
        ana.goes_on("That's all from you for now")
        room = asked_in(scene, ana.chat.user)
        user = ana.chat.user
        until(lambda: any("Ana, go" in line for line in lines_of(user, room, scene.bot.id)), 30, "Ana is not asked")
        user.send(room, "here is Ana")
        until(lambda: any("go" in line and "Ben" in line for line in lines_of(user, room, scene.bot.id)), 30,
              lambda: f"Ben does not come: {lines_of(user, room, scene.bot.id)}; {web.trace[-5:]}")
        until(lambda: any("Did you hear" in line and "Ben speaks" in line for line in lines_of(user, room, scene.bot.id)), 30,
              lambda: f"Ben is not heard: {lines_of(user, room, scene.bot.id)}; {web.trace[-5:]}")
        user.send(room, "I heard it")
        until(lambda: any("That was all of it." in line for line in lines_of(user, room, scene.bot.id)), 30,
              lambda: f"it does not end: {lines_of(user, room, scene.bot.id)}")
        said = "\n".join(lines_of(user, room, scene.bot.id))
        expect("here is Ana" in web.heard, f"Ben has not heard Ana: {web.heard}")
        expect("Ben:" in said, "who speaks on the other channel is not named")
        expect(web.over, "Ben has not seen the end")
    finally:
        web.stop()


class Browser(threading.Thread):
    """Somebody who joins by a link, over the WebSocket that the chat page uses, and answers what they are asked."""

    def __init__(self, scene, name, code):
        super().__init__(daemon=True)
        self.port = int(re.findall(r"ready port=(\d+)", scene.bot.log_text())[-1])
        self.name_, self.code = name, code
        self.heard, self.trace, self.over, self.ending = [], [], False, False
        self.answers = {**ALONE, "call you": name, "Your part?": "kept for me", "would read exactly this": "keep it private"}

    def run(self):
        asyncio.run(self.live())

    def stop(self):
        self.ending = True
        self.join(5)

    async def live(self):
        socket = await WebSocket.connect(self.port)
        socket.send({"type": "hello", "seen": 0, "new": True, "language": "en", "time_zone": "Europe/London"})
        number, joined = 0, False
        while not self.ending:
            try:
                frame = await asyncio.wait_for(socket.receive(), 0.5)
            except asyncio.TimeoutError:
                continue
            self.trace.append(json.dumps(frame)[:300])
            if frame["type"] == "message" and not joined:
                joined = True
                socket.send({"type": "link", "code": self.code})
            if frame["type"] != "message":
                continue
            room = frame.get("room")
            where = room["id"] if isinstance(room, dict) else room
            bubbles = [bubble.get("text", "") for bubble in frame.get("bubbles", [])]
            if frame.get("heard"):
                self.heard.append(frame["heard"].get("text", ""))
            self.over = self.over or any("That was all of it." in text for text in bubbles)
            if not frame.get("ask"):
                continue
            text = "\n".join(bubbles)
            if where:
                answer = f"{self.name_} speaks"
            else:
                fits = [reply for cue, reply in self.answers.items() if cue in text]
                if not fits:
                    continue
                answer = fits[-1]
            number += 1
            socket.send({"type": "message", "id": number, "text": answer, **({"room": where} if where else {})})


@scenario("61b", "a circle of six in a room that they bring, with a thread for each round", core=True)
def circle(scene):
    together(scene)
    names = ["Kim", "Lea", "Max", "Noa", "Oda", "Pit"]
    talkers = {name: Talker(scene.dm(name.lower()), name) for name in names}
    for one in talkers.values():
        one.chat.hears(QUESTION)
    kim = talkers["Kim"]
    room = kim.chat.user.create_room("Our circle", [scene.bot.id, *(talkers[name].chat.user.id for name in names[1:])])
    for name in names[1:]:
        talkers[name].chat.user.join(room)
    until(lambda: kim.chat.user.members(room).get(scene.bot.id) == "join", 30, "the bot does not come")
    kim.chat.say("a circle")
    kim.goes_on("write this to me instead")
    kim.chat.user.send(room, "!here")
    said = lambda: lines_of(kim.chat.user, room, scene.bot.id)  # noqa: E731
    until(lambda: any("writes: !in" in line for line in said()), 30, lambda: f"nobody says how to take part: {said()}")
    for name in names[1:]:
        talkers[name].chat.mark = talkers[name].chat.user.mark(talkers[name].chat.room)
        talkers[name].chat.user.send(room, "!in")
    for one in talkers.values():
        one.goes_on("That's all from you for now")
    users = {name: one.chat.user for name, one in talkers.items()}

    def spoken():
        return [line for line in said() if not line.startswith("bot: ") and not line.split(": ", 1)[1].startswith("!")]

    def step():
        if any("That was the circle." in line for line in said()):
            return True
        asks = [line for line in said() if re.search(r"^bot: \w+, (how do you arrive|what do you take)", line)]
        if len(asks) > len(spoken()):
            name = re.match(r"bot: (\w+),", asks[-1])[1]
            count = len(spoken())
            users[name].send(room, f"{name} says something")
            until(lambda: len(spoken()) > count, 10, "not sent")
        return None

    until(step, 120, lambda: f"the circle stands still: {said()}")
    events = [event for event in kim.chat.user.messages(room) if event["sender"] == scene.bot.id and event["type"] == "m.room.message"]
    roots = {event["event_id"]: text_of(event) for event in events if text_of(event) in ("First things", "Last things")}
    expect(sorted(roots.values()) == ["First things", "Last things"], f"the rounds have the headings {list(roots.values())}")
    threads = {}
    for event in events:
        relation = event["content"].get("m.relates_to", {})
        if relation.get("rel_type") == "m.thread":
            threads.setdefault(roots.get(relation["event_id"]), []).append(text_of(event))
    expect(set(threads) == {"First things", "Last things"}, f"threads: {threads}")
    expect(sum("how do you arrive" in text for text in threads["First things"]) >= 5, "the first round is not in its thread")
