"""The scenarios that there are."""

import dataclasses
import re
import typing


@dataclasses.dataclass(frozen=True)
class Scenario:
    number: str
    title: str
    play: typing.Callable
    core: bool = False         # among those that run with all tests
    own_synapse: bool = False  # because it ends it, or sets it up otherwise
    more_memory: int = 64      # MiB that the bot may hold at the end beyond what it held after its start
    encryption: bool | None = None  # True: with encrypting clients, in builds that have it; False: switched off, if it is there


ALL = {}


def scenario(number, title, **more):
    """Registers a function of (scene): it raises what keeps its promise from holding. `number` is like 22 or "22b"."""
    def register(play):
        assert str(number) not in ALL, number
        ALL[str(number)] = Scenario(str(number), title, play, **more)
        return play
    return register


def in_order(scenarios):
    return sorted(scenarios, key=lambda one: (int(re.match(r"\d+", one.number)[0]), one.number))
