"""What a scenario plays in: a bot with its account, proxy and folder, people who talk to it, and what must hold at the end."""

import pathlib
import random
import re
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from api import quoted  # noqa: E402
from bot import Bot  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from peer import Peer  # noqa: E402
from server import Broken  # noqa: E402
from user import CLIENT, User, is_edit, text_of  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
GREETING = "I'm a computer program with written steps"
QUESTION = "Tell me something."
HEARD = re.compile(r"I heard (.+?)\.(?=\s|$)")
MARKER = "heliotrope"  # is in words that somebody types in every scenario
MORE_MEMORY = 64  # MiB that a scenario may cost, and
MORE_FILES = 16   # open files


def expect(truth, otherwise):
    if not truth:
        raise Broken(otherwise)


def until(there, timeout, otherwise):
    """Asks `there()` again and again until it holds; what it gave. Raises Broken."""
    deadline = time.monotonic() + timeout
    while not (found := there()):
        if time.monotonic() > deadline:
            raise Broken(otherwise() if callable(otherwise) else otherwise)
        time.sleep(0.05)
    return found


class Chat:
    """One person in one room with the bot. `words` are those that the bot must have heard in the end: once each, in order."""

    def __init__(self, scene, user, room):
        self.scene, self.user, self.room = scene, user, room
        self.words = []
        self.mark = 0

    def say(self, text, **more):
        """Types something that is not to be an answer, or not yet. Returns the event's id."""
        self.mark = self.user.mark(self.room)
        return self.user.send(self.room, text, **more)

    def tell(self, word, **more):
        """Types a word that the bot is to hear, without waiting for it. Returns the event's id."""
        self.words.append(word)
        return self.say(word, **more)

    def hears(self, text, timeout=30, **more):
        """Waits for a message of the bot with this text since this person typed last; its event."""
        return self.user.expect(self.room, text, self.mark, timeout, self.scene.bot.id, **more)

    def talk(self, word, timeout=30, then=QUESTION, **more):
        """Types a word and waits until the bot has heard it and says `then`. Returns the id of what was typed."""
        said = self.tell(word, **more)
        self.hears(f"I heard {word}.", timeout)
        self.hears(then, timeout)
        return said

    def prompt(self):
        """The newest message of the bot."""
        return self.bot_events()[-1]

    def bot_events(self):
        return self.user.bot_events(self.room, self.scene.bot.id)

    def heard(self):
        """The words that the bot says it has heard, as the server has it; edits count in place of what they replace."""
        events = [event for event in self.bot_events() if event["content"]]
        edits = {event["content"]["m.relates_to"]["event_id"]: event for event in events if is_edit(event)}
        return [word for event in events if not is_edit(event)
                for word in HEARD.findall(text_of(edits.get(event["event_id"], event)))]


