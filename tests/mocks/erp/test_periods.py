"""Periods close in order and on record, and every posting passes their gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.core.clock import ManualClock
from sandbox.core.wire import Response
from tests.mocks.erp.client import Caller, error, fixed, invoice_body, text_of
from tests.mocks.erp.test_journals import revenue
from tests.mocks.erp.test_payments import payment_body

CLOSED = "not within the date range of an open accounting period"


def refused(response: Response) -> tuple[int, str | None]:
    return response.status, response.json()["errors"][0].get("field")


def test_periods_close_in_order_and_reopen_the_latest_first(erp: Caller) -> None:
    assert refused(erp.act("close_period", period="2026-02")) == (422, "period")
    closed = erp.act("close_period", period="2026-01")
    assert closed.json()["closed"] is True
    assert refused(erp.act("close_period", period="2026-01")) == (422, "period")
    assert erp.act("close_period", period="2026-02").status == 200
    reopen = {"approver": "cfo@firm.example", "reason": "late invoice"}
    assert refused(erp.act("reopen_period", period="2026-01", **reopen)) == (422, "period")
    assert refused(erp.act("reopen_period", period="2026-03", **reopen)) == (422, "period")
    assert erp.act("reopen_period", period="2026-02", **reopen).json()["closed"] is False
    assert erp.act("reopen_period", period="2026-01", **reopen).status == 200
    log = erp.mock.store.find("periodLog", order='"_created_us", "_version"')
    assert sorted((row["action"], row["person"], row["approver"], row["reason"]) for row in log) == [
        ("close", "finance@firm.example", None, None),
        ("close", "finance@firm.example", None, None),
        ("reopen", "finance@firm.example", "cfo@firm.example", "late invoice"),
        ("reopen", "finance@firm.example", "cfo@firm.example", "late invoice"),
    ]


@pytest.mark.parametrize(
    ("action", "form", "status", "field"),
    [
        ("close_period", {"period": "January"}, 422, "period"),
        ("close_period", {"period": "2031-01"}, 404, "period"),
        ("reopen_period", {"period": "2025-12"}, 422, "approver"),
        ("reopen_period", {"period": "2025-12", "approver": "cfo", "reason": ""}, 422, "reason"),
        ("lock_period", {"period": "2025-12", "receivables": True, "everything": True}, 422, "period"),
        ("set_employee_inactive", {"employee_external_id": "W-9", "inactive": True}, 404, "employee_external_id"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_with_its_field(
    erp: Caller, action: str, form: dict[str, Any], status: int, field: str
) -> None:
    before = erp.mock.dump()
    assert refused(erp.act(action, **form)) == (status, field)
    assert erp.mock.dump() == before


def test_a_close_posts_what_is_approved_first(erp: Caller) -> None:
    erp.time("T-1")
    erp.time("T-2", tranDate="2026-02-02", custcol_posting_period="Jan 2026")
    erp.time("T-3", approvalStatus="2")
    erp.act("close_period", period="2026-01")
    assert erp.rows("SELECT externalid, posted FROM timebill ORDER BY externalid") == [
        {"externalid": "T-1", "posted": "T"},
        {"externalid": "T-2", "posted": "T"},
        {"externalid": "T-3", "posted": "F"},
    ]
    (row,) = erp.rows("SELECT BUILTIN.DF(postingperiod) p FROM transaction")
    assert row == {"p": "Jan 2026"}


def test_a_closed_period_is_shown_as_such(erp: Caller) -> None:
    erp.act("close_period", period="2026-01")
    (row,) = erp.rows(
        "SELECT closed, arlocked, alllocked, closedondate FROM accountingperiod WHERE periodname = 'Jan 2026'"
    )
    assert row == {"closed": "T", "arlocked": "T", "alllocked": "T", "closedondate": "1/12/2026"}
    items = erp.call("GET", "accountingPeriod").json()["items"]
    assert sum(erp.get("accountingPeriod", item["id"])["closed"] for item in items) == 3


Write = Callable[[Caller], Response]
WRITES: dict[str, Write] = {
    "invoice": lambda erp: erp.call("PUT", "invoice/eid:I-9", invoice_body(item=fixed("1"))),
    "payment": lambda erp: erp.call("PUT", "customerPayment/eid:B-9", payment_body("1")),
    "journal": lambda erp: erp.call("PUT", "journalEntry/eid:J-9", revenue("1")),
}


@pytest.mark.parametrize("what", ["invoice", "payment", "journal"])
@pytest.mark.parametrize("lock", ["receivables", "everything", "closed"])
def test_a_lock_stops_the_documents_it_is_for(erp: Caller, what: str, lock: str) -> None:
    if lock == "closed":
        erp.act("close_period", period="2026-01")
    else:
        locks = {"receivables": lock == "receivables", "everything": lock == "everything"}
        assert erp.act("lock_period", period="2026-01", **locks).status == 200
    before = erp.mock.dump()
    response = WRITES[what](erp)
    if lock == "receivables" and what == "journal":
        assert response.status == 204
        return
    assert error(response) == (400, "USER_ERROR", "")
    assert CLOSED in text_of(response)
    assert erp.mock.dump() == before


def test_a_reopened_period_takes_postings_again(erp: Caller) -> None:
    erp.act("close_period", period="2026-01")
    assert WRITES["journal"](erp).status == 400
    erp.act("reopen_period", period="2026-01", approver="cfo", reason="forgotten")
    assert WRITES["journal"](erp).status == 204


def test_a_lock_is_taken_off_again(erp: Caller) -> None:
    erp.act("lock_period", period="2026-01", receivables=True, everything=False)
    assert WRITES["invoice"](erp).status == 400
    erp.act("lock_period", period="2026-01", receivables=False, everything=False)
    assert WRITES["invoice"](erp).status == 204


def test_finance_sees_at_the_screen_how_a_period_stands(erp: Caller) -> None:
    assert erp.act("period_status", period="2026-01").json()["closed"] is False
    erp.act("close_period", period="2026-01")
    assert erp.act("period_status", period="2026-01").json()["closed"] is True
    assert erp.act("period_status", period="2036-01").status == 404


def test_a_soft_close_stops_feeds_and_not_accountants(erp: Caller, clock: ManualClock) -> None:
    erp.time("T-1")
    erp.put("invoice", "I-1", invoice_body(item=fixed("100")))
    closed = erp.act("soft_close_period", period="2026-01").json()
    assert (closed["soft_closed"], closed["closed"]) == (True, False)
    # What was approved before is posted by the close itself.
    assert erp.rows("SELECT posted FROM timebill") == [{"posted": "T"}]
    for record, body in (
        ("journalEntry", revenue()),
        ("invoice", invoice_body(item=fixed("5"))),
        ("customerPayment", payment_body("5", ("I-1", "5"))),
    ):
        assert CLOSED in text_of(erp.call("PUT", f"{record}/eid:X-1", body))
    (row,) = erp.rows("SELECT custrecord_soft_closed s, closed c FROM accountingperiod WHERE periodname = 'Jan 2026'")
    assert row == {"s": "T", "c": "F"}
    erp.time("T-2")
    clock.advance_to(10**9)
    erp.mock.run_due()
    (late,) = erp.rows(
        "SELECT BUILTIN.DF(t.postingperiod) p FROM transaction t JOIN transactionline l ON l.transaction = t.id "
        "WHERE l.custcol_source_id = 'T-2' AND l.id = 1"
    )
    assert late == {"p": "Feb 2026"}


def test_soft_closes_come_in_order_too_and_the_latest_shut_period_reopens_first(erp: Caller) -> None:
    assert refused(erp.act("soft_close_period", period="2026-02")) == (422, "period")
    assert erp.act("soft_close_period", period="2026-01").status == 200
    assert refused(erp.act("soft_close_period", period="2026-01")) == (422, "period")
    assert refused(erp.act("close_period", period="2026-02")) == (422, "period")
    assert erp.act("soft_close_period", period="2026-02").status == 200
    assert erp.act("close_period", period="2026-01").json()["closed"] is True
    reopen = {"approver": "cfo@firm.example", "reason": "late invoice"}
    assert refused(erp.act("reopen_period", period="2026-01", **reopen)) == (422, "period")
    assert erp.act("reopen_period", period="2026-02", **reopen).json()["soft_closed"] is False
    opened = erp.act("reopen_period", period="2026-01", **reopen).json()
    assert (opened["closed"], opened["soft_closed"]) == (False, False)
    erp.put("invoice", "I-1", invoice_body(item=fixed("100")))
