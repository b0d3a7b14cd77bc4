"""What every flow works with: who is who, what has to be there first, and taking in all or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from sandbox.core.clock import HOUR_US
from sandbox.core.kernel import Killed
from sandbox.engine.context import digest
from sandbox.engine.resilience import Missing
from sandbox.engine.store import NewWork
from tests.engine.builders import Room


def test_what_is_not_known_yet_is_missing_by_name(room: Room) -> None:
    context = room.context
    for wanted, said in (
        (context.known("psa", "worker", "17"), "worker 17 of the psa is not known yet"),
        (context.native("engagement", "ENG-01", "erp"), "engagement ENG-01 is not in the erp yet"),
        (context.deal("ENG-01"), "engagement ENG-01 is not set up yet"),
    ):
        failed = room.fails(wanted)
        assert isinstance(failed, Missing)
        assert failed.message == said


def test_what_was_linked_is_known_both_ways(room: Room) -> None:
    room.do(room.store.link("worker", "W-0001", "psa", "17"))
    assert room.do(room.context.known("psa", "worker", "17")) == "W-0001"
    assert room.do(room.context.native("worker", "W-0001", "psa")) == "17"


def test_an_entity_is_found_by_code_and_a_strange_one_is_a_bug(room: Room) -> None:
    assert room.context.entity("UK").zone == "Europe/London"
    with pytest.raises(KeyError):
        room.context.entity("NL")


def test_the_date_of_schedules_is_utc(room: Room) -> None:
    room.wait(23 * HOUR_US)
    assert room.context.today() == date(2026, 1, 19)
    room.wait(HOUR_US)
    assert room.context.today() == date(2026, 1, 20)


def test_an_engine_that_dies_as_it_acknowledges_has_taken_everything_in(room: Room) -> None:
    room.around.killed_at = lambda point: point == "event acknowledged"
    work = [NewWork("time", "TE-1", "TE-1")]
    assert isinstance(room.fails(room.context.take("psa.events", ["e1"], work, "w")), Killed)
    assert room.store.waiting() == 1
    assert room.do(room.store.unseen("psa.events", ["e1"])) == []
    assert room.do(room.store.watermark("psa.events")) == "w"


def test_nothing_taken_is_nothing_acknowledged(room: Room) -> None:
    room.around.killed_at = lambda point: True
    room.do(room.context.take("psa.events", [], [], "w"))
    assert room.do(room.store.watermark("psa.events")) == "w"


def test_a_digest_is_of_all_parts_and_tells_values_apart() -> None:
    assert digest("a", 1) == digest("a", 1)
    assert len({digest("a", 1), digest("a", "1"), digest("a"), digest(("a", 1)), digest("a", 1, None)}) == 5
    assert len(digest("a")) == 16
