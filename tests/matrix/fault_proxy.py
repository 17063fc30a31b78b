"""An HTTP/1.1 proxy between the bot and Synapse that passes everything, until a test tells it to do something unkind.

    rule = proxy.when("PUT", "/send/", hold(), times=1)
    ...                     # the bot sends
    rule.wait()             # Synapse has the message, and the bot waits for the answer
    bot.kill()
    rule.release()
"""

import asyncio
import collections
import dataclasses
import json
import re
import sys
import threading
import time
import pathlib
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from server import Broken, free_port  # noqa: E402

SYNC = r"/_matrix/client/v3/sync$"
Answer = collections.namedtuple("Answer", "status reason body")


@dataclasses.dataclass
class Request:
    """One request as it came by. `query` is without any access token; headers and bodies are not kept."""

    time: float  # monotonic seconds
    method: str
    path: str
    query: dict
    status: int = 0  # what the bot was told; 0: nothing
    fault: str = ""


class Rule:
    """A fault for some requests. `rule.count` of them have met it."""

    def __init__(self, proxy, method, path, fault, times, after):
        self.proxy = proxy
        self.method, self.path = re.compile(method), re.compile(path)
        self.fault = fault
        self.made = time.monotonic()
        self.left = times
        self.pass_first = after
        self.count = 0
        self.struck = threading.Event()
        self.released = asyncio.Event()

    def takes(self, request):
        if self.left == 0 or not self.method.fullmatch(request.method) or not self.path.search(request.path):
            return False
        if self.pass_first > 0:
            self.pass_first -= 1
            return False
        self.left = None if self.left is None else self.left - 1
        return True

    def give_back(self):
        """The fault does not fit the request that the rule took: it does not count."""
        self.left = None if self.left is None else self.left + 1

    def strike(self):
        """The fault has got where it wants to be; wait() returns."""
        self.count += 1
        self.struck.set()

    def wait(self, timeout=30):
        """Until a request has met the fault. Raises Broken."""
        if not self.struck.wait(timeout):
            raise Broken(f"no request {self.method.pattern} {self.path.pattern} came within {timeout} s")

    def release(self):
        """Lets go what hold() and freeze() have; they hold nothing more."""
        self.left = 0
        self.proxy.soon(self.released.set)

    def remove(self):
        self.release()
        with self.proxy.lock:
            if self in self.proxy.rules:
                self.proxy.rules.remove(self)


# -------------------------------------------------------------------------------------------------- faults
# Each is a coroutine of (exchange, rule).

def delay(seconds):
    """The answer comes late."""
    async def fault(exchange, rule):
        answer = await exchange.ask()
        rule.strike()
        await asyncio.sleep(seconds)
        await exchange.answer(answer)
    return fault


def drop_response():
    """Synapse has done it, but the connection ends before the answer."""
    async def fault(exchange, rule):
        await exchange.ask()
        exchange.close()
        rule.strike()
    return fault


def hold():
    """Synapse has done it; the answer waits for release()."""
    async def fault(exchange, rule):
        answer = await exchange.ask()
        rule.strike()
        await rule.released.wait()
        await exchange.answer(answer)
    return fault


def freeze():
    """Nothing is passed on and nothing is answered; the connection stays open without a word until release()."""
    async def fault(exchange, rule):
        rule.strike()
        await rule.released.wait()
        exchange.close()
    return fault


def say(status, reason, body, kind="application/json", **headers):
    """This answer, without asking Synapse."""
    async def fault(exchange, rule):
        await exchange.answer(Answer(status, reason, body.encode()), kind, headers)
        rule.strike()
    return fault


def bad_gateway():
    """What a web server says that does not reach Synapse behind it."""
    return say(502, "Bad Gateway", "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>", "text/html")


