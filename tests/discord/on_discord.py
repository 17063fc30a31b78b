"""The bot under test: `reweave serve` with Discord on, at a fake Discord."""

import json
import os
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / name) for name in ("matrix", "support")]
from bot import Bot  # noqa: E402

TOKEN = "bot-token"


class DiscordBot(Bot):
    """With an `account` on a homeserver it is on Matrix, too."""

    channel = "discord"

    def __init__(self, binary, folder, fake, scripts=None, homeserver_url="", account=None, **more):
        self.fake = fake
        discord = {"enabled": True, "api": fake.api, "private_words": "dm", "privacy_policy": "https://example.org/privacy"}
        super().__init__(binary, folder, homeserver_url, account, scripts, discord=discord, **more)

    def log_in(self, account):
        """As `reweave discord login` would."""
        if account:
            super().log_in(account)
        login = {"token": TOKEN, "application": self.fake.bot, "user": self.fake.bot}
        file = os.open(self.data / "discord.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "w") as stream:
            json.dump(login, stream)
