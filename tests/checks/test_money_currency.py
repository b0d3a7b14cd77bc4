"""I25 of receivables and banks, on a ledger that really has dollars in it: the ERP's own postings, judged by the firm's
rates; a minor unit of any of them is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.identity import Difference, shown
from sandbox.checks.money_currency import foreign_items_are_at_closing
from sandbox.plan import FxRate
from tests.checks.builders import PENNY
from tests.checks.deeds import INTERFACE, Story
from tests.mocks.erp.client import Caller
from tests.mocks.erp.currencies import RATES, fx_caller
from tests.mocks.erp.test_foreign_documents import bill, pay

# A pound costs 1.25 dollars, from 20 January 1.28, 1.30 at the end of January and 1.3333 at that of February.
FIRM_RATES = tuple(
    FxRate.model_validate(
        {"base": each.base, "quote": each.quote, "kind": each.kind, "effective": each.effective, "rate": each.rate}
    )
    for each in RATES
)


@pytest.fixture
def erp() -> Caller:
    """London billed 1,000.00 and 500.00 dollars in January; 300.00 of the first came in on the 20th."""
    caller = fx_caller()
    caller.client("C-1", country="US", currency="USD")
    caller.project()
    caller.put("invoice", "I-1", bill("1000"))
    caller.put("invoice", "I-2", bill("500"))
    caller.put("customerPayment", "B-1", pay("300", ("I-1", "300")))
    revalue(caller, "2026-01")
    return caller


def revalue(caller: Caller, period: str) -> None:
    assert caller.act("revalue", subsidiary="UK", period=period).status == 200


def dump(erp: Caller, *closed: str) -> dict[str, dict[str, dict[str, Any]]]:
    rows = erp.mock.dump()
    for period in rows["accountingPeriod"].values():
        period["closed"] = int(period["startDate"][:7] in closed)
    return rows


def judged(rows: dict[str, dict[str, dict[str, Any]]], rates: tuple[FxRate, ...] = FIRM_RATES) -> list[Difference]:
    """I25 of final states, January and February being months of the story."""
    plan = Story().plan
    plan = plan.model_copy(
        update={"firm": plan.firm.model_copy(update={"fx_rates": rates}), "close": ("2026-01", "2026-02")}
    )
    case = Case(plan, INTERFACE, [], {"systems": {"erp": rows}, "dead_letters": []})
    return list(foreign_items_are_at_closing(Books(case)))


def gaps(differences: list[Difference]) -> dict[str, str]:
    """Account of the item, or invoice -> what is missing."""
    return {each.key: shown(each.left - each.right, each.unit) for each in differences if not each.holds}


def line(rows: dict[str, dict[str, dict[str, Any]]], account: str, **columns: Any) -> dict[str, Any]:
    number = next(each for each, row in rows["account"].items() if row["acctNumber"] == account)
    wanted = {"account": number, **columns}
    # Not what is taken back on the first of February.
    lines = (row for row in rows["transactionLine"].values() if row["date"] != "2026-02-01")
    return next(row for row in lines if all(row[key] == value for key, value in wanted.items()))


def test_receivables_and_bank_stand_at_the_closing_rate(erp: Caller) -> None:
    found = judged(dump(erp, "2026-01"))
    # 700.00 / 1.3, 500.00 / 1.3 and 300.00 / 1.3.
    assert sorted((each.right, each.holds) for each in found) == [(23_077, True), (38_462, True), (53_846, True)]


@pytest.mark.parametrize("account", ["1000", "1100"])
def test_a_penny_of_what_they_are_carried_at_is_told(erp: Caller, account: str) -> None:
    rows = dump(erp, "2026-01")
    line(rows, account)["debit"] += PENNY
    ((key, gap),) = gaps(judged(rows)).items()
    assert (key.split()[:4], gap) == (["2026-01", "UK", account, "USD"], "0.01 GBP")


def test_a_month_that_was_not_remeasured_is_told(erp: Caller) -> None:
    # In February everything is back at its own rate: 700 and 500 at 1.25, 300 at 1.28, against 1.3333.
    told = gaps(judged(dump(erp, "2026-02")))
    assert sorted(told.values()) == ["24.99 GBP", "34.99 GBP", "9.37 GBP"]
    revalue(erp, "2026-02")
    assert gaps(judged(dump(erp, "2026-01", "2026-02"))) == {}


def test_open_months_are_not_judged(erp: Caller) -> None:
    assert judged(dump(erp)) == []


def test_a_settled_invoice_gained_what_its_cash_is_worth_more(erp: Caller) -> None:
    erp.put("customerPayment", "B-2", pay("500", ("I-2", "500"), day="2026-02-03"))
    rows = dump(erp)
    (one,) = judged(rows)
    # 500 / 1.28 - 500 / 1.25 = 390.63 - 400.00; January's remeasurement is taken back.
    assert (one.left, one.right, one.tolerance) == (-937, -937, 0)
    line(rows, "7000", openItem=next(row["id"] for row in rows["invoice"].values() if row["externalId"] == "I-2"))[
        "debit"
    ] += PENNY
    assert list(gaps(judged(rows)).values()) == ["-0.01 GBP"]


def test_an_invoice_paid_in_parts_gained_on_each(erp: Caller) -> None:
    erp.put("customerPayment", "B-2", pay("700", ("I-1", "700"), day="2026-02-03"))
    (one,) = judged(dump(erp))
    # 300 / 1.28 + 700 / 1.28 - 1,000 / 1.25 = 234.38 + 546.88 - 800.00.
    assert (one.left, one.right, one.tolerance) == (-1_874, -1_874, 0)


def test_money_for_two_invoices_is_rounded_once(erp: Caller) -> None:
    erp.put("customerPayment", "B-2", pay("1200", ("I-1", "700"), ("I-2", "500"), day="2026-02-03"))
    found = judged(dump(erp))
    # 700 / 1.28 = 546.875 and 500 / 1.28 = 390.625, together 937.50.
    assert sum(each.left for each in found) == 23_438 + 93_750 - 120_000
    assert all(each.holds and each.tolerance == 1 for each in found)


def test_a_rate_the_firm_does_not_have_is_told(erp: Caller) -> None:
    told = gaps(judged(dump(erp, "2026-01"), tuple(rate for rate in FIRM_RATES if rate.kind != "closing")))
    assert set(told.values()) == {"-1 rates"}
    assert len(told) == 3


def test_the_rate_is_the_firms_not_the_ledgers(erp: Caller) -> None:
    other = FIRM_RATES[2].model_copy(update={"rate": Decimal("1.31"), "effective": date(2026, 1, 31)})
    assert len(gaps(judged(dump(erp, "2026-01"), (*FIRM_RATES, other)))) == 3
