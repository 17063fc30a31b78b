"""Somebody in a direct chat with the bot on the fake Discord, who goes through welcome.script at their own pace, whoever is dead,
and knows what the bot owes them."""

import re
import sys
import time
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "matrix"))
from scene import GREETING, MARKER, QUESTION, until  # noqa: E402
from server import Broken  # noqa: E402

LOADING = 1 << 7  # "is thinking …"
FORM = 3  # seconds until Discord says that it failed
PICKS = ("Apples", "Pears", "Plums")
ASKED = r"\s+" + re.escape(QUESTION)


def heard(word, then=ASKED, quoted=False):
    """`quoted`: it stands nowhere else, since it was written into a form."""
    return (rf"<@\d+>\s+> {re.escape(word)}\s+" if quoted else "") + rf"I heard {re.escape(word)}\.{then}"


def words_of(message):
    return re.sub(r"\\(.)", r"\1", message["content"])


def button(message, label):
    """What presses it; None if it cannot be pressed."""
    for row in message.get("components", []):
        for part in row.get("components", []):
            if part.get("label") == label and not part.get("disabled"):
                return part["custom_id"]
    return None


class Person:
    """live() is for one thread; nothing else may be called meanwhile.

    `due` are patterns of the bot's messages in their order, as they stand in the end: an edit changes what is due.
    """

    def __init__(self, fake, name, dice):
        self.fake, self.name, self.dice = fake, name, dice
        self.id = fake.add_user(name=name)
        self.chat = fake.open_dm(user=self.id)
        self.due = []
        self.newest = None  # what was typed last, if it can be edited: its id, and the number of the message that answers it
        self.menu = False
        self.said = self.edited = self.removed = self.pressed = self.filled = self.commanded = self.failed = 0

    def comes(self):
        self.fake.write(channel=self.chat, user=self.id, text="hi")
        self.due.append(rf"{re.escape(GREETING)}\.{ASKED}")
        return self

    # ------------------------------------------------------------------------------------------- what they do

    def live(self, resting):
        """Goes on until the event `resting` is set."""
        while not resting.is_set():
            self.act()
            resting.wait(self.dice.uniform(0, 1))

    def act(self):
        if self.menu:
            return self.choose()
        dice = self.dice.random()
        if dice < 0.25 and self.newest:
            return self.change() if dice < 0.15 else self.take_back()
        if dice < 0.4:
            return self.fill_in()
        if dice < 0.5:
            return self.say_by_command()
        if dice < 0.65:
            self.tell("menu", r"\s+Which one would you pick\?")
            self.newest, self.menu = None, True
            return None
        for _ in range(self.dice.choice((1, 1, 1, 2, 3))):
            self.tell()
        return None

    def word(self):
        self.said += 1
        return f"{MARKER} {self.name} {self.said}"

    def tell(self, more="", then=ASKED):
        word = f"{self.word()} {more}".strip()
        self.newest = (self.fake.write(channel=self.chat, user=self.id, text=word), len(self.due))
        self.due.append(heard(word, then))

    def change(self):
        """Edits what was typed last; the bot has to edit its answer."""
        self.edited += 1
        written, number = self.newest
        word = self.word()
        self.fake.edit(message=written, text=word)
        self.due[number] = heard(word)

    def take_back(self):
        """Deletes what was typed last; the bot has to ask for it again in place of its answer."""
        self.removed += 1
        written, number = self.newest
        self.fake.remove(message=written)
        self.due[number] = re.escape(QUESTION)
        self.newest = None

    def press(self, label):
        """Presses it in the newest message, once all is there that is due. Returns the interaction; None if that cannot be."""
        messages = self.messages()
        if self.fault(messages) or not (what := button(messages[-1], label)):
            return None
        return self.fake.press(message=messages[-1]["id"], custom_id=what, user=self.id)

    def choose(self):
        """Takes one, by its button or in words."""
        pick = self.dice.choice(PICKS)
        if self.dice.random() < 0.3:
            self.fake.write(channel=self.chat, user=self.id, text=pick)
        elif self.press(pick):
            self.pressed += 1
        else:
            return
        self.due.append(rf"You picked {pick}\.{ASKED}")
        self.menu = False

    def fill_in(self):
        """Opens the form and writes into it. If the bot is dead, Discord says that it failed."""
        if not (form := self.press("Write")):
            return
        deadline = time.monotonic() + FORM
        while not self.fake.interaction(id=form)["modal"]:
            if time.monotonic() > deadline:
                self.failed += 1
                return
            time.sleep(0.05)
        self.filled += 1
        word = self.word()
        self.fake.submit(interaction=form, values={"words": word})
        self.due.append(heard(word, quoted=True))
        self.newest = None

    def say_by_command(self):
        self.commanded += 1
        word = self.word()
        self.fake.command(channel=self.chat, user=self.id, name="repair", options={"say": word})
        self.due.append(heard(word, quoted=True))
        self.newest = None

    # -------------------------------------------------------------------------------------- what they are owed

    def messages(self):
        """The bot's messages, also those that nobody else sees."""
        return [message for message in self.fake.messages(channel=self.chat, user=self.id)
                if message["author"]["id"] == self.fake.bot and not message.get("flags", 0) & LOADING]

    def settle(self, timeout):
        """Waits for all that the bot owes. Raises Broken."""
        until(lambda: not self.fault(self.messages()), timeout, lambda: f"{self.name} waited {timeout} s: {self.fault(self.messages())}; "
              f"all that came: {[words_of(message) for message in self.messages()]}")

    def check(self):
        if fault := self.fault(self.messages()):
            raise Broken(f"{self.name}: {fault}")

    def fault(self, messages):
        """How these differ from those that the bot owes, in words, or nothing."""
        for number, due in enumerate(self.due):
            if number >= len(messages):
                return f"message {number} of {len(self.due)} is missing: {due}"
            if not re.fullmatch(due, words := words_of(messages[number]), re.DOTALL):
                return f"message {number} of {len(self.due)} was to be “{due}”, but is “{words}”"
        if len(messages) > len(self.due):
            return f"{len(messages) - len(self.due)} more than was due: {[words_of(m) for m in messages[len(self.due):]]}"
        return ""
