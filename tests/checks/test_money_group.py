"""I25, I28, I29 and O18, seen to fail: a minor unit in the ledger or in a report, a missing remeasurement, a swap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.checks.findings import CheckResult
from sandbox.checks.money_group import listed_residues
from sandbox.core.periods import Period
from tests.checks.builders import PENNY, Record, Recorded, Scene, gaps, record

JANUARY = Period.parse("2026-01")
DOCUMENT = "IC-IN-US-2026-01"
DEBT = f"2026-01 US 2400 INR {DOCUMENT} IN"


@pytest.fixture(scope="module")
def lent_run() -> Recorded:
    return record("fx-and-intercompany")


@pytest.fixture
def lent(lent_run: Recorded) -> Scene:
    return lent_run.scene()


def booked(scene: Scene, account: str) -> Record:
    """The line of the document on an account."""
    (found,) = (each for each in scene.ledger(account) if each["foreignAmount"])
    return found


def remeasured(scene: Scene, account: str, month: str) -> Record:
    """The line of remeasurement on an account in a month, or that of its reversal in the next."""
    (found,) = (each for each in scene.ledger(account) if not each["foreignAmount"] and each["date"][:7] == month)
    return found


def report(scene: Scene, name: str, entity: str = "") -> Record:
    """What the controller noted; a copy the scene may change."""
    at = next(
        index for index, each in enumerate(scene.history)
        if each["kind"] == "report" and (each["report"], each["entity"]) == (name, entity)
    )  # fmt: skip
    scene.history[at] = {**scene.history[at], "rows": [dict(row) for row in scene.history[at]["rows"]]}
    return scene.history[at]


def broken(scene: Scene, number: str) -> dict[str, set[str]]:
    return gaps(scene.money()).get(number, {})


def test_all_three_hold_and_are_exercised(lent: Scene) -> None:
    result = lent.money()
    assert result.result == "pass"
    parts = {number: result.parts[number] for number in ("I25", "I28", "I29")}
    # A debt; two residues and four sides of one pair; two entities with their accounts.
    assert {number: part["compared"] for number, part in parts.items()} == {"I25": 1, "I28": 6, "I29": 12}
    assert all(part["exercised"] == 2 for part in parts.values())


# -- I25 ---------------------------------------------------------------------------------------------------------------


def test_a_minor_unit_of_what_is_carried_is_told(lent: Scene) -> None:
    remeasured(lent, "2400", "2026-01")["debit"] += PENNY
    assert broken(lent, "I25") == {DEBT: {"0.01 USD"}}


def test_a_debt_nobody_remeasured_is_told(lent: Scene) -> None:
    for account in ("2400", "7010"):
        lent.remove("erp.transactionLine", remeasured(lent, account, "2026-01"))
    assert broken(lent, "I25") == {DEBT: {"-193.46 USD"}}


def test_one_minor_unit_of_the_document_is_told_at_the_closing_rate(lent: Scene) -> None:
    # A rupee is 0.01198 dollars.
    booked(lent, "2400")["foreignAmount"] += 100 * PENNY
    assert broken(lent, "I25") == {DEBT: {"-0.01 USD"}}


def test_a_firm_that_lost_its_closing_rate_is_told_so(lent: Scene) -> None:
    rates = tuple(rate for rate in lent.plan.firm.fx_rates if rate.kind != "closing")
    lent.plan = lent.plan.model_copy(update={"firm": lent.plan.firm.model_copy(update={"fx_rates": rates})})
    assert broken(lent, "I25") == {DEBT: {"-1 rates"}}


# -- I28 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "column", "amount", "residue", "side", "gap"),
    [
        ("5900", "debit", PENNY, "income", "US IN 5900", "0.01 USD"),
        ("2400", "credit", PENNY, "balances", "US IN 2400", "-0.01 USD"),
        ("4900", "credit", 40 * PENNY, "income", "IN US 4900", "-0.01 USD"),
        ("1200", "debit", 40 * PENNY, "balances", "IN US 1200", "0.01 USD"),
    ],
)
def test_a_minor_unit_that_does_not_cancel_out_is_told(
    lent: Scene, account: str, column: str, amount: int, residue: str, side: str, gap: str
) -> None:
    booked(lent, account)[column] += amount
    turned = gap[1:] if gap.startswith("-") else f"-{gap}"
    assert broken(lent, "I28") == {f"2026-01 IN US {residue}": {gap}, f"2026-01 {side}": {turned}}


def test_a_minor_unit_in_the_report_is_told(lent: Scene) -> None:
    row = next(each for each in report(lent, "elimination")["rows"] if each["account"] == "1200")
    assert row["amount"] == "53652.69"
    row["amount"] = "53652.70"
    assert broken(lent, "I28") == {"2026-01 IN US 1200": {"0.01 USD"}}


def test_what_a_wrong_rate_of_the_ledger_leaves_is_told(lent: Scene) -> None:
    lent.the("erp.currencyRate", custrecord_rate_type="CLOSING")["exchangeRate"] = "83.6"
    # 4,480,000 / 83.60 = 53,588.52, owed 53,652.69.
    assert broken(lent, "I28") == {"2026-01 IN US balances": {"-64.17 USD"}}


def test_listed_differences_are_what_rates_that_do_not_meet_leave(lent: Scene) -> None:
    # A group in pounds: 1.25 dollars and 105 rupees on average, at closing 1.25 and 104.375.
    rates = [
        {"base": "GBP", "quote": quote, "kind": kind, "effective": "2026-01-31", "rate": rate}
        for quote, kind, rate in (
            ("USD", "average", "1.25"), ("INR", "average", "105"),
            ("USD", "closing", "1.25"), ("INR", "closing", "104.375"),
        )
    ]  # fmt: skip
    firm = lent.plan.firm
    fields: dict[str, Any] = {**firm.model_dump(), "group_currency": "GBP", "fx_rates": [*firm.fx_rates, *rates]}
    lent.plan = lent.plan.model_copy(update={"firm": type(firm).model_validate(fields)})
    # Income: 53,846.15 / 1.25 = 43,076.92 and 4,480,000 / 105 = 42,666.67; balances: both are 42,922.16 and 42,922.15.
    assert listed_residues(lent.books, JANUARY) == {("IN", "US"): (41_025, 1)}


# -- I29 ---------------------------------------------------------------------------------------------------------------


def test_a_minor_unit_of_the_ledger_is_told(lent: Scene) -> None:
    booked(lent, "5900")["debit"] += PENNY
    assert broken(lent, "I29") == {"2026-01 US 5900": {"-0.01 USD"}}


def test_a_minor_unit_of_net_assets_is_told(lent: Scene) -> None:
    booked(lent, "2400")["credit"] += PENNY
    assert broken(lent, "I29") == {"2026-01 US": {"0.01 USD"}, "2026-01 US 2400": {"0.01 USD"}}


@pytest.mark.parametrize(("entity", "account"), [("IN", "3200"), ("IN", "4900"), ("US", "4000")])
def test_a_minor_unit_of_what_funds_them_is_told(lent: Scene, entity: str, account: str) -> None:
    row = next(each for each in report(lent, "translation", entity)["rows"] if each["account"] == account)
    whole, _, cents = row["amount"].partition(".")
    row["amount"] = f"{whole}.{int(cents) + 1:02d}"
    sign = "" if row["amount"].startswith("-") else "-"
    told = broken(lent, "I29")
    assert told[f"2026-01 {entity}"] == {f"{sign}0.01 USD"}
    assert (f"2026-01 {entity} {account}" in told) == (account != "3200")


# -- O18 ---------------------------------------------------------------------------------------------------------------


def places(scene: Scene, *picks: Callable[[Record], bool]) -> list[int]:
    """Where the first record of each kind stands in the history."""
    return [next(at for at, each in enumerate(scene.history) if pick(each)) for pick in picks]


def swap(scene: Scene, *picks: Callable[[Record], bool]) -> None:
    """Two records change their places in time."""
    first, second = places(scene, *picks)
    one, other = scene.history[first], scene.history[second]
    times = ("seq", "t_us")
    scene.history[first] = {**one, **{name: other[name] for name in times}}
    scene.history[second] = {**other, **{name: one[name] for name in times}}


def is_report(name: str, entity: str = "") -> Callable[[Record], bool]:
    return lambda each: each["kind"] == "report" and (each["report"], each["entity"]) == (name, entity)


def is_posted(each: Record) -> bool:
    return "type" in each.get("after", {}) and each["after"]["type"] == "FxReval"


def is_asked(entity: str) -> Callable[[Record], bool]:
    return lambda each: each["kind"] == "invoke" and each.get("deed") == f"revalue {entity} 2026-01"


def told(result: CheckResult) -> set[tuple[str, str]]:
    return {(finding.key, finding.then) for finding in result.findings if finding.flow == "O18"}


def test_the_order_holds(lent: Scene) -> None:
    result = lent.check("ORDER.rules")
    assert (told(result), result.parts["O18"]["compared"]) == (set(), 7)


def test_an_entity_that_is_remeasured_after_elimination_is_told(lent: Scene) -> None:
    swap(lent, is_asked("IN"), is_report("elimination"))
    assert ("period:2026-01 IN", "elimination was looked at before the entity was remeasured") in told(
        lent.check("ORDER.rules")
    )


def test_a_remeasurement_posted_after_elimination_is_told(lent: Scene) -> None:
    swap(lent, is_posted, is_report("elimination"))
    assert ("period:2026-01 elimination", "an entity was remeasured after it") in told(lent.check("ORDER.rules"))


def test_a_translation_before_elimination_is_told(lent: Scene) -> None:
    swap(lent, is_report("elimination"), is_report("translation", "US"))
    assert told(lent.check("ORDER.rules")) == {("period:2026-01 US", "it was translated before elimination")}
