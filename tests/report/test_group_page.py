"""The page of the group: RC-18 as a controller reads it, and each of its sums seen not to come out."""

from __future__ import annotations

import pytest

from sandbox.report.pages import Page, close_pages
from tests.checks.builders import PENNY, Recorded, Scene, record


@pytest.fixture(scope="module")
def lent_run() -> Recorded:
    return record("fx-and-intercompany").without_looks()


@pytest.fixture
def lent(lent_run: Recorded) -> Scene:
    return lent_run.scene()


def page(scene: Scene) -> Page:
    return next(each for each in close_pages(scene.books) if each.name == "intercompany")


def rows(scene: Scene, caption: str) -> list[tuple[str, ...]]:
    return list(next(table for table in page(scene).tables if table.caption.startswith(caption)).rows)


def broken(scene: Scene) -> set[tuple[str, str, str]]:
    return {(each.says, each.left, each.right) for each in page(scene).sums if not each.holds}


def test_a_document_has_both_its_sides(lent: Scene) -> None:
    whole = "4,480,000.00"
    assert rows(lent, "Documents") == [("IC-IN-US-2026-01", "INR", whole, f"-{whole}", f"-{whole}", whole)]


def test_a_debt_is_shown_before_and_at_the_closing_rate(lent: Scene) -> None:
    assert rows(lent, "Remeasurement") == [
        ("US", "2026-01", "2400", "INR", "USD", "-4,480,000.00", "-53,846.15", "-53,652.69", "193.46")
    ]


def test_elimination_shows_both_sides_in_the_currency_of_the_group(lent: Scene) -> None:
    assert rows(lent, "Elimination") == [
        ("2026-01", "IN", "US", "income and cost", "USD", "-53,846.15", "53,846.15", "0.00", "0.00"),
        ("2026-01", "IN", "US", "claim and debt", "USD", "53,652.69", "-53,652.69", "0.00", "0.00"),
    ]


def test_translation_shows_net_assets_and_the_reserve(lent: Scene) -> None:
    # Pune has its claim and no other asset or debt: 4,480,000 at 83.50; its result at 83.20 is 193.46 more.
    assert rows(lent, "Translation") == [
        ("2026-01", "IN", "INR", "4,480,000.00", "USD", "53,652.69", "53,846.15", "-193.46"),
        ("2026-01", "US", "USD", "66,347.31", "USD", "66,347.31", "66,347.31", "0.00"),
    ]


def test_every_sum_comes_out(lent: Scene) -> None:
    assert broken(lent) == set()
    assert len(page(lent).sums) == 3


def test_a_penny_that_does_not_cancel_out_is_shown(lent: Scene) -> None:
    (line,) = (each for each in lent.ledger("5900") if each["foreignAmount"])
    line["debit"] += PENNY
    says = "what elimination leaves is listed differences of exchange, 2026-01, USD"
    assert broken(lent) == {(says, "0.01", "0.00")}


def test_a_translation_that_does_not_balance_is_shown(lent: Scene) -> None:
    at, told = next(
        (at, each) for at, each in enumerate(lent.history) if each["kind"] == "report" and each["entity"] == "IN"
    )
    lent.history[at] = {**told, "rows": [row for row in told["rows"] if row["account"] != "3200"]}
    says = "equity, result and reserve are net assets at closing, IN 2026-01, USD"
    assert broken(lent) == {(says, "53,846.15", "53,652.69")}
