"""The fake Discord as a program: fake_discord.cpp. What it can do is in tests/support/fake_discord.hpp, by the same names."""

import http.client
import json
import subprocess


class FakeDiscord:
    def __init__(self, binary, **options):
        self.process = subprocess.Popen([binary, json.dumps(options)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        itself = json.loads(self.process.stdout.readline())
        self.port, self.api, self.bot = itself["port"], itself["api"], itself["bot"]

    def __getattr__(self, what):
        """fake.write(channel=…, user=…, text=…): what it answers."""
        if what.startswith("_"):
            raise AttributeError(what)
        return lambda **asked: self._ask({"do": what, **asked})

    def _ask(self, asked):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", "/control", json.dumps(asked), {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise RuntimeError(f"the fake Discord: {answer['error']}")
        return answer["ok"]

    def end(self):
        self.process.stdin.close()
        self.process.wait(10)
