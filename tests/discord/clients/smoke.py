#!/usr/bin/env python3
"""The fake Discord, judged by discord.py: its gateway compressed, as discord.py has it, and the ways of a bot of ours.

  smoke.py FAKE [RECORDING]     FAKE is the program fake_discord; what it was asked is written to RECORDING

One line for each step that held. Ends with 77 where discord.py is not there.
"""

import asyncio
import json
import subprocess
import sys
import urllib.request

try:
    import discord
    from discord import app_commands
except ImportError:
    print("Skipped: discord.py is not there (Debian's python3-discord).")
    sys.exit(77)

TOKEN = "a-token"


class Fake:
    """tests/discord/fake_discord.cpp as a program beside this one."""

    def __init__(self, binary, record=""):
        options = json.dumps({"token": TOKEN, "record": record})
        self.process = subprocess.Popen([binary, options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.__dict__.update(json.loads(self.process.stdout.readline()))  # api, bot, port

    def do(self, what, /, **given):
        """What fake_discord.hpp calls `what`; its answer."""
        url = f"http://127.0.0.1:{self.port}/control"
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps({"do": what, **given}).encode())) as answer:
            answer = json.load(answer)
        assert "error" not in answer, f"{what}: {answer['error']}"
        return answer["ok"]

    def stop(self):
        self.process.stdin.close()
        self.process.wait(5)


def held(sentence):
    print(f"ok  {sentence}", flush=True)


class Choice(discord.ui.View):
    """A button, and what was made of it."""

    def __init__(self):
        super().__init__(timeout=None)
        self.pressed = asyncio.get_running_loop().create_future()

    @discord.ui.button(label="Yes", custom_id="yes")
    async def yes(self, interaction, button):
        await interaction.response.edit_message(content="Yes it is.", view=None)
        self.pressed.set_result((interaction.user.id, button.custom_id))


