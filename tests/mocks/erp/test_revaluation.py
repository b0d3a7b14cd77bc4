"""Open foreign items are at the closing rate on the last day and back at their own on the next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mocks.erp.client import Caller
from tests.mocks.erp.currencies import RATES, balance, fx_caller, ledger, rate
from tests.mocks.erp.test_foreign_documents import bill, functional, pay
from tests.mocks.erp.test_journals import journal, line


def start(**more: Any) -> Caller:
    caller = fx_caller(**more)
    caller.client("C-1", country="US", currency="USD")
    caller.project()
    return caller


@pytest.fixture
def erp() -> Caller:
    return start()


def revalue(erp: Caller, period: str = "2026-01") -> Any:
    response = erp.act("revalue", subsidiary="UK", period=period)
    assert response.status == 200, response.body
    return response.json()


# 1 / 1.3 = 0.769230769230769...; the invoice is billed at 0.8.
CLOSING = "0.769230769230769"


def test_a_receivable_is_at_closing_rate_and_back_the_next_day(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    (done,) = revalue(erp)
    # 1000 / 1.3 = 769.23 against 800.00.
    assert (done["currency"], done["rate"], done["gain"]) == ("USD", CLOSING, "-30.77")
    store = erp.mock.store
    journal_, reversal = (store.one("transaction", {"tranId": done[name]}) for name in ("tran_id", "reversal"))
    assert journal_ is not None
    assert reversal is not None
    assert ledger(erp, journal_["id"]) == [("1100", "-30.77", "0.00", "USD"), ("7010", "30.77", "0.00", "USD")]
    assert ledger(erp, reversal["id"]) == [("1100", "30.77", "0.00", "USD"), ("7010", "-30.77", "0.00", "USD")]
    assert (journal_["tranDate"], reversal["tranDate"], journal_["type"]) == ("2026-01-31", "2026-02-01", "FxReval")
    assert balance(erp, "1100", "UK", "2026-01-31") == 7_692_300
    assert balance(erp, "1100", "UK") == 8_000_000


def test_running_it_again_posts_differences_only(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    revalue(erp)
    before = erp.mock.dump()
    assert revalue(erp) == []
    assert erp.mock.dump() == before
    erp.put("invoice", "I-2", bill("100"))
    # 100 / 1.3 = 76.92 against 80.00.
    assert [each["gain"] for each in revalue(erp)] == ["-3.08"]
    assert balance(erp, "7010", "UK", "2026-01-31") == 307_700 + 30_800
    assert balance(erp, "7010", "UK") == 0


def test_a_payment_after_remeasurement_realises_against_the_invoices_own_rate(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    revalue(erp)
    payment = erp.put("customerPayment", "B-1", pay("1000", ("I-1", "1000"), day="2026-02-03"))
    assert ledger(erp, payment)[1:] == [("1100", "-800.00", "-1000.00", "USD"), ("7000", "18.75", "0.00", "USD")]
    assert balance(erp, "1100", "UK") == 0
    # The money is on a dollar account, remeasured in its turn: 1000 / 1.3333 = 750.02 against 781.25.
    assert [each["gain"] for each in revalue(erp, "2026-02")] == ["-31.23"]


def test_an_advance_is_not_monetary_and_stays(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    revalue(erp)
    assert balance(erp, "2100", "UK", "2026-01-31") == -8_000_000


@pytest.mark.parametrize("account", ["1000", "1105", "1120", "1200", "2000", "2400"])
def test_every_monetary_account_is_remeasured(erp: Caller, account: str) -> None:
    body = journal(line(account, "debit", "100"), line("4000", "credit", "100"), currency="USD")
    erp.put("journalEntry", "J-1", functional(body, "90", "-90"))
    # 76.92 against 90.00.
    assert [each["gain"] for each in revalue(erp)] == ["-13.08"]


def test_items_in_the_own_currency_are_left_alone(erp: Caller) -> None:
    erp.client("C-2")
    erp.put("invoice", "I-1", {**bill("1000"), "entity": {"externalId": "C-2"}, "job": None})
    assert revalue(erp) == []


def test_without_a_closing_rate_nothing_is_remeasured(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000", day="2026-03-10"))
    before = erp.mock.dump()
    refused = erp.act("revalue", subsidiary="UK", period="2026-03")
    assert refused.status == 422
    assert "no closing exchange rate from USD to GBP in Mar 2026" in refused.json()["errors"][0]["message"]
    assert erp.mock.dump() == before


@pytest.mark.parametrize("period", ["2025-12", "2026-04"])
def test_both_periods_must_be_open(erp: Caller, period: str) -> None:
    assert erp.act("revalue", subsidiary="UK", period=period).status == 422


def test_a_corrected_closing_rate_is_caught_up_with(erp: Caller) -> None:
    erp.put("invoice", "I-1", bill("1000"))
    revalue(erp)
    corrected = {
        "baseCurrency": {"externalId": "USD"},
        "transactionCurrency": {"externalId": "GBP"},
        "effectiveDate": "2026-01-01",
        "exchangeRate": Decimal("1.6"),
        "custrecord_rate_type": "CLOSING",
    }
    erp.post("currencyRate", corrected)
    # 1000 / 1.6 = 625.00 against 769.23.
    assert [each["gain"] for each in revalue(erp)] == ["-144.23"]


AMOUNTS = st.lists(st.integers(1, 99_999), min_size=1, max_size=4)


@settings(max_examples=15, deadline=None)
@given(amounts=AMOUNTS, paid=st.integers(0, 100), closing=st.integers(5_000, 20_000))
def test_each_item_is_at_the_closing_rate_whatever_it_is(amounts: list[int], paid: int, closing: int) -> None:
    """I25: the carrying amount of each open item is its document amount at the closing rate."""
    value = Decimal(closing) / 10_000
    erp = start(rates=(*RATES, rate("USD", "GBP", str(value), date(2026, 1, 31), "closing")))
    for number, amount in enumerate(amounts):
        erp.put("invoice", f"I-{number}", bill(str(Decimal(amount) / 100)))
    first = min(amounts[0], max(1, amounts[0] * paid // 100))
    part = str(Decimal(first) / 100)
    erp.put("customerPayment", "B-1", pay(part, ("I-0", part)))
    revalue(erp)
    sql = (
        'SELECT sum(l."foreignAmount"), sum(l."debit" - l."credit") FROM "transactionLine" AS l '
        'JOIN "accountingPeriod" AS p ON p."id" = l."period" AND p."startDate" < \'2026-02-01\' '
        'WHERE l."account" = ? AND l."_deleted" = 0 GROUP BY l."openItem"'
    )
    items = erp.mock.store.read(sql, (erp.mock.books.account("1100"),))
    assert len(items) == len(amounts)
    for document, carried in items:
        # Half away from zero, by hand: document is never negative here.
        minor = (document // 100 * closing * 2 + 10_000) // 20_000
        assert carried == minor * 100
