"""Two people in one conversation. Each shares something or not, takes turns in the room, and speaks out of turn.

Everything that somebody types holds their name and the number of the message, so that the audit knows each word again.
"""

import json
import random
import re

from person import Person, bubbles
from server import Broken

GATE = {
    "Is it private enough": "yes",
    "Do you feel free": "yes",
    "Are you ever afraid": "no",
    "In the past year": "no",
    "Does one of you decide": "no",
    "Any drink": "no",
    "Which word": "skip",
    "which word should stand": "skip",
    "Would you like to?": "yes",
}
HELD_BACK = ("Hold that for your turn.", "We're pausing.", "This room is closed.", "The joint room is open now.")
SHARES = ["Keep it private", "Share it as it is", "Change it first"]


class Talker(Person):
    """`other` is the one they meet; `begins` says who has the first seat."""

    def __init__(self, name, begins, time_zone, seed):
        super().__init__(name, "talker", time_zone)
        self.begins = begins
        self.other = None
        self.dice = random.Random(seed)
        self.said_last = None  # what they typed last, until the turn that it makes is there
        self.private = False  # a question is open in private
        self.cue = ""  # the last bubble in private
        self.room = None
        self.asked = False  # in the room
        self.conversation = None  # of the starter: where the other's seat is
        self.code = None
        self.seated = False
        self.came = {}  # seq -> message, as it came first
        # Those of them that they had missed: what they say of questions and rooms is as it was when they came back, so a
        # question that was answered meanwhile is there in its words only.
        self.late = set()
        self.kills_in_room = 0
        self.numbered = {}  # id -> what they typed under it, where that holds its number

    def was_killed(self):
        self.kills_in_room += self.room is not None

    # ----------------------------------------------------------------------------------------------- living

    async def _come_back(self):
        await super()._come_back()
        if self.conversation and not self.other.seated:
            self._invite()

    def _invite(self):
        self.socket.send({"type": "invite", "conversation": self.conversation, "role": "partner"})

    def _say(self, text, room=None):
        self.said_last = text
        if text.startswith(self.name + " "):
            self.numbered[self.last_id + 1] = text
        self.send(type="message", text=text, **({"room": room} if room else {}))

    def _word(self, kind):
        return f"{self.name} {kind}{self.last_id + 1}"

    def _talk(self):
        if self.open or self.said_last is not None or self.head == 0:
            return
        if self.asked:
            self._say(self._word("said"), self.room)
        elif self.room and self.dice.random() < 0.02:
            self._say(self._word("held"), self.room)
        elif self.cue.startswith("That's all from you for now") and not self.room:
            if self.dice.random() < 0.05:
                self._say("keep private")
        elif "would read exactly this" in self.cue:
            self._say(self.dice.choice(SHARES))
        elif self.cue.startswith("Write it the way"):
            self._say(self._word("changed"))
        elif self.private:
            self._answer()
        elif not self.begins and self.code and not self.seated:
            self.socket.send({"type": "link", "code": self.code})
            self.code = None

    def _answer(self):
        if "call you" in self.cue:
            self._say(self.name)
        elif self.cue.startswith("Do you begin"):
            self._say("I begin" if self.begins else "I come by a code")
        elif self.cue.startswith("Your part"):
            self._say(self._word("secret"))
        else:
            self._say(next(answer for question, answer in GATE.items() if question in self.cue))

    def _take(self, frame):
        kind = frame["type"]
        if kind == "error" and frame["code"] == "bad_code":
            if not self.seated and self.other.socket:
                self.other._invite()
        elif kind == "code":
            self.other.code = frame["code"]
        elif kind not in ("seat", "pong"):
            super()._take(frame)
        if kind == "message":
            self._see(frame)

    def _see(self, message):
        self.came[message["seq"]] = message
        if message["seq"] <= self.missed:
            self.late.add(message["seq"])
        you = message.get("you")
        if you and self.said_last in (you.get("text"), *you.get("picks", [])):
            self.said_last = None
        open_question = "ask" in message
        if "room" in message:
            self.room = message["room"]["id"] if message["room"]["open"] else None
            if not self.private:
                self.cue = ""  # what was said in private before the room is over
            if open_question or you:
                self.asked = open_question
            self.asked = self.asked and self.room is not None
        elif message["bubbles"]:
            self.cue = bubbles(message)[-1]
        if "room" not in message and (open_question or you):
            self.private = open_question
        for bubble in message["bubbles"]:
            self.seated = self.seated or "gave you this link" in bubble.get("text", "")
            if bubble["kind"] == "invite":
                self.conversation = bubble["conversation"]
                self._invite()

    # ------------------------------------------------------------------------------------------- at the end

    async def audit(self):
        """What they were shown live is what their stream holds; what was acknowledged stands there once, in order."""
        self.stream = await self._history()
        if [message["seq"] for message in self.stream] != list(range(1, len(self.stream) + 1)):
            raise Broken(f"{self.name}: the stream has gaps")
        for message in self.stream:
            if shown(self.came.get(message["seq"], message)) != shown(message):
                raise Broken(f"{self.name}: message {message['seq']} was shown otherwise before")
        said = [int(number) for message in self.stream for number in re.findall(
            rf"{self.name} (?:said|held|secret|changed)(\d+)", message.get("you", {}).get("text", ""))]
        if said != sorted(set(said)):
            raise Broken(f"{self.name}: messages of theirs stand twice, or in another order than they were sent")
        lost = [text for number, text in self.numbered.items() if number in self.acked and number not in said]
        if lost:
            raise Broken(f"{self.name}: {lost} were acknowledged, and are not in the stream")
        self._audit_turns()
        return {"messages": len(self.stream), "said": len(said), **audit_pair(self, self.other)}

    def _audit_turns(self):
        """What others heard of them was asked of them: nobody is heard out of turn."""
        asked = False
        for seq, message in sorted(self.came.items()):
            if "room" not in message:
                continue
            you = message.get("you", {})
            if "text" in you and not is_held_back(message) and not asked:
                raise Broken(f"{self.name}: {you['text']!r} was heard, and nobody had asked them")
            late = seq in self.late
            asks = "ask" in message or (late and self._is_asked_by(message))
            if asks or you:
                asked = asks
            asked = asked and (late or message["room"]["open"])

    def _is_asked_by(self, message):
        last = bubbles(message)[-1] if message["bubbles"] else ""
        return last == f"{self.name}, go." or ("heard" in message and last.startswith("Did you hear"))