class Steps:
    def __init__(self, fake):
        self.fake = fake
        self.ana = fake.do("add_user", name="Ana")
        self.guild = fake.do("add_guild", name="Kitchen")
        self.channel = fake.do("add_channel", guild=self.guild, name="table")
        self.dm = fake.do("open_dm", user=self.ana)
        none = discord.AllowedMentions.none()
        self.client = discord.Client(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True), allowed_mentions=none
        )

    async def causes(self, event, fits, *act, **given):
        """What an act of people makes happen at the client, if it fits."""
        happens = asyncio.ensure_future(self.client.wait_for(event, check=fits))
        await asyncio.sleep(0)
        made = self.fake.do(*act, **given)
        return await happens, made

    def says(self, channel, text, **more):
        def fits(message):
            return str(message.channel.id) == channel and str(message.author.id) == self.ana

        return self.causes("message", fits, "write", channel=channel, user=self.ana, text=text, **more)

    async def listening(self):
        assert str(self.client.user.id) == self.fake.bot
        assert self.client.get_guild(int(self.guild)).get_channel(int(self.channel)).name == "table"
        held("login: READY and GUILD_CREATE, compressed")
        alone, made = await self.says(self.dm, "a lamp")
        assert (alone.content, str(alone.id)) == ("a lamp", made)
        assert isinstance(alone.channel, discord.DMChannel)
        named, _ = await self.says(self.channel, "a lamp", mentions_bot=True)
        assert "a lamp" in named.content and self.client.user in named.mentions
        other, _ = await self.says(self.channel, "a lamp")
        assert other.content == ""
        held("a direct message and a mention come with their words, other messages without")

    async def writing(self):
        place = self.client.get_channel(int(self.channel))
        sent = await place.send("one", nonce="7")
        assert (sent.content, sent.nonce) == ("one", "7")
        await sent.edit(content="two")
        assert (await place.fetch_message(sent.id)).content == "two"
        assert (await sent.reply("three")).reference.message_id == sent.id
        assert [message.content async for message in place.history(limit=2)] == ["three", "two"]
        await sent.delete()
        try:
            await place.fetch_message(sent.id)
            raise AssertionError("a deleted message is there")
        except discord.NotFound as error:
            assert error.code == 10008
        person = await self.client.fetch_user(int(self.ana))
        assert str((await person.send("Hello, Ana")).channel.id) == self.dm
        self.fake.do("let_dm", user=self.ana, let=False)
        try:
            await person.send("Hello?")
            raise AssertionError("a closed door was open")
        except discord.Forbidden as error:
            assert error.code == 50007
        self.fake.do("let_dm", user=self.ana, let=True)
        held("messages are sent, edited, read, replied to, deleted; who lets nobody write is 50007")

    async def interactions(self):
        tree = app_commands.CommandTree(self.client)
        view = Choice()

        @tree.command(name="talk", description="Begin")
        async def talk(interaction, about: str):
            await interaction.response.defer(ephemeral=True)
            await interaction.edit_original_response(content=f"Is it {about}?", view=view)
            await interaction.followup.send("Take your time.", ephemeral=True)

        assert [command.name for command in await tree.sync()] == ["talk"]
        given = {"channel": self.channel, "user": self.ana, "name": "talk", "options": {"about": "quiet"}}
        _, made = await self.causes("app_command_completion", lambda *_: True, "command", **given)
        state = self.fake.do("interaction", id=made)
        answer = self.fake.do("message", id=state["answer"])
        assert (state["callback"], answer["content"], answer["flags"]) == (5, "Is it quiet?", 64)
        held("a command: an ephemeral answer with a button, and a follow-up")
        self.fake.do("press", message=state["answer"], custom_id="yes", user=self.ana)
        assert await view.pressed == (int(self.ana), "yes")
        answer = self.fake.do("message", id=state["answer"])
        assert (answer["content"], answer["components"]) == ("Yes it is.", [])
        held("the button is pressed and its message updated")

    async def threads(self):
        place = self.client.get_channel(int(self.channel))
        thread = await place.create_thread(name="Two", type=discord.ChannelType.private_thread, invitable=False)
        await thread.add_user(discord.Object(int(self.ana)))
        assert sorted(str(member.id) for member in await thread.fetch_members()) == sorted([self.ana, self.fake.bot])
        heard, _ = await self.says(str(thread.id), "hello", mentions_bot=True)
        assert heard.channel.parent_id == place.id
        await thread.edit(archived=True)
        held("a private thread with a member")

    async def resuming(self):
        heard = []

        @self.client.event
        async def on_message(message):
            heard.append(message.content)

        for act in ("ask_reconnect", "cut_gateway"):
            self.fake.do("next_connections", split=50)
            back = asyncio.ensure_future(self.client.wait_for("resumed"))
            await asyncio.sleep(0)
            self.fake.do(act)
            self.fake.do("write", channel=self.dm, user=self.ana, text=act)
            await back
        await self.says(self.dm, "after")
        assert heard == ["ask_reconnect", "cut_gateway", "after"], heard
        counters = self.fake.do("counters")
        assert (counters["identifies"], counters["resumes"]) == (1, 2), counters
        held("after op 7 and a cut the session is resumed, in pieces of 50 bytes; nothing is lost or comes twice")

    async def run(self):
        await self.client.login(TOKEN)
        connected = asyncio.ensure_future(self.client.connect())
        ready = asyncio.ensure_future(self.client.wait_for("ready"))
        await asyncio.wait([ready, connected], return_when=asyncio.FIRST_COMPLETED)
        assert ready.done(), await connected
        await self.listening()
        await self.writing()
        await self.interactions()
        await self.threads()
        await self.resuming()
        # It has no User-Agent of its own where it answers interactions.
        complaints = [one for one in self.fake.do("complaints") if "without a User-Agent" not in one]
        assert complaints == [], complaints
        print("counters ", json.dumps(self.fake.do("counters")))
        await self.client.close()
        await connected


async def main(arguments):
    fake = Fake(*arguments)
    discord.http.Route.BASE = fake.api
    gateway = f"ws://127.0.0.1:{fake.port}/gateway"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = discord.gateway.yarl.URL(gateway)
    try:
        await asyncio.wait_for(Steps(fake).run(), 25)
    finally:
        fake.stop()


asyncio.run(main(sys.argv[1:]))
