"""What scenarios in encrypted rooms have in common: a chat with a client of others, and what must hold in it."""

import pathlib

from scene import GREETING, QUESTION, Chat, expect
from user import User, text_of

SEALED = "m.room.encrypted"
CANNOT_READ = "never reached me"
PATIENCE = 60  # seconds until the bot says that it cannot read something


def sealed(scene, name="ann", **more):
    """An encrypted direct chat in which the bot has greeted and asked its first question."""
    user = scene.peer(name, **more)
    chat = Chat(scene, user, user.create_dm(scene.bot.id))
    scene.chats.append(chat)
    chat.hears(GREETING)
    chat.hears(QUESTION)
    return chat


def from_bot(chat, since=0):
    """All that the bot has sent to the room, as this person's client has it."""
    return [event for event in chat.user.timeline(chat.room, since)
            if event["sender"] == chat.scene.bot.id and not event["state"]]


def check_sealed(chat, shield="none"):
    """Everything of the bot came encrypted, can be read, and has this shield."""
    events = from_bot(chat)
    expect(events, "the bot has said nothing")
    for event in events:
        expect(event["wire_type"] == SEALED, f"the bot has sent a {event['wire_type']} into an encrypted room")
        expect(not event["failure"], f"{chat.user.id} cannot read a message of the bot: {event['failure']}")
        expect(event["shield"] == shield, f"{chat.user.id} sees a {event['shield']} shield: {event['reason']}")


def on_the_wire(chat):
    """The room's events as the homeserver has them."""
    return User(chat.scene.synapse.port, chat.user.account).messages(chat.room)


def check_database(chat, word):
    """The homeserver has this word nowhere in its files, and none of the bot's words in this room."""
    folder = pathlib.Path(chat.scene.synapse.folder)
    for file in folder.glob("hs.db*"):
        expect(word.encode() not in file.read_bytes(), f"the homeserver can read what was said: {file.name} has a word of it")
    said = {line for event in from_bot(chat) for line in text_of(event).split("\n") if len(line) > 10}
    expect(said, "the bot has said nothing")
    raw = str(on_the_wire(chat))
    expect(not any(line in raw for line in said), "the homeserver can read what the bot said")


def doctor(scene):
    return scene.bot.command("matrix", "doctor")[0]
