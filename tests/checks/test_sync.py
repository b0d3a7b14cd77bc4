"""SYNC.answer: an answer as old as agreed is right, an older one is not; silence and a no are heeded."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.checks import sync
from sandbox.core.clock import DAY_US, HOUR_US, SECOND_US
from tests.checks.builders import Scene, only

FREE = {"open": True, "client_on_hold": False}
HELD = {"open": True, "client_on_hold": True}
# The contract lets an answer be 29,400 seconds old: eight hours and ten minutes.
NOON = 14 * DAY_US + 12 * HOUR_US


def asked(scene: Scene, answer: Any, did: str = "proceeded", at_us: int = NOON, waited_us: int = 40_000) -> None:
    scene.write(
        {
            "kind": "asked", "t_us": at_us, "sys": "sandbox", "actor": "biz:W-0003", "phase": "load", "code": "ENG-01",
            "answer": answer, "waited_us": waited_us, "did": did,
        }
    )  # fmt: skip


def held_from(scene: Scene, at_us: int, value: str = "ON") -> None:
    """Finance puts the client of ENG-01 on hold at an instant."""
    (customer,) = scene.rows("erp.customer")
    scene.person_made("erp.customer", customer)
    scene.rewrite(scene.history[-1], op="update", after={"creditHoldOverride": value}, t_us=at_us)


def told(scene: Scene) -> list[str]:
    return [f"{each.title} | {each.then}" for each in sync.check(scene.case).findings]


def test_where_nobody_asks_nothing_is_said(tiny: Scene) -> None:
    assert sync.check(tiny.case).result == "unknown"


def test_the_truth_is_right(tiny: Scene) -> None:
    asked(tiny, FREE)
    result = sync.check(tiny.case)
    assert (result.result, result.compared, result.exercised) == ("pass", 1, 0)


def test_an_answer_may_be_as_old_as_agreed(tiny: Scene) -> None:
    held_from(tiny, NOON - 29_400 * SECOND_US + 1)
    asked(tiny, FREE)
    asked(tiny, HELD, "stopped")
    assert told(tiny) == []


def test_an_answer_that_is_a_microsecond_older_is_wrong(tiny: Scene) -> None:
    held_from(tiny, NOON - 29_400 * SECOND_US)
    asked(tiny, FREE)
    assert told(tiny) == [
        "client_on_hold of ENG-01 was answered as False | it was True all the time an answer may be old"
    ]


def test_a_project_is_not_open_before_it_is(tiny: Scene) -> None:
    asked(tiny, FREE, at_us=HOUR_US)
    finding = only(sync.check(tiny.case).findings)
    assert finding.title == "open of ENG-01 was answered as True"


@pytest.mark.parametrize(
    ("answer", "did", "right"),
    [
        (FREE, "stopped", "proceeded"),
        ({"open": False, "client_on_hold": False}, "proceeded", "stopped"),
        (None, "stopped", "proceeded"),
    ],
)
def test_people_do_what_the_answer_and_the_contract_say(tiny: Scene, answer: Any, did: str, right: str) -> None:
    asked(tiny, answer, did)
    assert f"biz:W-0003 {did} | {did}, although the contract says: {right}" in told(tiny)


def test_nobody_waits_longer_than_agreed(tiny: Scene) -> None:
    asked(tiny, None, waited_us=2 * SECOND_US)
    assert told(tiny) == []
    asked(tiny, None, waited_us=2 * SECOND_US + 1)
    assert told(tiny) == ["biz:W-0003 waited too long | waited 2000 ms, 2 s at most"]
