"""A rate has a direction, a date and versions; a missing one stops the document."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.erp.rates import RateTable, converted, inverse
from tests.mocks.erp.client import Caller, error, fixed, invoice_body, text_of
from tests.mocks.erp.currencies import fx_caller, ledger


@pytest.fixture
def erp() -> Caller:
    return fx_caller().world()


def body(value: str, day: str = "2026-01-05", kind: str | None = None, **more: Any) -> dict[str, Any]:
    """A rate of the dollar in pounds."""
    return {
        "baseCurrency": {"externalId": "GBP"},
        "transactionCurrency": {"externalId": "USD"},
        "effectiveDate": day,
        "exchangeRate": Decimal(value),
        **({"custrecord_rate_type": kind} if kind else {}),
        **more,
    }


RATES = (
    "SELECT BUILTIN.DF(transactioncurrency) of, BUILTIN.DF(basecurrency) into_, effectivedate d, exchangerate r, "
    "custrecord_rate_type k, custrecord_version v FROM currencyrate WHERE effectivedate = TO_DATE(?, 'YYYY-MM-DD') "
    "ORDER BY custrecord_version"
)


def test_the_tenants_rates_are_read_with_their_direction(erp: Caller) -> None:
    (row,) = erp.rows(RATES, "2026-01-20")
    # One pound (transactionCurrency) costs 1.28 dollars (baseCurrency).
    assert row == {"of": "GBP", "into_": "USD", "d": "1/20/2026", "r": "1.28", "k": "SPOT", "v": "1"}


def test_a_correction_is_a_new_version_and_documents_keep_theirs(erp: Caller) -> None:
    erp.client("C-US", country="US", currency="USD")
    erp.post("currencyRate", body("0.81", "2026-01-06"))
    bill = {**invoice_body(item=fixed("100")), "entity": {"externalId": "C-US"}, "job": None, "tranDate": "2026-01-06"}
    before = erp.put("invoice", "I-1", bill)
    erp.post("currencyRate", body("0.82", "2026-01-06"))
    after = erp.put("invoice", "I-2", bill)
    assert [erp.get("invoice", each)["exchangeRate"] for each in (before, after)] == [Decimal("0.81"), Decimal("0.82")]
    assert ledger(erp, before)[0] == ("1100", "81.00", "100.00", "USD")
    assert [(row["r"], row["v"]) for row in erp.rows(RATES, "2026-01-06")] == [("0.81", "1"), ("0.82", "2")]


def test_the_same_rate_again_is_no_new_version(erp: Caller) -> None:
    first = erp.put("currencyRate", "R-1", body("0.810"))
    before = erp.mock.dump()
    assert erp.put("currencyRate", "R-1", body("0.81")) == first
    assert error(erp.call("POST", "currencyRate", body("0.81"))) == (400, "USER_ERROR", "")
    assert error(erp.call("PUT", "currencyRate/eid:R-1", body("0.82"))) == (400, "USER_ERROR", "exchangeRate")
    assert error(erp.call("DELETE", f"currencyRate/{first}")) == (400, "USER_ERROR", "")
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        (body("0"), "USER_ERROR", "exchangeRate"),
        (body("-1"), "USER_ERROR", "exchangeRate"),
        (body("1.000000000000001"), "USER_ERROR", "exchangeRate"),
        (body("1", baseCurrency="USD"), "USER_ERROR", "baseCurrency"),
        (body("1", baseCurrency="XXX"), "USER_ERROR", "baseCurrency"),
        (body("1", kind="FIXED"), "USER_ERROR", "custrecord_rate_type"),
        (body("1", "soon"), "INVALID_CONTENT", "effectiveDate"),
        (body("1", exchangeRate="1.5"), "INVALID_CONTENT", "exchangeRate"),
        (body("1", exchangeRate=None), "USER_ERROR", ""),
    ],
)
def test_what_is_no_rate_is_refused(erp: Caller, more: dict[str, Any], code: str, path: str) -> None:
    before = erp.mock.dump()
    assert error(erp.call("POST", "currencyRate", more)) == (400, code, path)
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    ("day", "found"),
    # 1 / 1.25 and 1 / 1.28: the table names the other direction.
    [("2026-01-01", "0.8"), ("2026-01-19", "0.8"), ("2026-01-20", "0.78125"), ("2026-03-31", "0.78125")],
)
def test_a_document_takes_the_last_spot_rate_of_its_date(erp: Caller, day: str, found: str) -> None:
    erp.client("C-US", currency="USD")
    bill = {**invoice_body(item=fixed("100")), "entity": {"externalId": "C-US"}, "job": None, "tranDate": day}
    erp.put("invoice", "I-1", bill)
    assert erp.get("invoice", "eid:I-1")["exchangeRate"] == Decimal(found)


def test_a_missing_rate_stops_the_document_and_says_which(erp: Caller) -> None:
    erp.client("C-JP", currency="JPY")
    bill = {**invoice_body(item=fixed("100")), "entity": {"externalId": "C-JP"}, "job": None, "tranDate": "2026-01-09"}
    before = erp.mock.dump()
    refused = erp.call("PUT", "invoice/eid:I-1", bill)
    assert error(refused) == (400, "USER_ERROR", "exchangeRate")
    assert "no spot exchange rate from JPY to GBP on 2026-01-09" in text_of(refused)
    assert erp.mock.dump() == before
    erp.put("invoice", "I-1", {**bill, "tranDate": "2026-01-10"})
    erp.put("invoice", "I-2", {**bill, "exchangeRate": Decimal("0.0052")})


def test_a_same_currency_document_has_no_rate_but_one(erp: Caller) -> None:
    refused = erp.call("PUT", "invoice/eid:I-1", invoice_body(item=fixed("1"), exchangeRate=Decimal("1.1")))
    assert error(refused) == (400, "USER_ERROR", "exchangeRate")
    erp.put("invoice", "I-1", invoice_body(item=fixed("1"), exchangeRate=Decimal("1.0")))
    assert erp.get("invoice", "eid:I-1")["exchangeRate"] == 1


def test_an_inverse_rate_has_fifteen_digits() -> None:
    # 1 / 83.2 = 0.01201923076923076923...
    assert inverse("83.2") == "0.0120192307692308"
    assert converted(44_800_000_000, inverse("83.2"), 2) == 538_461_500


@pytest.mark.parametrize(
    ("amount", "places", "expected"),
    # 10.50 x 0.1 = 1.05 exactly between 1.0 and 1.1 at one decimal: away from zero, both signs.
    [(105_000, 1, 11_000), (-105_000, 1, -11_000), (105_000, 2, 10_500), (105_000, 0, 10_000)],
)
def test_conversion_rounds_half_away_to_the_currencys_minor_unit(amount: int, places: int, expected: int) -> None:
    assert converted(amount, "0.1", places) == expected


DAYS = st.integers(0, 9).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())
ROWS = st.lists(st.tuples(DAYS, st.integers(1, 4), st.integers(1, 99)), max_size=12, unique_by=lambda row: row[:2])


@given(rows=ROWS, day=DAYS)
def test_the_last_version_of_the_last_date_holds(rows: list[tuple[str, int, int]], day: str) -> None:
    table = RateTable(
        {
            "custrecord_rate_type": "SPOT",
            "transactionCurrency": "A",
            "baseCurrency": "B",
            "effectiveDate": effective,
            "custrecord_version": version,
            "exchangeRate": str(value),
        }
        for effective, version, value in rows
    )
    known = sorted(row for row in rows if row[0] <= day)
    assert table.spot("A", "B", day) == (str(known[-1][2]) if known else None)
    assert table.spot("A", "A", day) == "1"
