"""Money is applied to what is open, the rest is kept apart, and a bank line is accounted for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, fixed, invoice_body, text_of

LEDGER = "SELECT a.acctnumber n, t.debit d, t.credit c FROM transactionaccountingline t \
JOIN account a ON a.id = t.account WHERE t.transaction = ? ORDER BY t.transactionline"


@pytest.fixture(autouse=True)
def _invoices(erp: Caller) -> None:
    for code, amount in (("I-1", "100"), ("I-2", "50")):
        erp.put("invoice", code, invoice_body(item=fixed(amount)))


def payment_body(amount: str, *applied: tuple[str, str | None], **more: Any) -> dict[str, Any]:
    """A payment; invoices are 120.00 and 60.00."""
    items = [
        {"doc": {"externalId": code}, "apply": True, **({} if part is None else {"amount": Decimal(part)})}
        for code, part in applied
    ]
    body = {"customer": {"externalId": "C-1"}, "payment": Decimal(amount), "tranDate": "2026-01-20"}
    return {**body, **({"apply": {"items": items}} if items else {}), **more}


def state(erp: Caller, code: str) -> Any:
    read = erp.get("invoice", f"eid:{code}")
    return read["amountPaid"], read["amountRemaining"], read["status"]["id"]


def sides(erp: Caller, payment: str) -> list[tuple[str, str]]:
    return [(row["n"], row.get("d") or "-" + row["c"]) for row in erp.rows(LEDGER, payment)]


def test_a_payment_in_full_closes_its_invoice(erp: Caller) -> None:
    payment = erp.put("customerPayment", "B-1", payment_body("120", ("I-1", "120")))
    assert state(erp, "I-1") == (120, 0, "paidInFull")
    assert sides(erp, payment) == [("1000", "120.00"), ("1100", "-120.00")]
    assert erp.act("open_invoices", engagement="PRJ-P-1").json()[0]["tran_id"] == "INV-UK-0002"
    (row,) = erp.rows(
        "SELECT status, foreignamountpaid p, foreignamountunpaid u FROM transaction WHERE tranid = ?", "INV-UK-0001"
    )
    assert row == {"status": "B", "p": "120.00", "u": "0.00"}


def test_a_short_payment_leaves_the_rest_open(erp: Caller) -> None:
    erp.put("customerPayment", "B-1", payment_body("100.50", ("I-1", None)))
    assert state(erp, "I-1") == (Decimal("100.50"), Decimal("19.50"), "open")


def test_what_is_not_applied_is_unapplied_cash(erp: Caller) -> None:
    payment = erp.put("customerPayment", "B-1", payment_body("200", ("I-1", None), ("I-2", "60")))
    assert sides(erp, payment) == [("1000", "200.00"), ("1100", "-120.00"), ("1100", "-60.00"), ("2150", "-20.00")]
    read = erp.get("customerPayment", payment, "expandSubResources=true")
    assert (read["applied"], read["unapplied"]) == (180, 20)
    assert [(line["refNum"], line["amount"]) for line in read["apply"]["items"]] == [
        ("INV-UK-0001", 120),
        ("INV-UK-0002", 60),
    ]
    assert read["apply"]["items"][0]["doc"]["refName"] == "INV-UK-0001"


def test_a_payment_may_come_without_an_invoice_and_be_applied_later(erp: Caller) -> None:
    payment = erp.put("customerPayment", "B-1", payment_body("150"))
    assert sides(erp, payment) == [("1000", "150.00"), ("2150", "-150.00")]
    erp.put("customerPayment", "B-1", payment_body("150", ("I-1", "120")))
    assert state(erp, "I-1") == (120, 0, "paidInFull")
    before = erp.mock.dump()
    erp.put("customerPayment", "B-1", payment_body("150", ("I-1", "120")))
    assert erp.mock.dump() == before
    apply = payment_body("150", ("I-2", None))["apply"]
    assert erp.patch("customerPayment", payment, {"apply": apply}).status == 204
    assert state(erp, "I-2") == (30, 30, "open")
    assert sides(erp, payment)[2:] == [("2150", "120.00"), ("1100", "-120.00"), ("2150", "30.00"), ("1100", "-30.00")]
    assert erp.get("customerPayment", payment)["unapplied"] == 0


def test_the_bank_account_may_be_another_and_the_date_defaults_to_today(erp: Caller) -> None:
    body = payment_body("10", ("I-1", "10"), account={"externalId": "6000"}, tranDate=None)
    payment = erp.put("customerPayment", "B-1", body)
    assert sides(erp, payment)[0] == ("6000", "10.00")
    assert erp.get("customerPayment", payment)["tranDate"] == "2026-01-12"


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (payment_body("200", ("I-1", "120.01")), "apply.items[0].amount", "120.00 of the invoice is open"),
        (payment_body("100", ("I-1", "120")), "apply.items[0].amount", "than was paid"),
        (payment_body("100", ("I-1", "80"), ("I-2", "30")), "apply.items[1].amount", "than was paid"),
        (payment_body("100", ("I-1", "0")), "apply.items[0].amount", ""),
        (payment_body("100", ("I-1", "-5")), "apply.items[0].amount", ""),
        (payment_body("100", ("I-1", "5"), ("I-1", "5")), "apply.items[1].doc", "twice"),
        (payment_body("100", ("I-9", "5")), "apply.items[0].doc", ""),
        (payment_body("100", ("I-P", "5")), "apply.items[0].doc", "not approved"),
        (payment_body("100", ("I-1", "5"), customer={"externalId": "C-2"}), "apply.items[0].doc", "another customer"),
        (payment_body("100", apply={"items": [{"amount": 5}]}), "apply.items[0].doc", ""),
        (payment_body("0"), "payment", ""),
        (payment_body("-1"), "payment", ""),
        (payment_body("1.001"), "payment", ""),
        (payment_body("1", payment=None), "", "Payment Amount"),
        (payment_body("1", tranDate="2025-12-31"), "", "open accounting period"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_and_nothing_is_stored(
    erp: Caller, body: dict[str, Any], path: str, reason: str
) -> None:
    erp.client("C-2")
    erp.put("invoice", "I-P", invoice_body(item=fixed("10"), approvalStatus="1"))
    before = erp.mock.dump()
    response = erp.call("PUT", "customerPayment/eid:B-1", body)
    assert error(response) == (400, "USER_ERROR", path)
    assert reason in text_of(response)
    assert erp.mock.dump() == before


def test_a_foreign_currency_is_refused_not_booked_at_one(erp: Caller) -> None:
    response = erp.call("PUT", "customerPayment/eid:B-1", payment_body("1", currency="USD"))
    assert error(response) == (400, "INVALID_KEY_OR_REF", "currency")


def test_a_posted_payment_is_final_but_for_its_memo(erp: Caller) -> None:
    payment = erp.put("customerPayment", "B-1", payment_body("100", ("I-1", "100")))
    for change, path in (({"payment": 99}, "payment"), ({"tranDate": "2026-01-21"}, "tranDate")):
        assert error(erp.patch("customerPayment", payment, change)) == (400, "USER_ERROR", path)
    less = payment_body("100", ("I-1", "60"))["apply"]
    assert error(erp.patch("customerPayment", payment, {"apply": less}))[:2] == (400, "USER_ERROR")
    other = erp.call("PUT", "customerPayment/eid:B-1", payment_body("100", ("I-2", "60")))
    assert error(other) == (400, "USER_ERROR", "apply")
    none = erp.call("PUT", "customerPayment/eid:B-1", {**payment_body("100"), "apply": {"items": []}})
    assert error(none) == (400, "USER_ERROR", "apply")
    assert erp.patch("customerPayment", payment, {"memo": "thanks"}).status == 204
    assert erp.rows("SELECT memo FROM transaction WHERE id = ?", payment) == [{"memo": "thanks"}]
    assert error(erp.call("DELETE", f"customerPayment/{payment}"))[:2] == (400, "USER_ERROR")


def test_nothing_is_applied_in_a_closed_period(erp: Caller) -> None:
    erp.put("customerPayment", "B-1", payment_body("150"))
    erp.act("close_period", period="2026-01")
    response = erp.call("PUT", "customerPayment/eid:B-1", payment_body("150", ("I-1", "120")))
    assert "open accounting period" in text_of(response)


def bank_line(erp: Caller, line_id: str = "BL-1", **more: str) -> Any:
    form = {
        "line_id": line_id,
        "subsidiary": "UK",
        "date": "2026-01-20",
        "amount": "120.00",
        "currency": "GBP",
        "payer": "Client C-1",
        "reference": "INV-UK-0001",
    }
    return erp.act("import_bank_line", **{**form, **more})


BANK = "SELECT lineid, amount, BUILTIN.DF(subsidiary) s, status, payment FROM bankstatementline ORDER BY lineid"


def test_a_bank_line_is_imported_once_and_seen_by_suiteql(erp: Caller) -> None:
    assert bank_line(erp).status == 200
    assert erp.rows(BANK) == [{"lineid": "BL-1", "amount": "120.00", "s": "Firm Ltd", "status": "unmatched"}]
    before = erp.mock.dump()
    again = bank_line(erp, amount="99.00")
    assert (again.status, again.json()["errors"][0]["field"]) == (422, "line_id")
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", "twelve"),
        ("amount", "0"),
        ("amount", "1.001"),
        ("amount", "1e5"),
        ("currency", "XXX"),
        ("subsidiary", "FR"),
        ("date", "soon"),
        ("line_id", ""),
    ],
)
def test_a_bank_line_that_does_not_fit_is_refused_with_its_field(erp: Caller, field: str, value: str) -> None:
    before = erp.mock.dump()
    response = bank_line(erp, **{field: value} if field != "line_id" else {"line_id": value})
    assert (response.status, response.json()["errors"][0]["field"]) == (422, field)
    assert erp.mock.dump() == before


@pytest.mark.parametrize("by", ["externalId", "checkNum", "checkNum later"])
def test_a_payment_that_names_a_bank_line_matches_it(erp: Caller, by: str) -> None:
    bank_line(erp)
    body = payment_body("120", ("I-1", "120"))
    if by == "externalId":
        payment = erp.put("customerPayment", "BL-1", body)
    elif by == "checkNum":
        payment = erp.put("customerPayment", "P-1", {**body, "checkNum": "BL-1"})
    else:
        payment = erp.put("customerPayment", "P-1", body)
        assert "payment" not in erp.rows(BANK)[0]
        erp.patch("customerPayment", payment, {"checkNum": "BL-1"})
    assert [(row["status"], row["payment"]) for row in erp.rows(BANK)] == [("matched", payment)]


def test_a_second_payment_of_one_bank_line_does_not_move_the_match(erp: Caller) -> None:
    bank_line(erp)
    first = erp.put("customerPayment", "BL-1", payment_body("120", ("I-1", "120")))
    erp.put("customerPayment", "P-2", payment_body("60", ("I-2", "60"), checkNum="BL-1"))
    assert erp.rows(BANK)[0]["payment"] == first


def test_finance_sees_at_the_screen_whether_a_bank_line_is_there(erp: Caller) -> None:
    assert erp.act("bank_lines", line_id="BL-7").json() == []
    line = {
        "subsidiary": "UK",
        "date": "2026-01-20",
        "amount": "10.00",
        "currency": "GBP",
        "payer": "C",
        "reference": "",
    }
    erp.act("import_bank_line", line_id="BL-7", **line)
    (shown,) = erp.act("bank_lines", line_id="BL-7").json()
    assert (shown["line_id"], shown["status"]) == ("BL-7", "unmatched")
