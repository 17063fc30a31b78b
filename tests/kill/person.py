"""One person who talks to the server, keeps a ledger of what was promised to them, and comes back after every crash."""

import asyncio
import re
import time

from server import Broken
from websocket import Closed, WebSocket


# What a person types beside the number of the message, and what the bot must say, once, before they type again.
HABITS = {
    "talker": ("", None),
    "rester": ("rest", "Awake again."),
    "waiter": ("later", "Are you still there?"),
}
TIMER_LIMIT = 30  # seconds after which a timer counts as lost; the timers of kill.script take one


def bubbles(message):
    return [bubble.get("text", "") for bubble in message["bubbles"]]


class Person:
    def __init__(self, name, habit, time_zone):
        self.name = name
        self.habit = habit
        self.time_zone = time_zone
        self.token = None
        self.head = 0  # newest message seen
        self.missed = 0  # newest message that was there when they came back
        self.last_id = 0
        self.open = {}  # id -> frame that was sent and not acknowledged, oldest first
        self.acked = set()
        self.again = 0
        self.awaits = None  # bubble that a timer will bring
        self.awaits_since = 0.0
        self.socket = None
        self.close_code = 0

    async def live(self, port):
        """Connects and talks until the connection is gone; `close_code` tells how it ended."""
        try:
            self.socket = await WebSocket.connect(port)
            await self._converse()
        except Closed as closed:
            self.close_code = closed.code
        finally:
            if self.socket:
                self.socket.close()
            self.socket = None

    async def _converse(self):
        await self._come_back()
        while True:
            self._talk()
            try:
                frame = await asyncio.wait_for(self.socket.receive(), 1)
            except asyncio.TimeoutError:
                self._check_timer()
                continue
            self._take(frame)

    def was_killed(self):
        """The server was killed while they were there, or not there."""

    def send(self, **frame):
        """Sends it under the next number, and keeps it until it is acknowledged."""
        self.last_id += 1
        self.open[self.last_id] = {"id": self.last_id, **frame}
        self.socket.send(self.open[self.last_id])

    async def come_back(self, port):
        self.socket = await WebSocket.connect(port)
        await self._come_back()

    async def _come_back(self):
        await self._hello()
        for frame in self.open.values():
            self.socket.send(frame)

    async def _hello(self):
        hello = {"type": "hello", "seen": self.head, "language": "en", "time_zone": self.time_zone}
        if self.token:
            hello["token"] = self.token
        self.socket.send(hello)
        welcome = await self.socket.receive()
        while welcome["type"] == "bye":  # it is being asked to stop
            welcome = await self.socket.receive()
        if welcome["type"] != "welcome":
            raise Broken(f"{self.name}: {welcome} instead of a welcome")
        if welcome["seq"] < self.head:
            raise Broken(f"{self.name}: saw message {self.head}, but the newest is {welcome['seq']}")
        self.token = welcome.get("token", self.token)
        self.missed = welcome["seq"]
        self.awaits_since = time.monotonic()

    def _talk(self):
        window = 3 if self.habit == "talker" else 1
        word, answer = HABITS[self.habit]
        while len(self.open) < window and self.awaits is None and self.head > 0:
            self.send(type="message", text=f"{self.name} m{self.last_id + 1} {word}".strip())
            if answer and self._asks_for_timer():
                self.awaits = answer
                self.awaits_since = time.monotonic()

    def _asks_for_timer(self):
        # A waiter's next message answers the question that they were reminded of, so every second one asks for a timer.
        return self.habit == "rester" or self.last_id % 2 == 1

    def _check_timer(self):
        if self.awaits and time.monotonic() - self.awaits_since > TIMER_LIMIT:
            raise Broken(f'{self.name}: "{self.awaits}" did not come')

    def _take(self, frame):
        kind = frame["type"]
        if kind == "message":
            if frame["seq"] != self.head + 1:
                raise Broken(f"{self.name}: message {frame['seq']} came after {self.head}")
            self.head = frame["seq"]
            if self.awaits in bubbles(frame):
                self.awaits = None
        elif kind == "ack":
            if frame["id"] not in self.open:
                raise Broken(f"{self.name}: {frame['id']} was acknowledged, but was not open")
            del self.open[frame["id"]]
            self.acked.add(frame["id"])
            self.again += frame.get("again", False)
        elif kind == "error":
            raise Broken(f"{self.name}: {frame}")

    # ------------------------------------------------------------------------------------------- at the end

    async def settle(self, port):
        """Sends what is still open and waits until all of it is acknowledged and no timer is awaited."""
        await self.come_back(port)
        deadline = time.monotonic() + TIMER_LIMIT
        while self.open or self.awaits:
            if time.monotonic() > deadline:
                raise Broken(f"{self.name}: still open {list(self.open)}, awaited {self.awaits!r}")
            try:
                self._take(await asyncio.wait_for(self.socket.receive(), 1))
            except asyncio.TimeoutError:
                pass

    async def audit(self):
        """Reads the whole stream back and holds it against the ledger. Returns counts."""
        stream = await self._history()
        if [message["seq"] for message in stream] != list(range(1, len(stream) + 1)) or len(stream) < self.head:
            raise Broken(f"{self.name}: the stream has gaps, or is shorter than the {self.head} messages seen")
        said = {}
        timers = 0
        running = None  # the bubble that the last cue promised
        for message in stream:
            text = message.get("you", {}).get("text")
            if text is not None:
                match = re.fullmatch(rf"{re.escape(self.name)} m(\d+)( \w+)?", text)
                if not match:
                    raise Broken(f"{self.name}: has a message that they did not send")
                number = int(match[1])
                said[number] = said.get(number, 0) + 1
            for bubble in bubbles(message):
                if bubble in ("Awake again.", "Are you still there?"):
                    if bubble != running:
                        raise Broken(f'{self.name}: "{bubble}" in message {message["seq"]} came twice, or for nothing')
                    running = None
                    timers += 1
                elif bubble in ("Resting.", "Take your time."):
                    if running:
                        raise Broken(f'{self.name}: "{running}" never came before message {message["seq"]}')
                    running = {"Resting.": "Awake again.", "Take your time.": "Are you still there?"}[bubble]
        if running:
            raise Broken(f'{self.name}: "{running}" never came')
        twice = [number for number, count in said.items() if count > 1]
        lost = self.acked - said.keys()
        if twice or lost:
            raise Broken(f"{self.name}: messages {sorted(lost)} lost, {twice} twice")
        if list(said) != sorted(said):
            raise Broken(f"{self.name}: messages stand in another order than they were sent")
        return {"messages": len(stream), "said": len(said), "timers": timers}

    async def _history(self):
        stream = []
        before = 0
        while before != 1:
            self.socket.send({"type": "history", "before": before, "limit": 100})
            frame = await self.socket.receive()
            while frame["type"] != "history":
                self._take(frame)
                frame = await self.socket.receive()
            if not frame["messages"]:
                break
            stream = frame["messages"] + stream
            before = frame["messages"][0]["seq"]
        return stream
