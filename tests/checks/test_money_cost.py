"""Identities of work by cost, each seen to fail by a planted minor unit in the story of a contract that loses."""

from __future__ import annotations

from functools import cache

import pytest

from tests.checks.builders import Recorded, Scene, record

PENNY = 100


@cache
def loses() -> Recorded:
    return record("eac-rises")


@pytest.fixture
def scene() -> Scene:
    return loses().scene()


def gaps(scene: Scene) -> dict[str, set[str]]:
    """Identity -> the keys it fails for."""
    found: dict[str, set[str]] = {}
    for finding in scene.money().findings:
        found.setdefault(finding.flow, set()).add(finding.key)
    return found


def test_nothing_is_wrong_at_first_and_all_of_it_was_compared(scene: Scene) -> None:
    result = scene.money()
    assert result.findings == []
    parts = {number: result.parts[number]["compared"] for number in ("I15", "I20", "I23")}
    assert parts == {"I15": 1, "I20": 1, "I23": 3}


def test_a_provision_a_penny_short_is_found(scene: Scene) -> None:
    (line,) = scene.ledger("2120")
    line["credit"] -= PENNY
    assert gaps(scene)["I23"] == {"ENG-01 2026-03"}


def test_a_penny_of_revenue_too_much_is_found_by_progress_and_by_the_loss(scene: Scene) -> None:
    row = max(scene.rows("revenue.schedule").values(), key=lambda each: each["period"])
    row["amount"] += PENNY
    found = gaps(scene)
    assert found["I15"] == {"ENG-01-L1 2026-03"}
    assert found["I23"] == {"ENG-01 2026-03"}


def test_a_price_that_nobody_signed_is_found(scene: Scene) -> None:
    scene.the("revenue.rc_line", so_line_id="ENG-01-L1")["ext_sll_prc"] += PENNY
    assert gaps(scene)["I20"] == {"ENG-01"}
