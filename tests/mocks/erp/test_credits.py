"""A credit takes off what an invoice put on and frees what it names; an unpaid invoice can be void."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import ManualClock
from tests.mocks.erp.client import Caller, created, error, fixed, invoice_body, text_of
from tests.mocks.erp.whole import sides, whole


@pytest.fixture
def firm(clock: ManualClock) -> Caller:
    """Two invoices of 120.00 and 60.00, and one of two time entries (2:30 at 150 each: 750.00 + 150.00 tax)."""
    firm = whole(clock)
    firm.put("invoice", "I-1", invoice_body(item=fixed("100")))
    firm.put("invoice", "I-2", invoice_body(item=fixed("50")))
    firm.time("T-1")
    firm.time("T-2")
    firm.put("invoice", "I-T", invoice_body("T-1", "T-2"))
    return firm


def credit_body(invoice: str, *amounts: str, reason: str = "concession", **more: Any) -> dict[str, Any]:
    items = [
        {"item": {"externalId": "FIXED"}, "amount": Decimal(amount), "custcol_contract_line": "CL-2"}
        for amount in amounts
    ]
    body = {"createdFrom": {"externalId": invoice}, "tranDate": "2026-01-31", "custbody_reason": reason}
    return {**body, **({"item": {"items": items}} if items else {}), **more}


def of_time(*codes: str, **more: Any) -> dict[str, Any]:
    return {"item": {"items": [{"custcol_time": {"externalId": code}, **more} for code in codes]}}


def state(firm: Caller, code: str) -> Any:
    read = firm.get("invoice", f"eid:{code}")
    return read["amountPaid"], read["amountRemaining"], read["custbody_credited"], read["status"]["id"]


def test_a_concession_takes_net_and_tax_off_the_receivable(firm: Caller) -> None:
    credit = firm.put("creditMemo", "CM-1", credit_body("I-1", "40"))
    # 40 net + 8 tax, and 120 - 48 = 72 stays open.
    assert sides(firm, credit) == [("1100", "-48.00"), ("2100", "40.00"), ("2300", "8.00")]
    assert state(firm, "I-1") == (48, 72, 48, "open")
    read = firm.get("creditMemo", credit, "expandSubResources=true")
    assert (read["tranId"], read["total"], read["taxTotal"], read["applied"], read["unapplied"]) == (
        "CM-UK-0001",
        48,
        8,
        48,
        0,
    )
    assert (read["status"]["id"], read["custbody_reason"]["refName"]) == ("fullyApplied", "Price concession")
    assert read["apply"]["items"][0]["refNum"] == "INV-UK-0001"
    assert read["item"]["items"][0]["taxCode"]["refName"] == "GB-S"
    assert read["taxDetails"]["items"][0]["taxBasis"] == 40


def test_a_rebate_meets_the_refund_liability(firm: Caller) -> None:
    credit = firm.put("creditMemo", "CM-1", credit_body("I-1", "10", reason="rebate"))
    assert sides(firm, credit) == [("1100", "-12.00"), ("2110", "10.00"), ("2300", "2.00")]


def test_a_billing_error_frees_exactly_the_named_time_for_billing_again(firm: Caller) -> None:
    credit = firm.put("creditMemo", "CM-1", credit_body("I-T", reason="billing_error", **of_time("T-1")))
    # 2.5 h x 150 = 375, x 0.2 = 75.
    assert sides(firm, credit) == [("1100", "-450.00"), ("2100", "375.00"), ("2300", "75.00")]
    assert firm.rows("SELECT externalid, invoice FROM timebill ORDER BY externalid") == [
        {"externalid": "T-1"},
        {"externalid": "T-2", "invoice": firm.get("invoice", "eid:I-T")["id"]},
    ]
    held = firm.call("PUT", "invoice/eid:I-9", invoice_body("T-2"))
    assert "billed already" in text_of(held)
    again = firm.put("invoice", "I-9", invoice_body("T-1"))
    assert firm.get("timeBill", "eid:T-1")["invoice"]["id"] == again
    before = firm.mock.dump()
    firm.put("invoice", "I-T", invoice_body("T-1", "T-2"))
    firm.put("creditMemo", "CM-1", credit_body("I-T", reason="billing_error", **of_time("T-1")))
    assert firm.mock.dump() == before
    twice = firm.call("PUT", "creditMemo/eid:CM-2", credit_body("I-T", reason="billing_error", **of_time("T-1")))
    assert error(twice) == (400, "USER_ERROR", "item.items[0].custcol_time")


def test_a_concession_on_named_time_does_not_free_it(firm: Caller) -> None:
    firm.put("creditMemo", "CM-1", credit_body("I-T", **of_time("T-1", amount=Decimal(75))))
    assert "invoice" in firm.get("timeBill", "eid:T-1")
    (line,) = firm.get("creditMemo", "eid:CM-1", "expandSubResources=true")["item"]["items"]
    assert (line["amount"], line["custcol_time"]["id"]) == (75, firm.get("timeBill", "eid:T-1")["id"])
    (row,) = firm.rows(
        "SELECT custcol_source_line s, custcol_contract_line c, BUILTIN.DF(custcol_employee) e FROM transactionline "
        "WHERE transaction = ? AND id = 1",
        firm.get("creditMemo", "eid:CM-1")["id"],
    )
    assert row == {"s": "T-1", "c": "CL-1", "e": "Ada Byron"}


def test_a_credit_of_a_paid_invoice_stays_unapplied_until_it_is_applied_to_another(firm: Caller) -> None:
    payment = {"customer": {"externalId": "C-1"}, "payment": 120, "tranDate": "2026-01-20"}
    firm.put("customerPayment", "B-1", {**payment, "apply": {"items": [{"doc": {"externalId": "I-1"}}]}})
    credit = firm.put("creditMemo", "CM-1", credit_body("I-1", "40"))
    assert state(firm, "I-1") == (120, 0, 48, "paidInFull")
    assert firm.get("creditMemo", credit)["unapplied"] == 48
    apply = {"items": [{"doc": {"externalId": "I-2"}}]}
    assert firm.patch("creditMemo", credit, {"apply": apply}).status == 204
    assert state(firm, "I-2") == (48, 12, 0, "open")
    read = firm.get("creditMemo", credit)
    assert (read["unapplied"], read["status"]["id"]) == (0, "fullyApplied")
    (row,) = firm.rows(
        "SELECT type, BUILTIN.DF(type) t, status s, custbody_reason r, foreignamountunpaid u, createdfrom c "
        "FROM transaction WHERE tranid = 'CM-UK-0001'"
    )
    assert row == {
        "type": "CustCred",
        "t": "Credit Memo",
        "s": "B",
        "r": "concession",
        "u": "0.00",
        "c": firm.get("invoice", "eid:I-1")["id"],
    }


def test_an_invoice_is_transformed_into_a_credit_of_all_of_it(firm: Caller) -> None:
    body = {
        "tranDate": "2026-01-31",
        "custbody_reason": "billing_error",
        "apply": {"items": [{"doc": {"externalId": "I-T"}, "apply": True}]},
    }
    credit = created(firm.call("POST", "invoice/eid:I-T/!transform/creditMemo", body))
    assert firm.get("creditMemo", credit)["total"] == 900
    assert state(firm, "I-T") == (900, 0, 900, "paidInFull")
    assert firm.rows("SELECT externalid FROM timebill WHERE invoice IS NULL ORDER BY externalid") == [
        {"externalid": "T-1"},
        {"externalid": "T-2"},
    ]
    for apply in ({}, {"apply": {"items": [{"doc": {"externalId": "I-1"}}]}}):
        response = firm.call(
            "POST", "invoice/eid:I-2/!transform/creditMemo", {"custbody_reason": "cancellation", **apply}
        )
        assert error(response) == (400, "USER_ERROR", "apply")
    response = firm.call("POST", "invoice/eid:I-2/!transform/journalEntry", {})
    assert error(response)[:2] == (400, "INVALID_REQUEST")


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (credit_body("I-1", "100.01"), "item", "100.00 of the invoice is not credited yet"),
        (credit_body("I-1", "0"), "item.items[0].amount", "positive"),
        (credit_body("I-1", "-5"), "item.items[0].amount", "positive"),
        (credit_body("I-1", "0.001"), "item.items[0].amount", "decimals"),
        (credit_body("I-1"), "item", "at least one line"),
        (credit_body("I-1", "5", createdFrom=None), "", "Created From"),
        (credit_body("I-1", "5", custbody_reason=None), "", "Reason"),
        (credit_body("I-1", "5", custbody_reason="mood"), "custbody_reason", ""),
        (credit_body("I-P", "5"), "createdFrom", "not approved"),
        (credit_body("I-1", "5", entity={"externalId": "C-2"}), "createdFrom", "another customer"),
        (credit_body("I-1", "5", tranDate="2026-01-30"), "tranDate", "before the date of the invoice"),
        (credit_body("I-1", "5", tranDate="2026-06-01"), "", "open accounting period"),
        (credit_body("I-1", **of_time("T-1")), "item.items[0].custcol_time", "did not bill"),
        (credit_body("I-T", **of_time("T-1", "T-1")), "item.items[1].custcol_time", "twice"),
        (credit_body("I-T", **of_time("T-1", amount=Decimal("375.01"))), "item.items[0].amount", "375.00 was billed"),
        (
            credit_body("I-T", reason="billing_error", **of_time("T-1", amount=Decimal(374))),
            "item.items[0].custcol_time",
            "whole amount",
        ),
        (
            credit_body(
                "I-1", "5", apply={"items": [{"doc": {"externalId": "I-1"}, "apply": True, "amount": Decimal("6.01")}]}
            ),
            "apply.items[0].amount",
            "than was paid",
        ),
    ],
)
def test_a_credit_that_cannot_be_is_refused_and_nothing_is_stored(
    firm: Caller, body: dict[str, Any], path: str, reason: str
) -> None:
    firm.client("C-2")
    firm.put("invoice", "I-P", invoice_body(item=fixed("10"), approvalStatus="1"))
    before = firm.mock.dump()
    response = firm.call("PUT", "creditMemo/eid:CM-1", body)
    assert error(response) == (400, "USER_ERROR", path)
    assert reason in text_of(response)
    assert firm.mock.dump() == before


def test_several_credits_together_are_not_larger_than_their_invoice(firm: Caller) -> None:
    firm.put("creditMemo", "CM-1", credit_body("I-1", "70"))
    assert error(firm.call("PUT", "creditMemo/eid:CM-2", credit_body("I-1", "30.01"))) == (400, "USER_ERROR", "item")
    firm.put("creditMemo", "CM-2", credit_body("I-1", "30"))
    assert state(firm, "I-1") == (120, 0, 120, "paidInFull")


def test_a_posted_credit_is_final_but_for_its_memo(firm: Caller) -> None:
    credit = firm.put("creditMemo", "CM-1", credit_body("I-1", "40"))
    assert error(firm.patch("creditMemo", credit, {"custbody_reason": "rebate"})) == (
        400,
        "USER_ERROR",
        "custbody_reason",
    )
    assert error(firm.call("PUT", "creditMemo/eid:CM-1", credit_body("I-1", "41"))) == (400, "USER_ERROR", "item")
    assert firm.patch("creditMemo", credit, {"memo": "sorry"}).status == 204
    assert firm.rows("SELECT memo FROM transaction WHERE id = ?", credit) == [{"memo": "sorry"}]
    assert error(firm.call("DELETE", f"creditMemo/{credit}"))[:2] == (400, "USER_ERROR")
    assert error(firm.call("DELETE", "invoice/eid:I-1"))[:2] == (400, "USER_ERROR")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=4000), min_size=1, max_size=6))
def test_credits_that_add_up_to_an_invoice_cancel_it_to_the_cent(cents: list[int]) -> None:
    firm = whole()
    net = Decimal(sum(cents)).scaleb(-2)
    firm.put("invoice", "I-1", invoice_body(item=fixed(str(net))))
    for number, part in enumerate(cents):
        firm.put("creditMemo", f"CM-{number}", credit_body("I-1", str(Decimal(part).scaleb(-2))))
    assert state(firm, "I-1")[1] == 0
    rows = firm.rows(
        "SELECT a.acctnumber n, SUM(t.netamount) s FROM transactionaccountingline t JOIN account a ON a.id = t.account "
        "GROUP BY a.acctnumber"
    )
    assert {row["s"] for row in rows} == {"0.00"}
    numbers = [row["n"] for row in firm.rows("SELECT tranid n FROM transaction WHERE type = 'CustCred' ORDER BY n")]
    assert numbers == [f"CM-UK-{number:04d}" for number in range(1, len(cents) + 1)]


def test_a_void_invoice_keeps_its_number_frees_its_time_and_mirrors_its_posting(firm: Caller) -> None:
    invoice = firm.get("invoice", "eid:I-T")
    done = firm.act("void_invoice", invoice=invoice["tranId"], reason="sent twice")
    assert done.json() == {"id": invoice["id"], "tran_id": "INV-UK-0003", "status": "voided"}
    assert sides(firm, invoice["id"]) == [
        ("1100", "900.00"),
        ("2100", "-375.00"),
        ("2100", "-375.00"),
        ("2300", "-150.00"),
        ("1100", "-900.00"),
        ("2100", "375.00"),
        ("2100", "375.00"),
        ("2300", "150.00"),
    ]
    assert state(firm, "I-T") == (0, 0, 0, "voided")
    (row,) = firm.rows("SELECT status, memo, foreigntotal FROM transaction WHERE id = ?", invoice["id"])
    assert row == {"status": "V", "memo": "VOID: sent twice", "foreigntotal": "0.00"}
    again = firm.put("invoice", "I-9", invoice_body("T-1"))
    assert firm.get("invoice", again)["tranId"] == "INV-UK-0004"
    before = firm.mock.dump()
    firm.put("invoice", "I-T", invoice_body("T-1", "T-2"))
    assert firm.mock.dump() == before
    payment = {"customer": {"externalId": "C-1"}, "payment": 5, "apply": {"items": [{"doc": {"externalId": "I-T"}}]}}
    refused = firm.call("PUT", "customerPayment/eid:B-1", payment)
    assert error(refused) == (400, "USER_ERROR", "apply.items[0].doc")
    assert "is void" in text_of(refused)
    assert "is void" in text_of(firm.call("PUT", "creditMemo/eid:CM-1", credit_body("I-T", "5")))
    assert firm.call("DELETE", "invoice/eid:I-T").status == 400


@pytest.mark.parametrize("how", ["paid", "credited", "pending", "void", "closed", "unknown"])
def test_what_is_paid_credited_pending_void_or_closed_is_not_made_void(firm: Caller, how: str) -> None:
    number = "INV-UK-0001"
    if how == "paid":
        payment = {"customer": {"externalId": "C-1"}, "payment": 5, "tranDate": "2026-01-20"}
        firm.put("customerPayment", "B-1", {**payment, "apply": {"items": [{"doc": {"externalId": "I-1"}}]}})
    elif how == "credited":
        firm.put("creditMemo", "CM-1", credit_body("I-1", "5"))
    elif how == "pending":
        firm.put("invoice", "I-P", invoice_body(item=fixed("10"), approvalStatus="1"))
        number = "INV-UK-0004"
    elif how == "void":
        firm.act("void_invoice", invoice=number, reason="first")
    elif how == "closed":
        firm.act("close_period", period="2026-01")
    else:
        number = "INV-UK-0099"
    before = firm.mock.dump()
    assert firm.act("void_invoice", invoice=number, reason="again").status in (400, 404)
    assert firm.mock.dump() == before
