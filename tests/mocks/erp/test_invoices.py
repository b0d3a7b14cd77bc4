"""An invoice takes up time once, rounds by line, taxes on the document, and keeps its money once approved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.core.clock import MINUTE_US, ManualClock
from sandbox.core.money import line_net, round_half_away
from tests.mocks.erp.client import Caller, created, error, fixed, invoice_body, make, text_of, time_body

LEDGER = "SELECT a.acctnumber n, t.debit d, t.credit c, l.custcol_contract_line k, l.custcol_source_line s \
FROM transactionaccountingline t JOIN account a ON a.id = t.account \
JOIN transactionline l ON l.transaction = t.transaction AND l.id = t.transactionline \
WHERE t.transaction = ? ORDER BY t.transactionline"


def test_an_invoice_of_time_and_a_fixed_amount_adds_up_and_is_posted(erp: Caller) -> None:
    # 2:30 x 150 = 375.00; 0:20 x 99.99 = 33.33; 1.5 x 100.01 = 150.015 -> 150.02; VAT 20% of 558.35 = 111.67.
    erp.time("T-1")
    erp.time("T-2", hours="0:20", rate=Decimal("99.99"), custcol_contract_line="CL-3")
    body = invoice_body("T-1", "T-2", item=fixed("100.01", quantity=Decimal("1.5")), memo="January")
    invoice = erp.put("invoice", "I-1", body)
    read = erp.get("invoice", invoice)
    assert read["tranId"] == "INV-UK-0001"
    amounts = [read[name] for name in ("subtotal", "taxTotal", "taxRate", "total", "amountPaid", "amountRemaining")]
    assert amounts == [Decimal(each) for each in ("558.35", "111.67", "20", "670.02", "0", "670.02")]
    assert read["status"] == {"id": "open", "refName": "Open"}
    assert read["postingPeriod"]["refName"] == "Jan 2026"
    assert erp.rows(LEDGER, invoice) == [
        {"n": "1100", "d": "670.02"},
        {"n": "2100", "c": "375.00", "k": "CL-1", "s": "T-1"},
        {"n": "2100", "c": "33.33", "k": "CL-3", "s": "T-2"},
        {"n": "2100", "c": "150.02", "k": "CL-2", "s": "3"},
        {"n": "2300", "c": "111.67"},
    ]
    assert erp.get("timeBill", "eid:T-1")["invoice"]["id"] == invoice


def test_an_invoice_is_shown_with_its_lines(erp: Caller) -> None:
    erp.time("T-1")
    erp.put("invoice", "I-1", invoice_body("T-1", item=fixed("10")))
    read = erp.get("invoice", "eid:I-1", "expandSubResources=true")
    (time,), (item,) = read["time"]["items"], read["item"]["items"]
    assert (time["apply"], time["hours"], time["rate"], time["amount"], time["line"]) == (True, "2:30", 150, 375, 1)
    assert time["doc"]["id"] == erp.get("timeBill", "eid:T-1")["id"]
    assert (item["item"]["refName"], item["amount"], item["line"]) == ("FIXED", 10, 2)


@pytest.mark.parametrize(
    ("subsidiary", "country", "rate", "tax", "total"),
    [("UK", "GB", "20", "20.00", "120.00"), ("UK", "US", "0", "0", "100.00"), ("US", "US", "0", "0", "100.00")],
)
def test_tax_depends_on_the_clients_country(subsidiary: str, country: str, rate: str, tax: str, total: str) -> None:
    erp = Caller(make())
    erp.client("C-1", subsidiary, country)
    erp.put("invoice", "I-1", {**invoice_body(item=fixed("100")), "job": None})
    read = erp.get("invoice", "eid:I-1")
    assert [read["taxRate"], read["taxTotal"], read["total"]] == [Decimal(each) for each in (rate, tax, total)]


def test_a_currency_without_minor_units_is_billed_in_whole_units() -> None:
    erp = Caller(make())
    erp.client("C-1", "JP", "JP")
    erp.put("invoice", "I-1", {**invoice_body(item=fixed("1000.5")), "job": None})
    read = erp.get("invoice", "eid:I-1")
    # 1000.5 rounds to 1001, 10% of it to 100.
    assert (read["subtotal"], read["taxTotal"], read["total"]) == (1001, 100, 1101)


def test_numbers_are_gap_free_per_subsidiary_and_a_refused_invoice_takes_none(erp: Caller) -> None:
    erp.client("C-US", "US", "US")
    assert number(erp, "I-1") == "INV-UK-0001"
    assert erp.call("PUT", "invoice/eid:I-X", invoice_body("T-9")).status == 400
    assert number(erp, "I-2") == "INV-UK-0002"
    assert number(erp, "I-3", entity={"externalId": "C-US"}, job=None) == "INV-US-0001"


def number(erp: Caller, code: str, **more: Any) -> str:
    erp.put("invoice", code, {**invoice_body(item=fixed("10")), **more})
    tran_id: str = erp.get("invoice", f"eid:{code}")["tranId"]
    return tran_id


def test_the_same_invoice_again_changes_nothing_and_takes_no_number(erp: Caller) -> None:
    erp.time("T-1")
    body = invoice_body("T-1", item=fixed("10"), postingPeriod="Jan 2026", dueDate=None, currency=None)
    first = erp.put("invoice", "I-1", body)
    before = erp.mock.dump()
    assert erp.put("invoice", "I-1", body) == first
    assert erp.mock.dump() == before


def test_posting_the_same_content_without_an_external_id_makes_two_invoices(erp: Caller) -> None:
    body = invoice_body(item=fixed("10"))
    first, second = erp.post("invoice", body), erp.post("invoice", body)
    assert first != second
    assert [erp.get("invoice", each)["tranId"] for each in (first, second)] == ["INV-UK-0001", "INV-UK-0002"]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"item": fixed("11")}, "item"),
        ({"item": fixed("10", contract_line="CL-9")}, "item"),
        ({"item": {"items": []}, "time": {"items": [{"doc": {"externalId": "T-2"}}]}}, "item"),
        ({"tranDate": "2026-01-30"}, "tranDate"),
        ({"job": {"externalId": "P-2"}}, "job"),
        ({"approvalStatus": "1"}, "approvalStatus"),
        ({"externalId": None}, "externalId"),
    ],
)
def test_an_approved_invoice_keeps_its_money(erp: Caller, more: dict[str, Any], path: str) -> None:
    erp.time("T-1")
    erp.time("T-2")
    erp.project("P-2")
    erp.put("invoice", "I-1", invoice_body("T-1", item=fixed("10")))
    before = erp.mock.dump()
    body = {**invoice_body("T-1", item=fixed("10")), **more}
    response = erp.call("PATCH" if path == "externalId" else "PUT", "invoice/eid:I-1", body)
    assert error(response)[:2] == (400, "USER_ERROR")
    assert error(response)[2] in (path, "time")
    assert erp.mock.dump() == before


def test_an_approved_invoice_may_change_what_moves_no_money_even_in_a_closed_period(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    erp.act("close_period", period="2026-01")
    change = {"memo": "sent", "otherRefNum": "PO-1", "dueDate": "2026-02-28"}
    assert erp.patch("invoice", "eid:I-1", change).status == 204
    read = erp.get("invoice", "eid:I-1")
    assert {name: read[name] for name in change} == change
    (row,) = erp.rows("SELECT memo, otherrefnum, duedate FROM transaction")
    assert row == {"memo": "sent", "otherrefnum": "PO-1", "duedate": "2/28/2026"}


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ({"approvalStatus": "2"}, "not approved"),
        ({"isBillable": False}, "not billable"),
        ({"customer": {"externalId": "P-2"}}, "another project"),
        ({"rate": ...}, "rate"),
    ],
)
def test_time_that_cannot_be_billed_is_refused_with_its_line(erp: Caller, time: dict[str, Any], reason: str) -> None:
    erp.project("P-2")
    erp.time("T-0")
    erp.time("T-1", **time)
    before = erp.mock.dump()
    response = erp.call("PUT", "invoice/eid:I-1", invoice_body("T-0", "T-1"))
    status, code, path = error(response)
    assert (status, code) == (400, "USER_ERROR")
    assert path in ("time.items[1].doc", "time.items[1].rate")
    assert reason in text_of(response)
    assert erp.mock.dump() == before


def test_time_is_billed_once(erp: Caller) -> None:
    erp.time("T-1")
    erp.put("invoice", "I-1", invoice_body("T-1"))
    response = erp.call("PUT", "invoice/eid:I-2", invoice_body("T-1"))
    assert error(response) == (400, "USER_ERROR", "time.items[0].doc")
    assert "billed already" in text_of(response)
    twice = erp.call("PUT", "invoice/eid:I-3", invoice_body("T-1", "T-1"))
    assert error(twice) == (400, "USER_ERROR", "time")


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({}, "USER_ERROR", "item"),
        ({"time": {"items": [{"doc": {"externalId": "T-9"}}]}}, "USER_ERROR", "time.items[0].doc"),
        ({"time": {"items": [{"apply": True}]}}, "USER_ERROR", "time.items[0].doc"),
        ({"time": [1]}, "INVALID_CONTENT", "time"),
        ({"time": {"items": [1]}}, "INVALID_CONTENT", "time"),
        ({"item": {"items": [{"rate": 1}]}}, "USER_ERROR", ""),
        ({"item": {"items": [{"item": {"externalId": "FIXED"}}]}}, "USER_ERROR", ""),
        ({"item": fixed("10", amount=11)}, "USER_ERROR", "item.items[0].amount"),
        ({"item": fixed("10", rate=None, amount=Decimal("1.001"))}, "USER_ERROR", "item.items[0].amount"),
        ({"item": fixed("-10")}, "USER_ERROR", "item"),
        ({"item": fixed("900000000000", quantity=900000000000)}, "USER_ERROR", "item"),
        ({"item": fixed("10"), "entity": {"externalId": "C-2"}}, "USER_ERROR", "job"),
        ({"item": fixed("10"), "currency": "USD"}, "INVALID_KEY_OR_REF", "currency"),
        ({"item": fixed("10"), "subsidiary": {"externalId": "US"}}, "INVALID_KEY_OR_REF", "entity"),
        ({"item": fixed("10"), "tranDate": "2025-12-31"}, "USER_ERROR", ""),
        ({"item": fixed("10"), "postingPeriod": "Dec 2025"}, "USER_ERROR", ""),
        ({"item": fixed("10"), "approvalStatus": "3"}, "USER_ERROR", "approvalStatus"),
    ],
)
def test_an_invoice_that_does_not_fit_is_refused_and_nothing_is_stored(
    erp: Caller, more: dict[str, Any], code: str, path: str
) -> None:
    erp.client("C-2")
    before = erp.mock.dump()
    assert error(erp.call("PUT", "invoice/eid:I-1", {**invoice_body(), **more})) == (400, code, path)
    assert erp.mock.dump() == before


def test_an_amount_may_stand_alone_and_a_discount_may_be_negative(erp: Caller) -> None:
    items = {"items": [*fixed("10", rate=None, amount=Decimal("99.99"))["items"], *fixed("-9.99")["items"]]}
    invoice = erp.put("invoice", "I-1", invoice_body(item=items))
    assert erp.get("invoice", invoice)["subtotal"] == 90
    assert [row.get("d", row.get("c")) for row in erp.rows(LEDGER, invoice)] == ["108.00", "99.99", "9.99", "18.00"]


def test_no_invoice_for_an_inactive_client(erp: Caller) -> None:
    erp.patch("customer", "eid:C-1", {"isInactive": True})
    assert error(erp.call("POST", "invoice", invoice_body(item=fixed("10")))) == (400, "USER_ERROR", "entity")


def test_a_deleted_invoice_frees_its_time_leaves_the_ledger_and_keeps_its_number(erp: Caller) -> None:
    erp.time("T-1")
    erp.put("invoice", "I-1", invoice_body("T-1"))
    assert erp.call("DELETE", "invoice/eid:I-1").status == 204
    assert "invoice" not in erp.get("timeBill", "eid:T-1")
    dump = erp.mock.dump()
    assert not any(dump[name] for name in ("invoice", "invoiceLine", "transaction", "transactionLine"))
    again = erp.put("invoice", "I-1", invoice_body("T-1"))
    assert erp.get("invoice", again)["tranId"] == "INV-UK-0002"


def test_an_invoice_is_not_deleted_once_paid_or_when_its_period_is_closed(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    erp.put("invoice", "I-2", invoice_body(item=fixed("10")))
    apply = {"items": [{"doc": {"externalId": "I-1"}, "amount": 1}]}
    erp.put("customerPayment", "B-1", {"customer": {"externalId": "C-1"}, "payment": 1, "apply": apply})
    assert "dependent records: customerPayment" in text_of(erp.call("DELETE", "invoice/eid:I-1"))
    erp.act("close_period", period="2026-01")
    assert "open accounting period" in text_of(erp.call("DELETE", "invoice/eid:I-2"))


def pending(erp: Caller, **more: Any) -> str:
    erp.time("T-1")
    erp.time("T-2", hours="1:00")
    body = invoice_body("T-1", item=fixed("10"), approvalStatus="1")
    return erp.put("invoice", "I-1", {**body, **more})


def test_a_pending_invoice_holds_its_time_and_is_posted_when_approved(erp: Caller) -> None:
    invoice = pending(erp)
    assert erp.rows(LEDGER, invoice) == []
    assert erp.get("invoice", invoice)["status"]["id"] == "pendingApproval"
    assert erp.call("PUT", "invoice/eid:I-2", invoice_body("T-1")).status == 400
    assert erp.patch("invoice", invoice, {"approvalStatus": {"refName": "Approved"}}).status == 204
    assert [row.get("d", row.get("c")) for row in erp.rows(LEDGER, invoice)] == ["462.00", "375.00", "10.00", "77.00"]
    assert erp.get("invoice", invoice)["status"]["id"] == "open"
    (row,) = erp.rows("SELECT posting, status, foreignamountunpaid u FROM transaction")
    assert row == {"posting": "T", "status": "A", "u": "462.00"}


def lines(erp: Caller) -> Any:
    read = erp.get("invoice", "eid:I-1", "expandSubResources=true")
    items = [*read["time"]["items"], *read["item"]["items"]]
    return [(item.get("hours") or item["item"]["refName"], item["amount"]) for item in items]


def test_a_patch_merges_lines_by_key_and_appends_the_others(erp: Caller) -> None:
    pending(erp)
    assert erp.patch("invoice", "eid:I-1", {"item": fixed("5")}).status == 204
    assert lines(erp) == [("2:30", 375), ("FIXED", 10), ("FIXED", 5)]
    change = {"item": {"items": [{"line": 2, "rate": 11}]}, "time": {"items": [{"doc": {"externalId": "T-2"}}]}}
    assert erp.patch("invoice", "eid:I-1", change).status == 204
    assert lines(erp) == [("2:30", 375), ("1:00", 150), ("FIXED", 11), ("FIXED", 5)]
    drop = {"time": {"items": [{"apply": False, "doc": {"externalId": "T-1"}}]}}
    assert erp.patch("invoice", "eid:I-1", drop).status == 204
    assert lines(erp) == [("1:00", 150), ("FIXED", 11), ("FIXED", 5)]
    assert "invoice" not in erp.get("timeBill", "eid:T-1")
    assert erp.patch("invoice", "eid:I-1", {"item": fixed("7")}, "replace=item").status == 204
    assert lines(erp) == [("1:00", 150), ("FIXED", 7)]
    assert erp.get("invoice", "eid:I-1")["total"] == Decimal("188.40")


def test_a_sublist_sent_back_unexpanded_is_left_alone_and_a_null_empties_it(erp: Caller) -> None:
    pending(erp)
    stub = erp.get("invoice", "eid:I-1")["item"]
    body = invoice_body("T-1", approvalStatus="1", item=stub)
    erp.put("invoice", "I-1", body)
    assert lines(erp) == [("2:30", 375), ("FIXED", 10)]
    assert erp.patch("invoice", "eid:I-1", {"item": None}).status == 204
    assert lines(erp) == [("2:30", 375)]
    assert erp.patch("invoice", "eid:I-1", {"time": {"items": None}}).status == 400


def test_a_pending_invoice_may_change_everything_and_the_same_again_nothing(erp: Caller) -> None:
    pending(erp)
    body = {**invoice_body("T-2", item=fixed("1"), approvalStatus="1"), "tranDate": "2026-02-01"}
    erp.put("invoice", "I-1", body)
    read = erp.get("invoice", "eid:I-1")
    assert (read["subtotal"], read["postingPeriod"]["refName"]) == (151, "Feb 2026")
    before = erp.mock.dump()
    erp.put("invoice", "I-1", body)
    assert erp.mock.dump() == before
    assert erp.call("DELETE", "invoice/eid:I-1").status == 204


def test_a_pending_invoice_is_not_approved_into_a_closed_period(erp: Caller) -> None:
    pending(erp)
    erp.act("close_period", period="2026-01")
    before = erp.mock.dump()
    response = erp.patch("invoice", "eid:I-1", {"approvalStatus": "2"})
    assert "open accounting period" in text_of(response)
    assert erp.mock.dump() == before
    assert erp.patch("invoice", "eid:I-1", {"approvalStatus": "2", "tranDate": "2026-02-02"}).status == 204


def test_an_invoice_of_nothing_is_paid_at_once(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("0")))
    read = erp.get("invoice", "eid:I-1")
    assert (read["total"], read["status"]["id"]) == (0, "paidInFull")
    assert erp.mock.dump()["transactionLine"] == {}


def test_what_the_client_was_sent_is_what_finance_sees(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("100"), dueDate="2026-02-14"))
    erp.put("invoice", "I-2", invoice_body(item=fixed("10"), approvalStatus="1"))
    assert erp.act("open_invoices", engagement="PRJ-P-1").json() == [
        {
            "tran_id": "INV-UK-0001",
            "job": "PRJ-P-1",
            "subtotal": "100.00",
            "total": "120.00",
            "amount_remaining": "120.00",
            "currency": "GBP",
            "due_date": "2026-02-14",
            "date": "2026-01-31",
            "memo": None,
        }
    ]
    missing = erp.act("open_invoices", engagement="PRJ-X")
    assert (missing.status, missing.json()["errors"][0]["field"]) == (404, "engagement")


HOURS = st.integers(1, 24 * 60)
RATES = st.decimals("0", "400", places=4)


@settings(max_examples=25, deadline=None)
@given(
    time=st.lists(st.tuples(HOURS, RATES), max_size=3),
    items=st.lists(st.tuples(st.decimals("0.01", "40", places=2), RATES), min_size=1, max_size=3),
)
def test_net_is_the_sum_of_rounded_lines_and_tax_is_rounded_once(
    time: list[tuple[int, Decimal]], items: list[tuple[Decimal, Decimal]]
) -> None:
    erp = Caller(make(ManualClock(make().context.clock.epoch, MINUTE_US))).world()
    for index, (minutes, rate) in enumerate(time):
        hours = f"{minutes // 60}:{minutes % 60:02d}"
        created(erp.call("PUT", f"timeBill/eid:T-{index}", time_body(hours=hours, rate=rate)))
    sublist = {"items": [fixed(str(rate), quantity=quantity)["items"][0] for quantity, rate in items]}
    erp.put("invoice", "I-1", invoice_body(*(f"T-{index}" for index in range(len(time))), item=sublist))
    read = erp.get("invoice", "eid:I-1")
    net = sum((line_net(minutes, rate, "GBP").amount for minutes, rate in time), Decimal(0))
    net += sum((round_half_away(quantity * rate, 2) for quantity, rate in items), Decimal(0))
    tax = round_half_away(net / 5, 2)
    assert (read["subtotal"], read["taxTotal"], read["total"]) == (net, tax, net + tax)
