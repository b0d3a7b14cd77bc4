"""Reports of the group are read off the ledger at dated rates and post nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.erp.client import Caller
from tests.mocks.erp.currencies import fx_caller
from tests.mocks.erp.test_foreign_documents import bill, pay
from tests.mocks.erp.test_journals import journal, line


@pytest.fixture
def erp() -> Caller:
    caller = fx_caller()
    caller.client("C-1", country="US", currency="USD")
    caller.project()
    return caller


def rupees(*sides: tuple[str, str, str], day: str = "2026-01-31") -> dict[str, Any]:
    return journal(*(line(*each) for each in sides), subsidiary={"externalId": "IN"}, tranDate=day)


def test_rates_between_entities_are_worked_out_and_queried(erp: Caller) -> None:
    rows = erp.act("consolidated_rates", period="2026-01").json()
    assert len(rows) == 12
    (row,) = (each for each in rows if (each["from"], each["to"]) == ("IN", "US"))
    # 1 / 83.2 and 1 / 83.5; no spot rate, so the first closing one.
    assert (row["average"], row["closing"], row["historical"]) == (
        "0.0120192307692308",
        "0.0119760479041916",
        "0.0119760479041916",
    )
    found = erp.rows(
        "SELECT averagerate a, currentrate c, isderived d FROM consolidatedexchangerate "
        "WHERE BUILTIN.DF(fromsubsidiary) = 'Firm Inc' AND BUILTIN.DF(tosubsidiary) = 'Firm Pvt'"
    )
    assert found == [{"a": "83.2", "c": "83.5", "d": "T"}]
    before = erp.mock.dump()
    assert erp.act("consolidated_rates", period="2026-01").json() == rows
    assert erp.mock.dump() == before
    read = erp.call("GET", "consolidatedExchangeRate", query="limit=5").json()
    assert (read["count"], read["totalResults"]) == (5, 12)


def test_a_missing_consolidated_rate_stays_empty(erp: Caller) -> None:
    rows = erp.act("consolidated_rates", period="2026-01").json()
    (row,) = (each for each in rows if (each["from"], each["to"]) == ("IN", "JP"))
    assert (row["average"], row["closing"], row["historical"]) == (None, None, None)


def test_a_trial_balance_opens_where_the_last_month_ended(erp: Caller) -> None:
    erp.put("journalEntry", "J-1", rupees(("1000", "debit", "900"), ("4000", "credit", "900")))
    erp.put("journalEntry", "J-2", rupees(("1000", "credit", "50"), ("6000", "debit", "50"), day="2026-02-03"))
    rows = erp.act("trial_balance", subsidiary="IN", period="2026-02").json()
    assert [tuple(row[name] for name in ("account", "opening", "debit", "credit", "closing")) for row in rows] == [
        ("1000", "900.00", "0.00", "50.00", "850.00"),
        ("4000", "-900.00", "0.00", "0.00", "-900.00"),
        ("6000", "0.00", "50.00", "0.00", "50.00"),
    ]


def test_translation_puts_what_remains_into_the_reserve(erp: Caller) -> None:
    erp.put("journalEntry", "J-1", rupees(("1000", "debit", "835000"), ("3000", "credit", "835000")))
    erp.put("journalEntry", "J-2", rupees(("1000", "debit", "83200"), ("4000", "credit", "83200")))
    rows = erp.act("trial_balance", subsidiary="IN", period="2026-01", currency="USD").json()
    amounts = {row["account"]: row["amount"] for row in rows}
    # 918,200 / 83.5 = 10,996.41; equity at the first rate, 83.5; revenue at 83.2: the reserve takes 3.59 (I29).
    assert amounts == {"1000": "10996.41", "3000": "-10000.00", "3200": "3.59", "4000": "-1000.00"}
    assert sum(Decimal(each) for each in amounts.values()) == 0


def test_a_translation_without_a_rate_is_refused(erp: Caller) -> None:
    erp.put("journalEntry", "J-1", rupees(("1000", "debit", "1"), ("4000", "credit", "1")))
    refused = erp.act("trial_balance", subsidiary="IN", period="2026-01", currency="JPY")
    assert refused.status == 422
    assert "from INR to JPY in Jan 2026" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        ("trial_balance", {"subsidiary": "FR", "period": "2026-01"}, "subsidiary"),
        ("trial_balance", {"subsidiary": "UK", "period": "2031-01"}, "period"),
        ("elimination", {"period": "2026-01", "currency": "XXX"}, "currency"),
        ("revalue", {"subsidiary": "FR", "period": "2026-01"}, "subsidiary"),
        ("intercompany", {"period": "January"}, "period"),
        ("bank_balances", {"subsidiary": "FR"}, "subsidiary"),
    ],
)
def test_a_screen_says_which_input_is_wrong(erp: Caller, action: str, form: dict[str, str], field: str) -> None:
    refused = erp.act(action, **form)
    assert refused.status in (404, 422)
    assert refused.json()["errors"][0]["field"] == field


def test_a_bank_account_is_held_per_currency(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    erp.put("customerPayment", "B-1", pay("600", ("I-1", "600")))
    erp.client("C-2", country="US")
    erp.put("customerPayment", "B-2", {**pay("50"), "customer": {"externalId": "C-2"}})
    assert erp.act("bank_balances", subsidiary="UK").json() == [
        {"account": "1000", "currency": "GBP", "balance": "50.00", "carried": "50.00"},
        {"account": "1000", "currency": "USD", "balance": "600.00", "carried": "468.75"},
    ]


def test_reports_post_nothing(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    before = erp.mock.dump()
    erp.act("trial_balance", subsidiary="UK", period="2026-01")
    erp.act("elimination", period="2026-01", currency="GBP")
    erp.act("bank_balances", subsidiary="UK")
    assert erp.mock.dump() == before
