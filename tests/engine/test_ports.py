"""The world as one actor sees it: who it is, what time it is, its chance, its lane, and where it dies."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.errors import NoAnswer
from sandbox.core.kernel import Killed, TimeoutExpired
from sandbox.core.wire import Request
from tests.engine.builders import Room, answered, never_arrives


def test_a_request_travels_under_the_actors_name_and_a_deeds_label(room: Room) -> None:
    room.wire.meets("psa", "GET", "/x", answered(204), answered(204))
    ports = room.ports("biz:hr")
    room.do(ports.send("psa", Request("GET", "/x")))
    room.do(ports.for_deed("hire W-0004").send("psa", Request("GET", "/x")))
    metas = [each.request.meta for each in room.wire.log]
    assert [(meta.actor, meta.deed) for meta in metas if meta] == [("biz:hr", None), ("biz:hr", "hire W-0004")]


def test_silence_is_raised_and_not_answered(room: Room) -> None:
    room.wire.meets("psa", "GET", "/x", never_arrives)
    assert isinstance(room.fails(room.ports().send("psa", Request("GET", "/x"))), NoAnswer)


def test_now_is_shown_as_instant_and_as_a_date_in_a_zone(room: Room) -> None:
    room.wait(2 * HOUR_US)
    ports = room.ports()
    assert (ports.now_us(), ports.now_iso()) == (2 * HOUR_US, "2026-01-19T02:00:00Z")
    assert ports.today("Europe/London") == date(2026, 1, 19)
    assert ports.today("America/New_York") == date(2026, 1, 18)


def test_sleeping_until_an_instant_ends_there_and_at_once_when_it_has_passed(room: Room) -> None:
    ports = room.ports()
    room.do(ports.sleep_until(DAY_US))
    assert ports.now_us() == DAY_US
    room.do(ports.sleep_until(HOUR_US))
    assert ports.now_us() == DAY_US
    room.do(ports.sleep(HOUR_US))
    assert ports.now_us() == DAY_US + HOUR_US


def test_an_actors_chance_is_its_own_and_the_same_every_time(room: Room) -> None:
    mine = [room.ports("engine:1").stream("retry", "erp").u64() for _ in range(2)]
    assert mine[0] == mine[1]
    others = [room.ports("engine:2").stream("retry", "erp").u64(), room.ports("engine:1").stream("retry", "crm").u64()]
    assert len({mine[0], *others}) == 3


def test_what_an_actor_spawns_runs_in_its_lane_under_a_label(room: Room) -> None:
    async def nothing() -> int:
        return 3

    task = room.ports("engine:7").spawn(nothing(), "time TE-1")
    assert task.label == "engine:7/time TE-1"
    room.wait(0)
    assert task.done


def test_gather_keeps_the_order_and_timeout_ends_what_takes_too_long(room: Room) -> None:
    ports = room.ports()

    async def after(us: int, value: str) -> str:
        await ports.sleep(us)
        return value

    assert room.do(ports.gather(after(20, "late"), after(10, "early"))) == ["late", "early"]
    assert room.do(ports.timeout(10, after(5, "in time"))) == "in time"
    assert isinstance(room.fails(ports.timeout(10, after(50, "never"))), TimeoutExpired)


def test_locks_queues_and_semaphores_are_new_each_time(room: Room) -> None:
    ports = room.ports()

    async def both_hold() -> list[str]:
        async with ports.keyed_lock().hold("a"), ports.keyed_lock().hold("a"):
            return []

    # Two locks: the same key of another one is free.
    assert room.do(both_hold()) == []
    queue = ports.queue()
    queue.put("x")
    assert room.do(queue.get()) == "x"
    with pytest.raises(ValueError, match="at least one permit"):
        ports.semaphore(0)


def test_a_note_says_who_wrote_it_and_what(room: Room) -> None:
    room.ports("engine:1").note("engine", event="idle", count=0)
    assert room.notes.lines == [("engine", {"event": "idle", "count": 0})]


def test_an_actor_dies_at_the_point_it_is_killed_at_and_nowhere_else(room: Room) -> None:
    asked: list[str] = []

    def killed_at(point: str) -> bool:
        asked.append(point)
        return point == "before checkpoint"

    room.around.killed_at = killed_at
    room.ports().passed("event acknowledged")
    with pytest.raises(Killed):
        room.ports().passed("before checkpoint")
    assert asked == ["event acknowledged", "before checkpoint"]
