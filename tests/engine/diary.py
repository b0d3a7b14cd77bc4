"""An engine whose flows write down what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.core.clock import SECOND_US
from sandbox.engine.engine import Engine
from sandbox.engine.store import NewWork, Work
from sandbox.hosting import watch
from tests.engine.builders import Room


class Diary:
    """A flow that writes down what it is given, takes its time, and fails as told."""

    def __init__(self, room: Room, name: str = "time", takes_us: int = SECOND_US) -> None:
        self.room = room
        self.name = name
        self.takes_us = takes_us
        self.begun: list[tuple[int, str, Any]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.keys: list[str] = []
        self.failing: dict[str, Callable[[], Exception]] = {}

    async def handle(self, work: Work) -> None:
        self.begun.append((self.room.kernel.now_us(), work.key, work.payload))
        assert work.lane not in self.keys, f"{work.lane} is under way already"
        self.keys.append(work.lane)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.room.ports().sleep(self.takes_us)
        self.at_once -= 1
        self.keys.remove(work.lane)
        if work.key in self.failing:
            failure = self.failing[work.key]()
            raise failure

    def times_s(self) -> list[int]:
        return [us // SECOND_US for us, _, _ in self.begun]


def add(
    room: Room, key: str, payload: Any = None, *, flow: str = "time", lane: str | None = None, tier: int = 0
) -> None:
    room.do(room.store.add_work(NewWork(flow, lane or key, key, payload, tier=tier), room.kernel.now_us()))


def quiet(room: Room, *flows: Diary) -> Engine:
    """An engine that looks at nothing, with these flows in the place of its own; not started."""
    engine = Engine(room.context)
    engine._sources = {}
    engine._flows.update({flow.name: flow for flow in flows})
    return engine


def started(room: Room, *flows: Diary) -> Engine:
    engine = quiet(room, *flows)
    engine.start(watch)
    return engine
