"""Expenses: recorded in a currency, handed in as a report, decided, invoiced; and the vendors they are paid to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mocks.psa.system import Psa
from sandbox.core.clock import HOUR_US, MINUTE_US, ManualClock
from tests.mocks.psa.client import (
    ADMIN,
    ANA,
    BEN,
    LEAD,
    approved_expense,
    get,
    ids,
    invoice,
    listed,
    make,
    ok,
    post,
    project,
    put,
    refuse,
    refused,
    report,
    send,
    spend,
    task,
    user_id,
)


def shown(mock: Psa, expense_id: str) -> dict[str, Any]:
    return listed(mock, "expenses", only=expense_id, from_archived_workspaces="true")[0]


def category(mock: Psa, name: str) -> str:
    return next(str(each["id"]) for each in listed(mock, "expense_categories") if each["name"] == name)


def test_an_expense_is_shown_as_the_contract_says(mock: Psa, workspace_id: str) -> None:
    story_id = task(mock, workspace_id)
    expense_id = spend(
        mock, workspace_id, story_id=story_id, notes="Rail", billable=False, taxable=False, receipt_id=77
    )
    made = shown(mock, expense_id)
    expected = {
        "workspace_id": workspace_id,
        "story_id": story_id,
        "user_id": user_id(mock, ANA),
        "date": "2026-01-12",
        "category": "Travel",
        "expense_category_id": category(mock, "Travel"),
        "vendor_id": None,
        "receipt_id": "77",
        "amount_in_cents": 12345,
        "currency": "EUR",
        "foreign_exchange_amount": None,
        "notes": "Rail",
        "is_billable": False,
        "reimbursable": True,
        "taxable": False,
        "approved": False,
        "is_invoiced": False,
        "active_submission_id": None,
        "invoice_id": None,
    }
    assert {name: made[name] for name in expected} == expected
    by_id = spend(mock, workspace_id, category=None, expense_category_id=category(mock, "Food"))
    assert shown(mock, by_id)["category"] == "Food"


def test_money_spent_abroad_is_turned_into_the_projects(mock: Psa, workspace_id: str) -> None:
    foreign = {"source_currency": "USD", "source_value": Decimal("100.05"), "rate": Decimal("0.9155")}
    made = shown(mock, spend(mock, workspace_id, amount_in_cents=None, foreign_exchange_amount=foreign))
    # 100.05 x 0.9155 = 91.595775, which is 91.60.
    assert made["amount_in_cents"] == 9160
    assert made["foreign_exchange_amount"] == {
        "source_currency": "USD",
        "source_value": Decimal("100.05"),
        "rate": Decimal("0.9155"),
        "date": "2026-01-12",
    }
    given = shown(mock, spend(mock, workspace_id, amount_in_cents=9200, foreign_exchange_amount=foreign))
    assert given["amount_in_cents"] == 9200


def test_what_is_no_expense_is_refused(mock: Psa, workspace_id: str) -> None:
    other = project(mock, LEAD, title="Other")
    good = {"workspace_id": workspace_id, "date": "2026-01-12", "category": "Travel", "amount_in_cents": 100}
    foreign = {"source_currency": "USD", "source_value": 1, "rate": 1}
    for change, field in (
        ({"workspace_id": None}, "workspace_id"),
        ({"workspace_id": 5}, "workspace_id"),
        ({"workspace_id": other}, "user_id"),
        ({"date": None}, "date"),
        ({"date": "soon"}, "date"),
        ({"category": "Yachts"}, "category"),
        ({"category": None}, "category"),
        ({"expense_category_id": 5}, "expense_category_id"),
        ({"amount_in_cents": 0}, "amount_in_cents"),
        ({"amount_in_cents": -1}, "amount_in_cents"),
        ({"amount_in_cents": None}, "amount_in_cents"),
        ({"amount_in_cents": Decimal("1.5")}, "amount_in_cents"),
        ({"story_id": task(mock, other)}, "story_id"),
        ({"vendor_id": 5}, "vendor_id"),
        ({"foreign_exchange_amount": {**foreign, "rate": 0}}, "foreign_exchange_amount"),
        ({"foreign_exchange_amount": {**foreign, "source_value": -1}}, "foreign_exchange_amount"),
        ({"foreign_exchange_amount": {**foreign, "source_currency": "dollars"}}, "foreign_exchange_amount"),
        ({"foreign_exchange_amount": {"rate": 1}}, "foreign_exchange_amount"),
    ):
        refuse(mock, "POST", "expenses", {"expense": {**good, **change}}, field, ANA)


def test_somebody_elses_expense_is_for_those_with_financial_rights(mock: Psa, workspace_id: str) -> None:
    ben = user_id(mock, BEN)
    assert shown(mock, spend(mock, workspace_id, ADMIN, user_id=ben))["user_id"] == ben
    mine = spend(mock, workspace_id, ANA, user_id=ben)
    assert shown(mock, mine)["user_id"] == user_id(mock, ANA)
    refused(send(mock, "PUT", f"expenses/{mine}", {"expense": {"notes": "x"}}, BEN), 403)
    refused(send(mock, "DELETE", f"expenses/{mine}", token=BEN), 403)
    assert put(mock, f"expenses/{mine}", {"expense": {"amount_in_cents": 1}}, LEAD)["amount_in_cents"] == 1
    assert send(mock, "DELETE", f"expenses/{mine}", token=ANA).status == 204


def test_a_report_is_approved_with_its_expenses(mock: Psa, workspace_id: str) -> None:
    mine = [spend(mock, workspace_id), spend(mock, workspace_id, date="2026-01-20", amount_in_cents=55)]
    report_id = report(mock, workspace_id, mine)
    sheet = listed(mock, "expense_report_submissions", statuses="new")[0]
    expected = {
        "id": report_id,
        "type": "ExpenseReportSubmission",
        "status": "pending",
        "start_date": "2026-01-11",
        "end_date": "2026-01-24",
        "line_item_total_in_cents": 12400,
        "line_item_total_formatted": "€124.00",
        "currency": "EUR",
    }
    assert {name: sheet[name] for name in expected} == expected
    refuse(mock, "PUT", f"expenses/{mine[0]}", {"expense": {"notes": "x"}}, "base", ANA)
    refuse(mock, "PUT", f"expense_report_submissions/{report_id}/approve", None, "base", ANA)
    decided = put(mock, f"expense_report_submissions/{report_id}/approve", token=LEAD)
    assert decided["status"] == "approved"
    assert get(mock, "expenses", approved="true")["count"] == 2
    assert ids(get(mock, "expenses", with_expense_report_id=report_id, order="date:asc")) == mine
    put(mock, f"expense_report_submissions/{report_id}/reject", {"resolution": {"description": "receipt"}}, LEAD)
    assert [shown(mock, each)["approved"] for each in mine] == [False, False]
    assert shown(mock, mine[0])["active_submission_id"] is None
    assert shown(mock, mine[0])["recent_submission_id"] == report_id
    assert report(mock, workspace_id, mine) != report_id


def test_several_reports_are_decided_at_once_or_none(mock: Psa, workspace_id: str) -> None:
    first = report(mock, workspace_id, [spend(mock, workspace_id)])
    second = report(mock, workspace_id, [spend(mock, workspace_id, BEN)], BEN)
    body = {"resolution": {"submission_ids": [first, 5]}}
    refuse(mock, "POST", "expense_report_approvals", body, "submission_ids", LEAD)
    refused(send(mock, "POST", "expense_report_approvals", {"resolution": {"submission_ids": [first]}}, BEN), 403)
    body = {"resolution": {"submission_ids": [first, second]}}
    done = listed_(ok(send(mock, "POST", "expense_report_approvals", body, LEAD)))
    assert {(each["type"], each["target_type"]) for each in done} == {("approval", "ExpenseReportSubmission")}
    done = listed_(ok(send(mock, "POST", "expense_report_cancellations", body, LEAD)))
    assert {each["type"] for each in done} == {"cancellation"}


def listed_(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [content["resolutions"][each["id"]] for each in content["results"]]


def test_a_report_takes_only_ones_own_open_expenses_of_the_project(mock: Psa, workspace_id: str) -> None:
    other = project(mock, ANA, title="Other")
    mine, handed_in = spend(mock, workspace_id), spend(mock, workspace_id)
    report(mock, workspace_id, [handed_in])
    for line_ids in ([], [mine, "5"], [mine, handed_in], [mine, spend(mock, other)], [spend(mock, workspace_id, BEN)]):
        body = {"workspace_id": workspace_id, "title": "Trip", "line_item_ids": line_ids}
        refuse(mock, "POST", "expense_report_submissions", {"expense_report_submission": body}, "line_item_ids", ANA)


def test_a_project_without_expense_approvals_takes_expenses_as_approved(mock: Psa) -> None:
    workspace_id = project(mock, ANA, require_expense_approvals=False)
    expense_id = spend(mock, workspace_id)
    assert shown(mock, expense_id)["approved"] is True
    body = {"workspace_id": workspace_id, "title": "Trip", "line_item_ids": [expense_id]}
    refuse(mock, "POST", "expense_report_submissions", {"expense_report_submission": body}, "workspace_id", ANA)


def test_approved_expenses_are_invoiced_and_come_free_again(mock: Psa, workspace_id: str) -> None:
    good, free = approved_expense(mock, workspace_id), approved_expense(mock, workspace_id, billable=False)
    for expense_ids in ([free], [spend(mock, workspace_id)], [good, "5"]):
        body = {"workspace_id": workspace_id, "payment_schedule": 30, "expense_ids": expense_ids}
        refuse(mock, "POST", "invoices", {"invoice": body}, "expense_ids")
    made = invoice(mock, workspace_id, [], expense_ids=[good], tax_rate=19)
    # 19 % of 123.45 are 23.4555.
    assert (made["subtotal_in_cents"], made["tax_amount_in_cents"]) == (12345, 2346)
    assert ids(get(mock, "expenses", in_active_invoice_id=made["id"])) == [good]
    assert get(mock, "expenses", uninvoiced="1")["count"] == 2
    content = get(mock, f"invoices/{made['id']}", include="expenses")
    assert content["invoices"][made["id"]]["expense_ids"] == [good]
    sheet = shown(mock, good)["active_submission_id"]
    refuse(mock, "PUT", f"expense_report_submissions/{sheet}/reject", None, "base", LEAD)
    put(mock, f"invoices/{made['id']}/cancel")
    assert shown(mock, good)["is_invoiced"] is False


def test_subcontractors_are_paid_as_vendors(mock: Psa, workspace_id: str) -> None:
    vendor = post(mock, "vendors", {"vendor": {"name": "Boost Ltd"}})
    refuse(mock, "POST", "vendors", {"vendor": {"name": "Boost Ltd"}}, "name")
    refused(send(mock, "POST", "vendors", {"vendor": {"name": "Other"}}, LEAD), 403)
    assert put(mock, f"vendors/{vendor['id']}", {"vendor": {"name": "Boost GmbH"}})["name"] == "Boost GmbH"
    expense_id = spend(mock, workspace_id, vendor_id=vendor["id"])
    assert shown(mock, expense_id)["reimbursable"] is False
    content = get(mock, "expenses", vendor_id=vendor["id"], include="vendor")
    assert content["vendors"][vendor["id"]]["name"] == "Boost GmbH"


def test_expenses_and_reports_are_news(mock: Psa, clock: ManualClock, workspace_id: str) -> None:
    clock.advance_to(HOUR_US)
    expense_id = spend(mock, workspace_id)
    report_id = report(mock, workspace_id, [expense_id])
    put(mock, f"expense_report_submissions/{report_id}/approve", token=LEAD)
    clock.advance_to(clock.now_us() + MINUTE_US)
    events = listed(mock, "subscribed_events", created_after="2026-01-12T01:00:00Z", per_page=200)
    assert sorted((each["event_type"], each["subject_id"]) for each in events) == sorted(
        [
            ("expense:created", int(expense_id)),
            ("expense_report:created", int(report_id)),
            ("expense_report:expense_added", int(report_id)),
            ("expense_report:updated", int(report_id)),
            ("expense:updated", int(expense_id)),
        ]
    )


class ExpenseLife(RuleBasedStateMachine):
    """One expense against a model of one word: open, pending, approved, invoiced."""

    @initialize()
    def start(self) -> None:
        self.mock = make()
        self.workspace_id = project(self.mock, ANA)
        self.expense_id = spend(self.mock, self.workspace_id)
        self.state, self.report_id, self.invoice_id = "open", "", ""

    @rule()
    def hand_in(self) -> None:
        body = {"workspace_id": self.workspace_id, "title": "Trip", "line_item_ids": [self.expense_id]}
        answer = send(self.mock, "POST", "expense_report_submissions", {"expense_report_submission": body}, ANA)
        assert answer.ok == (self.state == "open")
        if answer.ok:
            self.state, self.report_id = "pending", answer.json()["results"][0]["id"]

    @rule(verb=st.sampled_from(["approve", "reject", "cancel"]))
    def decide(self, verb: str) -> None:
        if not self.report_id:
            return
        answer = send(self.mock, "PUT", f"expense_report_submissions/{self.report_id}/{verb}", token=LEAD)
        allowed = self.state == "pending" or (self.state == "approved" and verb != "approve")
        assert answer.ok == allowed
        if allowed:
            self.state = "approved" if verb == "approve" else "open"

    @rule()
    def edit(self) -> None:
        answer = send(self.mock, "PUT", f"expenses/{self.expense_id}", {"expense": {"notes": "x"}}, ANA)
        assert answer.ok == (self.state == "open")

    @rule()
    def bill(self) -> None:
        body = {"workspace_id": self.workspace_id, "payment_schedule": 30, "expense_ids": [self.expense_id]}
        answer = send(self.mock, "POST", "invoices", {"invoice": body})
        assert answer.ok == (self.state == "approved")
        if answer.ok:
            self.state, self.invoice_id = "invoiced", answer.json()["results"][0]["id"]

    @rule()
    def void(self) -> None:
        if self.state == "invoiced":
            assert send(self.mock, "PUT", f"invoices/{self.invoice_id}/cancel").ok
            self.state = "approved"

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "mock"):
            return
        row = shown(self.mock, self.expense_id)
        assert row["approved"] == (self.state in ("approved", "invoiced"))
        assert row["is_invoiced"] == (self.state == "invoiced")
        assert (row["active_submission_id"] is None) == (self.state == "open")


TestExpenseLife = ExpenseLife.TestCase
TestExpenseLife.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
