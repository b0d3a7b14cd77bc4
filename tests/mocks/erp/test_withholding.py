"""What a client withholds for the authority clears its receivable like cash, on an account of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, fixed, make, text_of
from tests.mocks.erp.whole import sides, whole


@pytest.fixture
def firm() -> Caller:
    """An invoice of an Indian client: 100,000.00 + 18% GST = 118,000.00."""
    firm = whole()
    firm.client("C-9", "IN", "IN")
    body = {"entity": {"externalId": "C-9"}, "tranDate": "2026-01-20", "item": fixed("100000")}
    firm.put("invoice", "I-9", body)
    return firm


def paid(cash: str, withheld: str | None, *, apply: str | None = "I-9", **more: Any) -> dict[str, Any]:
    body = {"customer": {"externalId": "C-9"}, "payment": Decimal(cash), "tranDate": "2026-01-22", **more}
    if withheld is not None:
        body["custbody_withholding"] = Decimal(withheld)
    return {**body, **({"apply": {"items": [{"doc": {"externalId": apply}}]}} if apply else {})}


def test_ten_per_cent_withheld_of_the_fee_and_the_rest_in_cash_close_the_invoice(firm: Caller) -> None:
    # 10% of the fee of 100,000, none of the GST.
    payment = firm.put("customerPayment", "B-1", paid("108000", "10000"))
    assert sides(firm, payment) == [("1000", "108000.00"), ("1100", "-118000.00"), ("1140", "10000.00")]
    assert firm.get("invoice", "eid:I-9")["status"]["id"] == "paidInFull"
    read = firm.get("customerPayment", payment)
    assert (read["payment"], read["custbody_withholding"], read["total"], read["unapplied"]) == (
        108000,
        10000,
        118000,
        0,
    )
    before = firm.mock.dump()
    firm.put("customerPayment", "B-1", paid("108000", "10000"))
    assert firm.mock.dump() == before


def test_a_payment_larger_than_what_is_open_leaves_the_rest_unapplied(firm: Caller) -> None:
    payment = firm.put("customerPayment", "B-1", paid("110000", "10000"))
    assert sides(firm, payment) == [
        ("1000", "110000.00"),
        ("1100", "-118000.00"),
        ("2150", "-2000.00"),
        ("1140", "10000.00"),
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (paid("108000", "-1"), ""),
        (paid("108000", "0.001"), ""),
        (paid("108000", "10000", apply=None), "More is withheld than is applied: 0.00"),
    ],
)
def test_a_withholding_that_cannot_be_is_refused(firm: Caller, body: dict[str, Any], reason: str) -> None:
    before = firm.mock.dump()
    response = firm.call("PUT", "customerPayment/eid:B-1", body)
    assert error(response) == (400, "USER_ERROR", "custbody_withholding")
    assert reason in text_of(response)
    assert firm.mock.dump() == before


def test_a_withholding_is_final_once_posted(firm: Caller) -> None:
    firm.put("customerPayment", "B-1", paid("108000", "10000"))
    response = firm.patch("customerPayment", "eid:B-1", {"custbody_withholding": 9000})
    assert error(response) == (400, "USER_ERROR", "custbody_withholding")


def test_a_chart_without_the_account_is_a_refusal() -> None:
    small = Caller(make()).world()
    small.put("invoice", "I-9", {"entity": {"externalId": "C-1"}, "tranDate": "2026-01-20", "item": fixed("100")})
    before = small.mock.dump()
    response = small.call("PUT", "customerPayment/eid:B-1", paid("110", "10", customer={"externalId": "C-1"}))
    assert "no account 1140" in text_of(response)
    assert small.mock.dump() == before
