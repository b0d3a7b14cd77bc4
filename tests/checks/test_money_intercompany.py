"""I27, seen to fail: a minor unit on one side, a document under two names, a charge without work."""

from __future__ import annotations

import pytest

from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, record

DOCUMENT = "IC-IN-US-2026-01"


@pytest.fixture(scope="module")
def lent_run() -> Recorded:
    return record("fx-and-intercompany")


@pytest.fixture
def lent(lent_run: Recorded) -> Scene:
    return lent_run.scene()


def line(scene: Scene, account: str) -> Record:
    """The one line on an account that is an amount of a document; those of remeasurement are none."""
    (found,) = (each for each in scene.ledger(account) if each["foreignAmount"])
    return found


def told(scene: Scene) -> dict[str, set[str]]:
    return gaps(scene.money())["I27"]


def test_the_document_is_the_published_one(lent: Scene) -> None:
    # 4,000,000 INR x 1.12, and 4,480,000 / 83.20.
    assert (line(lent, "1200")["debit"], line(lent, "1200")["openItem"]) == (4_480_000 * 10_000, DOCUMENT)
    assert (line(lent, "2400")["credit"], line(lent, "5900")["debit"]) == (538_461_500, 538_461_500)
    part = lent.money().parts["I27"]
    assert (lent.money().result, part["compared"]) == ("pass", 3)


@pytest.mark.parametrize(("account", "gap"), [("1200", "0.01 INR"), ("2400", "0.01 INR")])
def test_a_minor_unit_of_claim_or_debt_is_told(lent: Scene, account: str, gap: str) -> None:
    line(lent, account)["foreignAmount"] += PENNY
    assert told(lent) == {f"IN US {DOCUMENT}": {gap}}


def test_a_minor_unit_of_revenue_is_neither_the_cost_nor_what_deeds_demand(lent: Scene) -> None:
    line(lent, "4900")["foreignAmount"] -= PENNY
    assert told(lent) == {f"IN US {DOCUMENT}": {"-0.01 INR"}, "IN US 2026-01 ENG-01": {"0.01 INR"}}


def test_a_minor_unit_of_cost_is_told(lent: Scene) -> None:
    line(lent, "5900")["foreignAmount"] += PENNY
    assert told(lent) == {f"IN US {DOCUMENT}": {"0.01 INR"}}


def test_sides_under_two_names_do_not_match(lent: Scene) -> None:
    line(lent, "2400")["openItem"] = "IC-1"
    whole = "4,480,000.00 INR"
    assert told(lent) == {f"IN US {DOCUMENT}": {whole}, "IN US IC-1": {f"-{whole}"}}


def test_what_was_worked_and_not_charged_is_told(lent: Scene) -> None:
    for account in ("1200", "2400", "4900", "5900"):
        lent.remove("erp.transactionLine", line(lent, account))
    assert told(lent) == {"IN US 2026-01 ENG-01": {"-4,480,000.00 INR"}}