def limit(retry_after_ms, header=True):
    """Too many requests."""
    body = json.dumps({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": retry_after_ms})
    headers = {"Retry-After": str(-(-retry_after_ms // 1000))} if header else {}
    return say(429, "Too Many Requests", body, **headers)


def cut_body():
    """The connection ends in the middle of the answer."""
    async def fault(exchange, rule):
        answer = await exchange.ask()
        await exchange.answer(answer, send=len(answer.body) // 2)
        exchange.close()
        rule.strike()
    return fault


def invalid_json():
    """A whole answer that is not whole JSON."""
    async def fault(exchange, rule):
        answer = await exchange.ask()
        await exchange.answer(answer._replace(body=answer.body[:len(answer.body) // 2]))
        rule.strike()
    return fault


def replay_sync(containing=""):
    """Lets answers pass until one has this text, and gives that one again instead of those that follow."""
    kept = []

    async def fault(exchange, rule):
        if kept and not exchange.asked:
            await exchange.answer(kept[0])
            rule.strike()
            return
        rule.give_back()
        answer = await exchange.ask()
        if not kept and answer.status == 200 and containing.encode() in answer.body:
            kept.append(answer)
        await exchange.answer(answer)
    return fault


def change(function):
    """`function` gets the JSON of a good answer and returns what the bot gets; None: unchanged, which does not count."""
    async def fault(exchange, rule):
        answer = await exchange.ask()
        changed = function(json.loads(answer.body)) if answer.status == 200 else None
        if changed is None:
            rule.give_back()
        else:
            answer = answer._replace(body=json.dumps(changed).encode())
        await exchange.answer(answer)
        if changed is not None:
            rule.strike()
    return fault


# -------------------------------------------------------------------------------------------------- the proxy

class Gone(Exception):
    """The bot has closed the connection."""


class Exchange:
    """One request of the bot and its answer."""

    def __init__(self, proxy, line, head, body, reader, writer):
        self.proxy, self.line, self.head, self.body = proxy, line, head, body
        self.reader, self.writer = reader, writer
        self.asked = None
        method, target, _ = line.split(" ", 2)
        url = urllib.parse.urlsplit(target)
        query = {name: value for name, value in urllib.parse.parse_qsl(url.query) if name != "access_token"}
        self.request = Request(time.monotonic(), method, url.path, query)

    async def ask(self):
        """Synapse's answer, which is asked for once. Raises OSError when there is none."""
        if not self.asked:
            self.asked = await self._ask()
        return self.asked

    async def _ask(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.upstream, limit=1 << 20)
        try:
            kept = [line for line in self.head if not line.lower().startswith(("connection:", "content-length:",
                                                                               "transfer-encoding:", "expect:"))]
            kept += [f"Content-Length: {len(self.body)}", "Connection: close"]
            writer.write("\r\n".join([self.line, *kept, "", ""]).encode("latin-1") + self.body)
            line, head, body = await self._unless_gone(read_message(reader, to_the_end=True))
        except (EOFError, asyncio.LimitOverrunError, ValueError) as error:
            raise ConnectionError("no whole answer from Synapse") from error
        finally:
            writer.close()
        _, status, reason = (line + " ").split(" ", 2)
        return Answer(int(status), reason.strip(), body)

    async def _unless_gone(self, work):
        """Awaits it, and gives up with Gone as soon as the bot has closed the connection."""
        async def bot_closes():
            while not self.reader.at_eof():
                await asyncio.sleep(0.05)

        task, watch = asyncio.ensure_future(work), asyncio.ensure_future(bot_closes())
        try:
            await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Gone
            return task.result()
        finally:
            task.cancel()
            watch.cancel()

    async def answer(self, answer, kind="application/json", headers=None, send=None):
        """Tells the bot; `send` is how many bytes of the body really go out."""
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", f"Content-Type: {kind}", f"Content-Length: {len(answer.body)}",
                 *(f"{name}: {value}" for name, value in (headers or {}).items()), "", ""]
        self.request.status = answer.status
        self.writer.write("\r\n".join(lines).encode() + answer.body[:send])
        await self.writer.drain()

    def close(self):
        self.writer.close()


async def read_message(reader, to_the_end=False):
    """First line, header lines and body. Raises EOFError at the end of the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    if fields.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readuntil(b"\r\n")
        body = b"".join(parts)
    elif "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    else:
        body = await reader.read() if to_the_end else b""
    return head[0], head[1:], body


class FaultProxy:
    """Listens on a free port of 127.0.0.1 and passes on to `upstream`, a port. Runs in a thread of its own."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.port = free_port()
        self.rules = []
        self.requests = []
        self.connections = {}  # task -> its connection
        self.lock = threading.Lock()
        self.server = None
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.accept()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def soon(self, function):
        self.loop.call_soon_threadsafe(function)

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def when(self, method, path, fault, times=None, after=0):
        """From now on requests whose method and path (regular expressions) match meet `fault`: so many times, after
        so many have passed. A long poll that Synapse has not answered yet counts too. The first rule that takes one has it."""
        async def make():  # in the loop, so that no request comes between its making and its being there
            rule = Rule(self, method, path, fault, times, after)
            with self.lock:
                self.rules.append(rule)
            return rule

        return self._run(make())

    def seen(self, method=".*", path="", since=0.0):
        """The requests that came by, oldest first."""
        with self.lock:
            return [r for r in self.requests
                    if r.time >= since and re.fullmatch(method, r.method) and re.search(path, r.path)]

    def refuse(self):
        """The homeserver is down: all connections end, and new ones are refused."""
        self._run(self._refuse())

    def accept(self):
        self._run(self._accept())

    def stop(self):
        self.refuse()
        self.soon(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _accept(self):
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=1 << 20)

    async def _refuse(self):
        if self.server:
            self.server.close()
            await self.server.wait_closed()
            self.server = None
        tasks = list(self.connections)
        for task in tasks:
            self.connections[task].transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self.connections[task] = writer
        try:
            while not writer.is_closing():
                line, head, body = await read_message(reader)
                await self._exchange(Exchange(self, line, head, body, reader, writer))
        except (OSError, EOFError, Gone, asyncio.CancelledError, asyncio.LimitOverrunError, ValueError):
            pass  # either end has gone; so does the other
        finally:
            del self.connections[task]
            writer.close()

    def _rule_for(self, request, made_since=0.0):
        with self.lock:
            return next((rule for rule in self.rules if rule.made >= made_since and rule.takes(request)), None)

    async def _exchange(self, exchange):
        request = exchange.request
        with self.lock:
            self.requests.append(request)
        rule = self._rule_for(request)
        if not rule and request.method == "GET":  # a rule that was made during a long poll has that one too
            await exchange.ask()
            rule = self._rule_for(request, made_since=request.time)
        if rule:
            exchange.request.fault = rule.fault.__qualname__.split(".")[0]
            await rule.fault(exchange, rule)
        else:
            await exchange.answer(await exchange.ask())