def is_held_back(message):
    return any(text.startswith(HELD_BACK) for text in bubbles(message))


def shown(message):
    return json.dumps([message.get("you"), message.get("heard"), message["bubbles"]], sort_keys=True)


def spoken(person):
    """What was said in the room as one of the two has it: (who, words), in order."""
    lines = []
    for message in person.stream:
        if "room" not in message:
            continue
        if "heard" in message:
            lines.append((message["heard"]["name"], message["heard"].get("text")))
        elif "text" in message.get("you", {}) and not is_held_back(message):
            lines.append((person.name, message["you"]["text"]))
    return lines


def shows(person, author):
    """What was shown of the author's part, in order: the words, or None where nothing was."""
    found = []
    for message in person.stream:
        for text in bubbles(message) if "room" in message else []:
            if text.startswith(f"From {author.name}: "):
                found.append(re.search(r'"(.*)"', text)[1])
            elif text.startswith(f"{author.name} brings"):
                found.append(None)
    return found


def agreed(author):
    """What should have been shown of their part, by their own stream: words that they agreed to and did not take back."""
    expected = []
    words = consent = None
    for message in author.stream:
        asked = [re.search(r'this: "(.*)" Keep', text) for text in bubbles(message)]
        words = next((match[1] for match in asked if match), words)
        if "It will be shown once you're together" in " ".join(bubbles(message)):
            consent = words
        if any(text.startswith(("Taken back.", "It stays with you")) for text in bubbles(message)):
            consent = None
        for text in bubbles(message) if "room" in message else []:
            if text.startswith((f"From {author.name}: ", f"{author.name} brings")):
                expected.append(consent)
                consent = None
    return expected


def audit_pair(one, other):
    """Held by whoever of the two is read last; counts of both. Nothing, as long as the other was not read."""
    if not hasattr(other, "stream"):
        return {}
    if spoken(one) != spoken(other):
        raise Broken(f"{one.name} and {other.name} were not shown the same in the room")
    counts = {"rounds": len(spoken(one)), "shared": 0, "kept": 0}
    counts["held"] = sum(is_held_back(message) for person in (one, other) for message in person.stream)
    for author, reader in ((one, other), (other, one)):
        expected = agreed(author)
        if not expected == shows(author, author) == shows(reader, author):
            raise Broken(f"{reader.name} was shown something else of {author.name} than they had agreed to")
        read = " ".join(shown(message) for message in reader.stream)
        allowed = set(filter(None, expected)) | {words for _, words in spoken(author)}
        for kind in ("secret", "changed", "held"):
            for word in re.findall(rf"{author.name} {kind}\d+", read):
                if word not in allowed:
                    raise Broken(f"{reader.name} was shown words that {author.name} did not share")
        for word in filter(None, expected):
            if len(re.findall(rf"{word}\b", read)) != 1:
                raise Broken(f"{reader.name} was shown what {author.name} shared more than once")
        counts["shared"] += sum(word is not None for word in expected)
        counts["kept"] += sum(word is None for word in expected)
    return counts
