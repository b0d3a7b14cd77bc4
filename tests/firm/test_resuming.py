"""A world that goes on from a snapshot taken while an answer was on its way: nothing is done twice, nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.world import World
from tests.firm.played import Played, lazy, play

# Deed, and what it had just written when the world was saved.
INTERRUPTED = [
    ("book W-0003 2026-W05", "time_entry"),
    ("book W-0003 2026-W05", "timesheet_submission"),
    ("approve ENG-01 W-0003 2026-W05", "timesheet_submission"),
    ("draft ENG-01 2026-01", "invoice"),
    ("pay ENG-01 2026-01", "bankStatementLine"),
]


@dataclass(frozen=True)
class Resumed:
    """A world played from a snapshot, and what was open in the snapshot."""

    played: Played
    open_deeds: set[str]


def resumed(uninterrupted: Played, deed: str, record: str) -> Resumed:
    """The same story, saved a microsecond after a commit and restored into a new world."""
    written = next(
        each["t_us"]
        for each in uninterrupted.history
        if each["kind"] == "change" and each.get("deed") == deed and each["record"] == record
    )
    world = World(uninterrupted.world.plan, lazy())
    world.run_to(written + 1)
    open_deeds = set(world.firm.open_deeds())
    return Resumed(play(world.plan, snapshot=world.snapshot()), open_deeds)


@pytest.mark.parametrize(("deed", "record"), INTERRUPTED)
def test_a_person_interrupted_looks_whether_it_got_through(tiny: Played, deed: str, record: str) -> None:
    again = resumed(tiny, deed, record)
    assert deed in again.open_deeds
    assert again.played.outcomes == tiny.outcomes
    for system in ("crm", "psa"):
        assert {key: row for key, row in again.played.content().items() if key[0] == system} == {
            key: row for key, row in tiny.content().items() if key[0] == system
        }
    assert again.played.counts() == tiny.counts()
    assert again.played.changes("book W-0003 2026-W05").count(("psa", "time_entry", "create")) == 3


# -- without an engine -------------------------------------------------------------------------------------------------


def test_without_an_engine_the_deal_is_won_and_everything_after_it_waits_and_is_given_up(alone: Played) -> None:
    done = {label for label, outcome in alone.outcomes.items() if outcome == "done"}
    assert done == {"sell ENG-01", "propose ENG-01", "sign ENG-01", "run UK 2026-01", "close revenue UK 2026-01",
                    "close ledger 2026-01"}  # fmt: skip
    given_up = {label for label, outcome in alone.outcomes.items() if outcome == "abandoned"}
    assert {"staff ENG-01", "book W-0003 2026-W05", "approve ENG-01 W-0003 2026-W05"} <= given_up
    assert not alone.rows("psa", "workspace")


def test_what_never_comes_is_waited_for_to_the_deadline_and_that_is_recorded(alone: Played) -> None:
    staff = next(deed for deed in alone.world.plan.deeds if deed.label == "staff ENG-01")
    first, last = alone.notes("blocked", "staff ENG-01")
    assert first["need"] == "project ENG-01 is not in the PSA"
    assert first["since_us"] - staff.due_us < 1_000_000
    assert staff.deadline_us - 8 * 3_600_000_000 < last["until_us"] <= staff.deadline_us
    (end,) = alone.notes("deed", "staff ENG-01")
    assert (end["outcome"], end["t_us"], end["verb"]) == ("abandoned", last["until_us"], "staff")


def test_whoever_waits_for_an_abandoned_deed_does_not_even_try(alone: Played) -> None:
    (end,) = alone.notes("deed", "book W-0003 2026-W05")
    assert end["outcome"] == "abandoned"
    assert alone.notes("blocked", "book W-0003 2026-W05") == []
    assert not [each for each in alone.history if each["kind"] == "invoke" and each["actor"] == "biz:W-0003"]
