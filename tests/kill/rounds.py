"""Rounds of life under a server that ends at random moments, whoever the people are that talk to it."""

import argparse
import asyncio
import pathlib
import random
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
from server import Broken  # noqa: E402
from websocket import Closed  # noqa: E402

DRAIN_EVERY = 8  # every so many rounds the server is asked to stop instead of killed
PROVES = 30  # so many rounds must show that something was sent again


def midday_zone():
    """A zone in which it is about noon, so that reminders are allowed."""
    offset = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-offset:+d}"  # POSIX signs: Etc/GMT-3 is three hours ahead


async def one_round(server, people, softly, dice):
    """Starts the server, lets everyone talk, ends it. Returns how long the start took."""
    started = await server.start()
    lives = [asyncio.create_task(person.live(server.port)) for person in people]
    await asyncio.sleep(dice.uniform(0.02, 0.7))
    talking = [person for person in people if person.socket]
    if softly:
        await server.drain()
    else:
        server.kill()
        for person in people:
            person.was_killed()
    await asyncio.wait_for(asyncio.gather(*lives), 20)
    abrupt = [person.name for person in talking if person.close_code != 1001]
    if softly and abrupt:
        raise Broken(f"asked to stop, the server did not close with 1001 for {abrupt}")
    return started


def check_database(folder):
    for file in sorted((folder / "data").glob("*.db")):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            verdict = database.execute("PRAGMA integrity_check").fetchone()[0]
            if verdict != "ok":
                raise Broken(f"{file.name}: {verdict}")
            tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "events" in tables:
                gaps = database.execute(
                    "SELECT person FROM events GROUP BY person HAVING count(*) <> max(seq) OR min(seq) <> 1").fetchall()
                if gaps:
                    raise Broken(f"{file.name}: the events of {len(gaps)} people have gaps")


def sent_again(people):
    return sum(person.again for person in people)


async def audit(people, port):
    for person in people:
        await person.settle(port)
        person.socket.close()
    counts = []
    for person in people:  # now that everybody has said all of theirs
        await person.come_back(port)
        counts.append(await person.audit())
        person.socket.close()
    return counts


async def all_rounds(options, folder, server, people, newcomers):
    """`newcomers(number)` are those who come in a round. Returns everyone who came in, and counts of each of them."""
    dice = random.Random(options.seed)
    came = []
    starts = []
    kills = drains = number = 0
    try:
        # A kill seldom falls between a commit and its acknowledgement: without one that has, it goes on for as long again.
        while number < options.rounds or (options.rounds >= PROVES and number < 2 * options.rounds and not sent_again(people + came)):
            number += 1
            fresh = newcomers(number)
            softly = number % DRAIN_EVERY == 0
            if dice.random() < 0.2:  # once in a while it does not even get to its feet
                server.launch()
                await asyncio.sleep(dice.uniform(0, 0.1))
                server.kill()
                kills += 1
            starts.append(await one_round(server, people + fresh, softly, dice))
            kills += not softly
            drains += softly
            came += [person for person in fresh if person.token]
        await server.start()
        everyone = [person for person in people + came if person.token]
        counts = await audit(everyone, server.port)
        await server.drain()
    finally:
        server.kill()
    check_database(folder)
    again = sent_again(everyone)
    print(f"{number} rounds with seed {options.seed}: {kills} kills, {drains} drains; "
          f"slowest start {max(starts) * 1000:.0f} ms")
    print(f"{len(everyone)} people, {sum(count['said'] for count in counts)} messages of theirs, "
          f"{sum(len(p.acked) for p in everyone)} acknowledged, {again} of them sent again after a crash; "
          f"{sum(count['messages'] for count in counts)} messages in the streams")
    if kills == 0 or not again and options.rounds >= PROVES:
        raise Broken("the run proves nothing: nothing was killed, or no message had to be sent again")
    return everyone, counts


def main(description, people, check):
    """`check(options, folder)` is awaited; what it raises as Broken is a broken promise."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the reweave program")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--people", type=int, default=people)
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which the server ends")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reweave-kill-") as folder:
        try:
            asyncio.run(check(options, pathlib.Path(folder)))
        except (Broken, Closed) as broken:
            print(f"seed {options.seed}: {broken}", file=sys.stderr)
            return 1
    return 0
