"""An expense report is submitted, decided and posted once; its billable lines go on one invoice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import ManualClock
from tests.mocks.erp.client import Caller, error, invoice_body, text_of
from tests.mocks.erp.whole import sides, whole


@pytest.fixture
def firm(clock: ManualClock) -> Caller:
    return whole(clock)


def line(amount: str, tax: str = "0", **more: Any) -> dict[str, Any]:
    return {"category": {"externalId": "TRAVEL"}, "amount": Decimal(amount), "tax1Amt": Decimal(tax), **more}


BILLABLE: dict[str, Any] = {
    "customer": {"externalId": "P-1"},
    "isBillable": True,
    "custcol_contract_line": "CL-1",
    "memo": "train",
}


def report_body(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    items = list(lines) or [line("100", "20", **BILLABLE, custcol_source_id="E-1"), line("30")]
    body = {"entity": {"externalId": "W-1"}, "tranDate": "2026-01-20", "expense": {"items": items}}
    return {**body, **more}


APPROVED = {"approvalStatus": "2"}


def test_an_approved_report_is_project_expense_own_expense_and_tax(firm: Caller) -> None:
    report = firm.put("expenseReport", "ER-1", report_body(**APPROVED))
    # 100 rebillable + 30 not, 20 recoverable tax: 150 owed to the employee.
    assert sides(firm, report) == [("2020", "-150.00"), ("5020", "100.00"), ("6400", "30.00"), ("1150", "20.00")]
    read = firm.get("expenseReport", report, "expandSubResources=true")
    assert (read["amount"], read["taxTotal"], read["total"], read["complete"]) == (130, 20, 150, True)
    assert read["expensereportcurrency"]["refName"] == "GBP"
    first = read["expense"]["items"][0]
    assert (first["grossAmt"], first["isBillable"], first["expensedate"]) == (120, True, "2026-01-20")
    (row,) = firm.rows(
        "SELECT custcol_source_line s, custcol_contract_line c, BUILTIN.DF(custcol_employee) e, memo m, "
        "BUILTIN.DF(custcol_engagement) p FROM transactionline WHERE transaction = ? AND id = 1",
        report,
    )
    assert row == {"s": "E-1", "c": "CL-1", "e": "Ada Byron", "m": "train", "p": "PRJ-P-1 Project P-1"}
    before = firm.mock.dump()
    firm.put("expenseReport", "ER-1", report_body(**APPROVED))
    assert firm.mock.dump() == before


def test_a_report_is_submitted_rejected_submitted_again_and_approved_and_only_then_posted(firm: Caller) -> None:
    report = firm.put("expenseReport", "ER-1", report_body(approvalStatus="11"))
    assert firm.get("expenseReport", report)["complete"] is False
    for state in ("1", "3", "1", "2"):
        assert sides(firm, report) == []
        assert firm.patch("expenseReport", report, {"approvalStatus": state}).status == 204
    assert sides(firm, report)[0] == ("2020", "-150.00")
    (row,) = firm.rows("SELECT type, BUILTIN.DF(type) t, status s, posting p FROM transaction WHERE id = ?", report)
    assert row == {"type": "ExpRept", "t": "Expense Report", "s": "F", "p": "T"}


@pytest.mark.parametrize(("now", "then"), [("11", "2"), ("11", "3"), ("3", "2"), ("2", "1"), ("2", "3"), ("2", "11")])
def test_no_step_is_skipped_or_taken_back(firm: Caller, now: str, then: str) -> None:
    report = firm.put("expenseReport", "ER-1", report_body(approvalStatus="1" if now == "3" else now))
    if now == "3":
        firm.patch("expenseReport", report, {"approvalStatus": "3"})
    before = firm.mock.dump()
    assert error(firm.patch("expenseReport", report, {"approvalStatus": then})) == (400, "USER_ERROR", "approvalStatus")
    assert firm.mock.dump() == before


def test_a_person_decides_at_the_screen(firm: Caller) -> None:
    firm.put("expenseReport", "ER-1", report_body())
    assert firm.act("decide_expense_report", report="ER-9", approve=True).status == 404
    assert firm.act("decide_expense_report", report="ER-1", approve=False).status == 422
    rejected = firm.act("decide_expense_report", report="ER-1", approve=False, note="no receipt")
    assert rejected.json()["approval_status"] == "3"
    assert firm.get("expenseReport", "eid:ER-1")["rejectionNote"] == "no receipt"
    firm.patch("expenseReport", "eid:ER-1", {"approvalStatus": "1"})
    done = firm.act("decide_expense_report", report="ER-1", approve=True)
    assert (done.status, done.json()["total"]) == (200, "150.00")
    assert firm.act("decide_expense_report", report="ER-1", approve=False, note="late").status == 400


def test_lines_change_until_approval_and_are_final_then(firm: Caller) -> None:
    report = firm.put("expenseReport", "ER-1", report_body())
    changed = {"expense": {"items": [{"line": 2, "amount": 40}, line("5")]}}
    assert firm.patch("expenseReport", report, changed).status == 204
    assert firm.get("expenseReport", report)["total"] == 165
    firm.patch("expenseReport", report, APPROVED)
    assert error(firm.patch("expenseReport", report, {"expense": {"items": [{"line": 2, "amount": 41}]}})) == (
        400,
        "USER_ERROR",
        "expense",
    )
    assert error(firm.patch("expenseReport", report, {"tranDate": "2026-01-21"})) == (400, "USER_ERROR", "tranDate")
    assert firm.patch("expenseReport", report, {"memo": "January"}).status == 204
    assert error(firm.call("DELETE", f"expenseReport/{report}"))[:2] == (400, "USER_ERROR")
    other = firm.put("expenseReport", "ER-2", report_body())
    assert firm.call("DELETE", f"expenseReport/{other}").status == 204


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (report_body(entity=None), "", "Employee"),
        (report_body(expense={"items": []}), "expense", "at least one line"),
        (report_body(line("0")), "expense.items[0].amount", ""),
        (report_body(line("-5")), "expense", "positive"),
        (report_body(line("5", "-1")), "expense.items[0].tax1Amt", ""),
        (report_body(line("5.001")), "expense.items[0].amount", "decimals"),
        (report_body(line("5", category=None)), "", "Category"),
        (report_body(line("5", isBillable=True)), "expense.items[0]", "needs a project"),
        (report_body(line("5", currency="USD")), "expense.items[0].currency", "not the document's"),
        (report_body(line("5", expensedate="2024-04-30")), "expense.items[0].expensedate", "not employed"),
        (report_body(line("5", customer={"externalId": "P-X"})), "expense.items[0]", "does not allow expenses"),
        (report_body(line("5", customer={"externalId": "P-C"})), "expense.items[0]", "closed"),
        (report_body(approvalStatus="3"), "approvalStatus", "not submitted"),
        (report_body(**APPROVED, tranDate="2025-12-20"), "", "open accounting period"),
    ],
)
def test_a_report_that_cannot_be_is_refused_and_nothing_is_stored(
    firm: Caller, body: dict[str, Any], path: str, reason: str
) -> None:
    firm.project("P-X", allowExpenses=False)
    firm.project("P-C", entityStatus="1")
    before = firm.mock.dump()
    response = firm.call("PUT", "expenseReport/eid:ER-1", body)
    assert error(response) == (400, "USER_ERROR", path)
    assert reason in text_of(response)
    assert firm.mock.dump() == before


def test_an_inactive_employee_reports_nothing(firm: Caller) -> None:
    firm.act("set_employee_inactive", employee_external_id="W-1", inactive=True)
    assert error(firm.call("PUT", "expenseReport/eid:ER-1", report_body())) == (400, "USER_ERROR", "entity")


def test_a_payables_lock_stops_reports_and_not_invoices(firm: Caller) -> None:
    firm.act("lock_period", period="2026-01", receivables=False, everything=False, payables=True)
    assert "open accounting period" in text_of(firm.call("PUT", "expenseReport/eid:ER-1", report_body(**APPROVED)))
    firm.time()
    firm.put("invoice", "I-1", invoice_body("T-1"))


def cost(report: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"apply": True, "doc": {"externalId": report}, "docLine": number, **more}


def test_a_billable_expense_goes_on_one_invoice_at_cost_or_with_a_margin(firm: Caller) -> None:
    firm.put("expenseReport", "ER-1", report_body(line("100", **BILLABLE), line("30", **BILLABLE), **APPROVED))
    firm.time()
    costs = {"items": [cost("ER-1"), cost("ER-1", 2, amount=33)]}
    invoice = firm.put("invoice", "I-1", invoice_body("T-1", expCost=costs))
    # Time 375 + expenses 100 and 33; tax 508 x 0.2 = 101.60.
    assert sides(firm, invoice) == [
        ("1100", "609.60"),
        ("2100", "-375.00"),
        ("2100", "-100.00"),
        ("2100", "-33.00"),
        ("2300", "-101.60"),
    ]
    read = firm.get("invoice", invoice, "expandSubResources=true")["expCost"]["items"]
    report = firm.get("expenseReport", "eid:ER-1")
    assert [(each["doc"]["refName"], each["docLine"], each["amount"]) for each in read] == [
        (report["tranId"], 1, 100),
        (report["tranId"], 2, 33),
    ]
    before = firm.mock.dump()
    firm.put("invoice", "I-1", invoice_body("T-1", expCost=costs))
    assert firm.mock.dump() == before
    again = firm.call("PUT", "invoice/eid:I-2", invoice_body(expCost={"items": [cost("ER-1")]}))
    assert error(again) == (400, "USER_ERROR", "expCost.items[0].doc")
    assert "billed already" in text_of(again)
    firm.act("void_invoice", invoice="INV-UK-0001", reason="wrong")
    firm.put("invoice", "I-2", invoice_body(expCost={"items": [cost("ER-1")]}))
    assert firm.rows("SELECT COUNT(*) n FROM expenseline WHERE invoice IS NULL") == [{"n": "1"}]


def test_a_pending_invoice_lets_an_expense_go_again(firm: Caller) -> None:
    firm.put("expenseReport", "ER-1", report_body(line("100", **BILLABLE), line("30", **BILLABLE), **APPROVED))
    costs = {"items": [cost("ER-1"), cost("ER-1", 2)]}
    invoice = firm.put("invoice", "I-1", invoice_body(expCost=costs, approvalStatus="1"))
    firm.patch("invoice", invoice, {"expCost": {"items": [{**cost("ER-1"), "apply": False}]}})
    assert firm.get("invoice", invoice)["subtotal"] == 30
    assert firm.rows("SELECT line FROM expenseline WHERE invoice IS NULL") == [{"line": "1"}]
    firm.patch("invoice", invoice, {"approvalStatus": "2"})
    assert sides(firm, invoice) == [("1100", "36.00"), ("2100", "-30.00"), ("2300", "-6.00")]


@pytest.mark.parametrize(
    ("costs", "path", "reason"),
    [
        ([cost("ER-9")], "expCost.items[0].doc", ""),
        ([{"apply": True}], "expCost.items[0].doc", ""),
        ([cost("ER-1", 7)], "expCost.items[0].docLine", "no such line"),
        ([cost("ER-1", 2)], "expCost.items[0].doc", "not billable"),
        ([cost("ER-2")], "expCost.items[0].doc", "not approved"),
        ([cost("ER-3")], "expCost.items[0].doc", "another project"),
        ([cost("ER-1"), cost("ER-1")], "time", "twice"),
        ([cost("ER-1", amount=Decimal("1.001"))], "expCost.items[0].amount", "decimals"),
    ],
)
def test_an_expense_that_cannot_be_billed_is_refused(
    firm: Caller, costs: list[dict[str, Any]], path: str, reason: str
) -> None:
    firm.project("P-2")
    other = {**BILLABLE, "customer": {"externalId": "P-2"}}
    firm.put(
        "expenseReport",
        "ER-1",
        report_body(line("9", **BILLABLE), line("9", customer={"externalId": "P-1"}), **APPROVED),
    )
    firm.put("expenseReport", "ER-2", report_body(line("9", **BILLABLE)))
    firm.put("expenseReport", "ER-3", report_body(line("9", **other), **APPROVED))
    before = firm.mock.dump()
    response = firm.call("PUT", "invoice/eid:I-1", invoice_body(expCost={"items": costs}))
    assert error(response) == (400, "USER_ERROR", path)
    assert reason in text_of(response)
    assert firm.mock.dump() == before
