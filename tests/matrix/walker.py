"""A person who walks through welcome.script at their own pace, whoever is dead, and knows what the bot owes them."""

import dataclasses
import re
import time

from api import MatrixError
from scene import GREETING, QUESTION
from server import Broken
from user import User, is_edit, text_of

PATIENCE = 90  # seconds until the homeserver is back
PICKS = {"1": "Apples", "2": "Pears", "3": "Plums"}
ASKED = r"\s+" + re.escape(QUESTION)


@dataclasses.dataclass(frozen=True)
class Due:
    """An event that the bot owes: words that match `pattern`; of an edit, in place of number `edits` of its events."""

    pattern: str
    edits: int | None = None


def heard(word, then=ASKED, edits=None):
    return Due(rf"I heard {re.escape(word)}\.{then}", edits)


class Walker(User):
    """Sends again what the homeserver has not acknowledged, as clients do, so that all of it is there once in the end.

    live() is for one thread; nothing else may be called meanwhile.
    """

    def __init__(self, port, account, bot_id, dice):
        super().__init__(port, account)
        self.bot_id = bot_id
        self.dice = dice
        self.name = self.id[1:].split(":")[0]
        self.room = None
        self.due = [Due(rf".*{re.escape(GREETING)}.*{re.escape(QUESTION)}")]
        self.newest = None  # what was typed last, if it can be edited: its id, and the number of the event that answers it
        self.choosing = False
        self.said = self.again = self.edited = self.redacted = self.reacted = 0

    def comes(self, at_once):
        """Opens a direct chat; whether something is typed before the bot can be there."""
        self.start()
        self.room = self.create_dm(self.bot_id)
        if at_once:
            self.tell()
        return self

    # ------------------------------------------------------------------------------------------- what they do

    def live(self, resting):
        """Goes on until the event `resting` is set."""
        while not resting.is_set():
            self.act()
            resting.wait(self.dice.uniform(0, 0.5))

    def act(self):
        if self.choosing:
            return self.choose()
        dice = self.dice.random()
        if dice < 0.2 and self.newest:
            return self.change() if dice < 0.13 or not self.is_answered() else self.take_back()
        if dice < 0.35:
            self.tell("menu", r"\s+Which one would you pick\?.*Plums.*")
            self.newest, self.choosing = None, True
            return None
        for _ in range(self.dice.choice((1, 1, 1, 2, 4))):
            self.tell()
        return None

    def tell(self, more="", then=ASKED):
        self.said += 1
        word = f"{self.name} w{self.said} {more}".strip()
        self.newest = (self.send(self.room, word), len(self.due))
        self.due.append(heard(word, then))

    def change(self):
        """Edits what was typed last; the bot has to edit its answer. If that one had not gone out when the bot was killed,
        it goes out without the words, which are forgotten by then, and is edited at once."""
        self.edited += 1
        said, number = self.newest
        self.may_be_forgotten()
        word = f"{self.name} e{self.edited}"
        self.edit(self.room, said, word)
        self.due.append(heard(word, edits=number))

    def take_back(self):
        """Redacts what was typed last; the bot has to ask for it again in place of its answer. Without an answer to be seen it
        would be left to chance whether the bot ever reads it."""
        self.redacted += 1
        said, number = self.newest
        self.may_be_forgotten()
        self.redact(self.room, said)
        self.due.append(Due(re.escape(QUESTION), edits=number))
        self.newest = None

    def may_be_forgotten(self):
        answer = self.due[-1]
        self.due[-1] = dataclasses.replace(answer, pattern=answer.pattern + r"|(I heard|You picked) \[erased\]\." + ASKED)

    def choose(self):
        """Takes one, by a reaction or in words, once the choices are there to be seen."""
        if not self.is_answered():
            return
        pick, other = self.dice.sample(list(PICKS), 2)
        prompt, number = self.answers()[-1]["event_id"], len(self.due)
        in_words = self.dice.random() < 0.3
        if in_words:
            self.send(self.room, pick)
        else:
            self.reacted += 1
            self.react(self.room, prompt, f"{pick}\ufe0f\u20e3")
        self.due.append(Due(rf"You picked {PICKS[pick]}\.{ASKED}"))
        if not in_words and self.dice.random() < 0.3:  # a change of mind; the last one counts
            self.reacted += 1
            self.may_be_forgotten()
            self.react(self.room, prompt, f"{other}\ufe0f\u20e3")
            self.due.append(Due(rf"You picked {PICKS[other]}\.{ASKED}", edits=number))
        self.choosing = False

    def send_event(self, room, kind, content, txn=None):
        txn = txn or f"t{next(self.numbers)}"
        return self.until_acknowledged(lambda: super(Walker, self).send_event(room, kind, content, txn))

    def redact(self, room, event_id, txn=None):
        txn = txn or f"r{next(self.numbers)}"
        return self.until_acknowledged(lambda: super(Walker, self).redact(room, event_id, txn))

    def until_acknowledged(self, send):
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return send()
            except (OSError, MatrixError) as error:
                if isinstance(error, MatrixError) and error.status < 500 or time.monotonic() > deadline:
                    raise
                self.again += 1
                time.sleep(0.1)

    # -------------------------------------------------------------------------------------- what they are owed

    def answers(self):
        """The bot's messages, as far as they have come."""
        with self.news:
            return [event for event in self.events.get(self.room, [])
                    if event["sender"] == self.bot_id and event["type"] == "m.room.message"]

    def is_answered(self):
        return len(self.answers()) >= len(self.due)

    def settle(self, timeout):
        """Waits for all that the bot owes. Raises Broken."""
        self.until(self.is_answered, timeout,
                   lambda: f"{self.id} waited {timeout} s: {self.fault(self.answers()) or 'nothing is wrong'}")
        self.check(self.answers())

    def check(self, answers):
        if fault := self.fault(answers):
            raise Broken(f"{self.id} in {self.room}: {fault}")

    def fault(self, answers):
        """How these messages of the bot differ from those that it owes, in words, or nothing."""
        for number, due in enumerate(self.due):
            if number >= len(answers):
                return f"message {number} of {len(self.due)} is missing: {due}"
            event = answers[number]
            if not re.fullmatch(due.pattern, text_of(event), re.DOTALL):
                return f"message {number} was to be {due}, but is “{text_of(event)}”{' (an edit)' * is_edit(event)}"
            target = event["content"].get("m.relates_to", {}).get("event_id")
            expected = None if due.edits is None else answers[due.edits]["event_id"]
            if target != expected:
                return f"message {number} was to be {due}, but stands in for {target} instead of {expected}"
        if len(answers) > len(self.due):
            return f"{len(answers) - len(self.due)} more than was due: {[text_of(e) for e in answers[len(self.due):]]}"
        return ""