class Scene:
    """Made for each scenario. Everything is named after its number, so that scenarios share nothing but the homeserver."""

    def __init__(self, synapse, binary, folder, number, seed, more_memory=MORE_MEMORY, full=False):
        self.full = full
        self.synapse, self.number, self.folder = synapse, number, folder
        self.dice = random.Random(f"{seed}-{number}")
        self.proxy = FaultProxy(synapse.port)
        self.more_memory = more_memory
        self.users = {}  # and peers
        self.notes = []  # for whoever reads the results
        self.chats = []
        self.witness_chat = None
        self.base = None
        self.ends_stopped = False  # a scenario after which no bot is to run says so
        self.account = synapse.register(f"bot{number}")
        self.witness = self.person("witness")
        scripts = folder / "scripts"
        scripts.mkdir(parents=True)
        shutil.copy(HERE / "welcome.script", scripts)
        self.bot = Bot(binary, folder / "bot", self.proxy.url, self.account, scripts)

    def size(self, usual, full):
        """How many: `full` where time does not matter."""
        return full if self.full else usual

    def configure(self, **matrix):
        """Changes the Matrix part of the bot's settings; counts from its next start."""
        self.bot.settings["matrix"].update(matrix)
        self.bot.write_settings()

    def start(self):
        """Starts the bot; what it holds then is what it may not hold much more than at the end."""
        self.bot.start()
        self.base = self.base or (self.bot.rss(), self.bot.fds())
        return self

    def person(self, name):
        """A person with a client that reads."""
        if name not in self.users:
            self.users[name] = User(self.synapse.port, self.synapse.register(f"{name}{self.number}")).start()
        return self.users[name]

    def peer(self, name, **more):
        """A person with a client that encrypts, on a device that they have signed. `more` is for the Peer."""
        if name not in self.users:
            account = self.synapse.register(f"{name}{self.number}")
            self.users[name] = Peer(self.synapse, account, self.folder / f"{name}.log", **more)
            self.users[name].start().cross_sign()
        return self.users[name]

    def device_of(self, name, device):
        """Another device of that peer, not signed yet."""
        peer = self.users[name].another_device(device, self.folder / f"{name}-{device}.log")
        self.users[f"{name} {device}"] = peer
        return peer.start()

    def as_bot(self):
        """The bot's own account in the hands of the test."""
        return User(self.synapse.port, self.account)

    def enter(self, name, room):
        chat = Chat(self, self.person(name), room)
        self.chats.append(chat)
        return chat

    def dm(self, name="ann"):
        """Opens a direct chat with the bot without waiting for it."""
        return self.enter(name, self.person(name).create_dm(self.bot.id))

    def powerless_dm(self, name="ann", **more):
        """The same, with the bot as an ordinary member: where clients open a direct chat, it may do all that they may."""
        return self.enter(name, self.person(name).create_room("", [self.bot.id], is_direct=True, **more))

    def chat(self, name="ann"):
        """A direct chat in which the bot has greeted and asked its first question."""
        chat = self.dm(name)
        chat.hears(GREETING)
        chat.hears(QUESTION)
        return chat

    def barrier(self):
        """Afterwards the bot has dealt with all that was said before: it has answered somebody else since."""
        if not self.witness_chat:
            self.witness_chat = self.chat("witness")
        self.witness_chat.talk(f"{MARKER}-{len(self.witness_chat.words) + 1}", timeout=60)

    def sends(self, since=0.0):
        """The bot's tries to send a message, be it encrypted or not."""
        return self.proxy.seen("PUT", r"/send/m\.room\.(message|encrypted)/", since)

    def syncs(self, since=0.0):
        return self.proxy.seen("GET", r"/v3/sync$", since)

    # ----------------------------------------------------------------------------------------- at the end

    def check(self):
        """What must hold after every scenario. Raises Broken."""
        if self.ends_stopped:
            return
        expect(self.bot.alive(), f"the bot has ended by itself\n{self.bot.tail()}")
        self.barrier()
        until(lambda: self.bot.outbox_pending() == 0, 30, lambda: f"{self.bot.outbox_pending()} messages stay in the outbox")
        expect(not (left := self.bot.inbox_pending()), f"{left} messages of people stay in the inbox")
        for chat in self.chats:
            heard = chat.heard()
            expect(heard == chat.words, f"{chat.user.id} said {brief(chat.words)}, but the bot heard {brief(heard)}")
            self.check_events(chat)
        for secret in (MARKER, self.account.access_token):
            expect(secret not in self.bot.log_text(), "the log has words that somebody typed, or the token")
            expect(secret not in self.bot.get("/metrics")[1], "the metrics have words that somebody typed, or the token")
        memory, files = self.bot.rss() - self.base[0], self.bot.fds() - self.base[1]
        expect(memory <= self.more_memory or not self.bot.memory_counts(),
               f"the bot holds {memory:.0f} MiB more than after its start")
        expect(files <= MORE_FILES, f"the bot holds {files} files more than after its start")

    def check_events(self, chat):
        """No more events of the bot in the room than transactions."""
        path = f"{CLIENT}/rooms/{quoted(chat.room)}/send/"
        transactions = {request.path for request in self.sends() if request.path.lower().startswith(path.lower())}
        events = len(chat.bot_events())
        expect(events <= len(transactions), f"{chat.user.id} sees {events} events of {len(transactions)} transactions")

    def end(self):
        self.bot.kill()
        for user in self.users.values():
            user.stop()
        self.proxy.stop()


def brief(words):
    return f"{words[:12]} and {len(words) - 12} more" if len(words) > 12 else words
