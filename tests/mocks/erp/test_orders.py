"""An order is billed line by line and never more than it says; a schedule says when, and after acceptance only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mocks.erp.client import Caller, created, error, invoice_body, make, text_of

FIXED = {"externalId": "FIXED"}


def order_body(*amounts: str, **more: Any) -> dict[str, Any]:
    items = [{"item": FIXED, "rate": Decimal(each), "custcol_contract_line": "CL-2"} for each in amounts]
    body = {"entity": {"externalId": "C-1"}, "job": {"externalId": "P-1"}, "tranDate": "2026-01-12"}
    return {**body, "otherRefNum": "PO-7", "item": {"items": items}, **more}


def billed(erp: Caller, code: str = "SO-1") -> list[tuple[Any, Any]]:
    read = erp.get("salesOrder", f"eid:{code}", "expandSubResources=true")
    return [(line["amount"], line["custcol_billed"]) for line in read["item"]["items"]]


def state(erp: Caller, code: str = "SO-1") -> Any:
    (row,) = erp.rows("SELECT status s, type t, posting p FROM transaction WHERE externalid = ?", code)
    return erp.get("salesOrder", f"eid:{code}")["status"]["id"], row["s"], row["t"], row["p"]


def of_order(line: int, amount: str) -> dict[str, Any]:
    return {"item": {"items": [{"item": FIXED, "amount": Decimal(amount), "orderLine": line}]}}


def test_an_order_is_transformed_into_an_invoice_of_what_is_left(erp: Caller) -> None:
    erp.put("salesOrder", "SO-1", order_body("1000", "500"))
    assert state(erp) == ("pendingBilling", "F", "SalesOrd", "F")
    part = {"externalId": "I-1", "tranDate": "2026-01-31", **of_order(1, "400")}
    created(erp.call("POST", "salesOrder/eid:SO-1/!transform/invoice", part))
    assert billed(erp) == [(1000, 400), (500, 0)]
    rest = created(erp.call("POST", "salesOrder/eid:SO-1/!transform/invoice", None))
    read = erp.get("invoice", rest, "expandSubResources=true")
    assert (read["subtotal"], read["otherRefNum"], read["tranDate"]) == (1100, "PO-7", "2026-01-12")
    assert [(line["orderLine"], line["amount"]) for line in read["item"]["items"]] == [(1, 600), (2, 500)]
    assert read["createdFrom"]["refName"] == erp.get("salesOrder", "eid:SO-1")["tranId"]
    assert state(erp) == ("fullyBilled", "G", "SalesOrd", "F")
    again = erp.call("POST", "salesOrder/eid:SO-1/!transform/invoice", {})
    assert "billed in full" in text_of(again)
    assert erp.call("DELETE", "salesOrder/eid:SO-1").status == 400
    erp.act("void_invoice", invoice=read["tranId"], reason="wrong")
    assert billed(erp) == [(1000, 400), (500, 0)]
    assert state(erp)[0] == "pendingBilling"


def test_an_invoice_takes_no_more_of_an_order_than_is_left(erp: Caller) -> None:
    erp.put("salesOrder", "SO-1", order_body("1000"))
    from_order = {"createdFrom": {"externalId": "SO-1"}}
    erp.put("invoice", "I-1", invoice_body(**from_order, **of_order(1, "600")))
    before = erp.mock.dump()
    for lines, path in (
        (of_order(1, "400.01"), "item.items[0].amount"),
        (of_order(2, "1"), "item.items[0].orderLine"),
        (
            {"item": {"items": [*of_order(1, "300")["item"]["items"], *of_order(1, "101")["item"]["items"]]}},
            "item.items[1].amount",
        ),
    ):
        response = erp.call("PUT", "invoice/eid:I-2", invoice_body(**from_order, **lines))
        assert error(response) == (400, "USER_ERROR", path)
    response = erp.call("PUT", "invoice/eid:I-2", invoice_body(**of_order(1, "5")))
    assert error(response) == (400, "USER_ERROR", "item.items[0].orderLine")
    erp.client("C-2")
    before = erp.mock.dump()
    other = invoice_body(entity={"externalId": "C-2"}, job=None, **from_order, **of_order(1, "5"))
    assert error(erp.call("PUT", "invoice/eid:I-2", other)) == (400, "USER_ERROR", "createdFrom")
    erp.put("invoice", "I-1", invoice_body(**from_order, **of_order(1, "600")))
    assert erp.mock.dump() == before


def test_a_pending_invoice_moves_what_it_takes(erp: Caller) -> None:
    erp.put("salesOrder", "SO-1", order_body("1000"))
    pending = invoice_body(createdFrom={"externalId": "SO-1"}, approvalStatus="1", **of_order(1, "600"))
    invoice = erp.put("invoice", "I-1", pending)
    assert erp.patch("invoice", invoice, {"item": {"items": [{"line": 1, "amount": 1000}]}}).status == 204
    assert state(erp)[0] == "fullyBilled"
    assert erp.call("DELETE", f"invoice/{invoice}").status == 204
    assert billed(erp) == [(1000, 0)]


def test_a_change_order_adds_and_changes_lines_but_not_below_what_is_billed(erp: Caller) -> None:
    erp.put("salesOrder", "SO-1", order_body("1000"))
    created(erp.call("POST", "salesOrder/eid:SO-1/!transform/invoice", of_order(1, "700")))
    change = {"item": {"items": [{"line": 1, "rate": 800}, {"item": FIXED, "rate": 250}]}}
    assert erp.patch("salesOrder", "eid:SO-1", change).status == 204
    assert billed(erp) == [(800, 700), (250, 0)]
    assert erp.get("salesOrder", "eid:SO-1")["total"] == 1050
    for less in ({"items": [{"line": 1, "rate": 699}]},):
        assert error(erp.patch("salesOrder", "eid:SO-1", {"item": less})) == (400, "USER_ERROR", "item")
    gone = erp.patch(
        "salesOrder", "eid:SO-1", {"item": {"items": [{"line": 2, "item": FIXED, "rate": 1}]}}, "replace=item"
    )
    assert error(gone) == (400, "USER_ERROR", "item")
    assert error(erp.patch("salesOrder", "eid:SO-1", {"job": None})) == (400, "USER_ERROR", "job")
    erp.patch("salesOrder", "eid:SO-1", {"item": {"items": [{"line": 1, "rate": 700}, {"line": 2, "rate": 0}]}})
    assert state(erp)[0] == "fullyBilled"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (order_body(entity=None), ""),
        (order_body(), "item"),
        (order_body("-1"), "item.items[0].amount"),
        (order_body(item={"items": [{"rate": 5}]}), ""),
        (order_body(item={"items": [{"item": FIXED}]}), ""),
        (
            order_body(item={"items": [{"item": FIXED, "rate": 5, "line": 1}, {"item": FIXED, "rate": 5, "line": 1}]}),
            "item",
        ),
        (order_body("5", job={"externalId": "P-9"}), "job"),
        (order_body("5", entity={"externalId": "C-0"}, job=None), "entity"),
    ],
)
def test_an_order_that_cannot_be_is_refused(erp: Caller, body: dict[str, Any], path: str) -> None:
    erp.client("C-9")
    erp.project("P-9", "C-9")
    erp.client("C-0", isInactive=True)
    before = erp.mock.dump()
    assert error(erp.call("PUT", "salesOrder/eid:SO-1", body)) == (400, "USER_ERROR", path)
    assert erp.mock.dump() == before


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), st.integers(1, 700), st.booleans()), max_size=8))
def test_what_is_billed_of_an_order_is_the_sum_of_its_living_invoices(steps: list[tuple[int, int, bool]]) -> None:
    erp = Caller(make()).world()
    erp.put("salesOrder", "SO-1", order_body("1000", "500"))
    model = {1: 0, 2: 0}
    size = {1: 1000, 2: 500}
    for line, amount, void in steps:
        response = erp.call("POST", "salesOrder/eid:SO-1/!transform/invoice", of_order(line, str(amount)))
        fits = model[line] + amount <= size[line]
        assert (response.status == 204) == fits
        if fits and void:
            number = erp.get("invoice", created(response))["tranId"]
            assert erp.act("void_invoice", invoice=number, reason="test").status == 200
        elif fits:
            model[line] += amount
        assert billed(erp) == [(1000, model[1]), (500, model[2])]
        assert state(erp)[0] == ("fullyBilled" if model == size else "pendingBilling")


def milestones(*rows: tuple[str, str, bool], **more: Any) -> dict[str, Any]:
    items = [
        {
            "milestoneId": name,
            "milestoneAmount": Decimal(amount),
            "milestoneCompleted": done,
            "milestoneDate": "2026-02-01",
        }
        for name, amount, done in rows
    ]
    return {
        "name": "Milestones",
        "scheduleType": {"refName": "Fixed Bid, Milestone"},
        "job": {"externalId": "P-1"},
        "milestone": {"items": items},
        **more,
    }


def dates(*rows: tuple[str, str], **more: Any) -> dict[str, Any]:
    items = [{"recurrenceDate": day, "amount": Decimal(amount)} for day, amount in rows]
    body = {"name": "Retainer", "scheduleType": "3", "job": {"externalId": "P-1"}, "recurrence": {"items": items}}
    return {**body, **more}


def of_schedule(code: str, line: int | None, amount: str) -> dict[str, Any]:
    item = {"item": FIXED, "amount": Decimal(amount), "billingSchedule": {"externalId": code}, "scheduleLine": line}
    return {"item": {"items": [item]}}


def next_bill(erp: Caller, code: str = "BS-1") -> tuple[Any, Any]:
    read = erp.get("billingSchedule", f"eid:{code}")
    found = read.get("custrecord_next_bill_date"), read.get("custrecord_next_bill_amount")
    (row,) = erp.rows(
        "SELECT TO_CHAR(custrecord_next_bill_date, 'YYYY-MM-DD') d, custrecord_next_bill_amount a FROM billingschedule "
        "WHERE externalid = ?",
        code,
    )
    assert (row.get("d"), row.get("a") and Decimal(row["a"])) == found
    return found


def test_a_schedule_of_dates_bills_each_once_and_says_what_is_next(erp: Caller) -> None:
    schedule = dates(("2026-02-01", "4000"), ("2026-01-01", "4000"), ("2026-03-01", "4000"))
    erp.put("billingSchedule", "BS-1", schedule)
    assert next_bill(erp) == ("2026-01-01", 4000)
    invoice = erp.put("invoice", "I-1", invoice_body(**of_schedule("BS-1", 2, "4000")))
    assert next_bill(erp) == ("2026-02-01", 4000)
    twice = erp.call("PUT", "invoice/eid:I-2", invoice_body(**of_schedule("BS-1", 2, "4000")))
    assert error(twice) == (400, "USER_ERROR", "item.items[0].scheduleLine")
    assert "billed already" in text_of(twice)
    lines = erp.get("billingSchedule", "eid:BS-1", "expandSubResources=true")["recurrence"]["items"]
    assert [line.get("invoice", {}).get("id") for line in lines] == [None, invoice, None]
    before = erp.mock.dump()
    erp.put("billingSchedule", "BS-1", schedule)
    erp.put("invoice", "I-1", invoice_body(**of_schedule("BS-1", 2, "4000")))
    assert erp.mock.dump() == before
    change = {"recurrence": {"items": [{"line": 2, "amount": 1}]}}
    assert error(erp.patch("billingSchedule", "eid:BS-1", change))[:2] == (400, "USER_ERROR")
    assert (
        erp.patch("billingSchedule", "eid:BS-1", {"recurrence": {"items": [{"line": 1, "amount": 4500}]}}).status == 204
    )
    assert next_bill(erp) == ("2026-02-01", 4500)
    assert erp.call("DELETE", "billingSchedule/eid:BS-1").status == 400


def test_a_milestone_bills_after_it_is_completed_and_not_before(erp: Caller) -> None:
    erp.put("billingSchedule", "BS-1", milestones(("M1", "80000", False), ("M2", "20000", False)))
    assert next_bill(erp) == (None, None)
    early = erp.call("PUT", "invoice/eid:I-1", invoice_body(**of_schedule("BS-1", 1, "80000")))
    assert error(early) == (400, "USER_ERROR", "item.items[0].scheduleLine")
    assert "not completed" in text_of(early)
    done = {"milestone": {"items": [{"line": 1, "milestoneCompleted": True}]}}
    assert erp.patch("billingSchedule", "eid:BS-1", done).status == 204
    assert next_bill(erp) == ("2026-01-12", 80000)
    erp.put("invoice", "I-1", invoice_body(**of_schedule("BS-1", 1, "80000")))
    assert next_bill(erp) == (None, None)
    assert erp.rows("SELECT milestoneid m, completed c FROM billingscheduleline ORDER BY line") == [
        {"m": "M1", "c": "T"},
        {"m": "M2", "c": "F"},
    ]
    undone = {"milestone": {"items": [{"line": 1, "milestoneCompleted": False}]}}
    assert error(erp.patch("billingSchedule", "eid:BS-1", undone))[:2] == (400, "USER_ERROR")
    erp.act("void_invoice", invoice="INV-UK-0001", reason="rejected")
    assert erp.patch("billingSchedule", "eid:BS-1", undone).status == 204
    assert next_bill(erp) == (None, None)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (of_schedule("BS-1", 7, "4000"), "no such line"),
        (of_schedule("BS-1", None, "4000"), "no such line"),
        (of_schedule("BS-1", 1, "3999.99"), "The schedule bills 4000.00"),
        (of_schedule("BS-2", 1, "4000"), "another project"),
        ({"item": {"items": of_schedule("BS-1", 1, "4000")["item"]["items"] * 2}}, "twice"),
    ],
)
def test_an_invoice_line_that_does_not_fit_its_schedule_is_refused(erp: Caller, lines: Any, reason: str) -> None:
    erp.project("P-2")
    erp.put("billingSchedule", "BS-1", dates(("2026-01-01", "4000")))
    erp.put("billingSchedule", "BS-2", dates(("2026-01-01", "4000"), job={"externalId": "P-2"}))
    before = erp.mock.dump()
    response = erp.call("PUT", "invoice/eid:I-1", invoice_body(**lines))
    assert response.status == 400
    assert reason in text_of(response)
    assert erp.mock.dump() == before


@pytest.mark.parametrize(
    "body",
    [
        dates(("2026-01-01", "0")),
        dates(("2026-01-01", "1.001")),
        dates(name=None),
        dates(scheduleType=None),
        dates(recurrence={"items": [{"amount": 5}]}),
        dates(recurrence={"items": [{"recurrenceDate": "2026-01-01", "amount": 5, "line": 0}]}),
        dates(milestone={"items": [{"milestoneAmount": 5}]}),
        milestones(("M1", "5", False), scheduleType="3"),
        milestones(milestone={"items": [{"milestoneAmount": 5, "projectTask": {"externalId": "PT-2"}}]}),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(erp: Caller, body: dict[str, Any]) -> None:
    erp.project("P-2")
    erp.put("projectTask", "PT-2", {"project": {"externalId": "P-2"}, "title": "Other"})
    before = erp.mock.dump()
    assert error(erp.call("PUT", "billingSchedule/eid:BS-1", body))[:2] == (400, "USER_ERROR")
    assert erp.mock.dump() == before
