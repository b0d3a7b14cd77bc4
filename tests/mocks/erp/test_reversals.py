"""A journal may take itself back on a later day, and one made by hand says who made it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US, ManualClock
from tests.mocks.erp.client import Caller, error, text_of
from tests.mocks.erp.test_journals import journal, line, revenue
from tests.mocks.erp.whole import sides, whole


@pytest.fixture
def firm(clock: ManualClock) -> Caller:
    return whole(clock)


FIRST_OF_FEBRUARY = 20 * DAY_US  # the clock starts on 12 January
PAIRS = "SELECT t.tranid n, t.trandate d, BUILTIN.DF(t.postingperiod) p, t.reversal r, t.poster b, t.memo m \
FROM transaction t WHERE t.type = 'Journal' ORDER BY t.trandate"


def accrual(**more: Any) -> dict[str, Any]:
    lines = (line("5010", "debit", "80000", memo="June, subcontractor"), line("2010", "credit", "80000"))
    return journal(*lines, reversalDate="2026-02-01", **more)


def test_a_reversal_is_made_at_once_and_dated_ahead(firm: Caller) -> None:
    entry = firm.put("journalEntry", "J-1", accrual(memo="accrual"))
    read = firm.get("journalEntry", entry)
    reversal = read["reversalEntry"]["id"]
    assert sides(firm, reversal) == [("5010", "-80000.00"), ("2010", "80000.00")]
    other = firm.get("journalEntry", reversal)
    assert (other["reversalEntry"]["id"], other["tranDate"], other["memo"]) == (
        entry,
        "2026-02-01",
        f"Reversal of {read['tranId']}",
    )
    assert [(row["d"], row["p"], row["r"]) for row in firm.rows(PAIRS)] == [
        ("1/31/2026", "Jan 2026", reversal),
        ("2/1/2026", "Feb 2026", entry),
    ]
    before = firm.mock.dump()
    firm.put("journalEntry", "J-1", accrual(memo="accrual"))
    assert firm.mock.dump() == before


def test_a_deferred_reversal_is_made_on_its_day(firm: Caller, clock: ManualClock) -> None:
    entry = firm.put("journalEntry", "J-1", accrual(reversalDefer=True))
    assert "reversalEntry" not in firm.get("journalEntry", entry)
    firm.put("journalEntry", "J-1", accrual(reversalDefer=True))
    assert firm.mock.next_due_us() == FIRST_OF_FEBRUARY
    clock.advance_to(FIRST_OF_FEBRUARY)
    assert firm.mock.run_due() == 1
    reversal = firm.get("journalEntry", entry)["reversalEntry"]["id"]
    assert sides(firm, reversal) == [("5010", "-80000.00"), ("2010", "80000.00")]
    assert firm.mock.next_due_us() is None


def test_a_deferred_reversal_goes_to_the_first_open_period(firm: Caller, clock: ManualClock) -> None:
    firm.put("journalEntry", "J-1", accrual(reversalDefer=True))
    firm.act("soft_close_period", period="2026-01")
    firm.act("soft_close_period", period="2026-02")
    clock.advance_to(FIRST_OF_FEBRUARY)
    firm.mock.run_due()
    assert [(row["d"], row["p"]) for row in firm.rows(PAIRS)] == [
        ("1/31/2026", "Jan 2026"),
        ("2/1/2026", "Mar 2026"),
    ]


def test_a_reversal_waits_while_no_period_is_open(firm: Caller, clock: ManualClock) -> None:
    firm.put("journalEntry", "J-1", accrual(reversalDefer=True))
    for period in ("2026-01", "2026-02", "2026-03", "2026-04"):
        firm.act("soft_close_period", period=period)
    clock.advance_to(FIRST_OF_FEBRUARY)
    firm.mock.run_due()
    assert firm.mock.next_due_us() == FIRST_OF_FEBRUARY + DAY_US
    firm.act("reopen_period", period="2026-04", approver="cfo", reason="accruals")
    clock.advance_to(FIRST_OF_FEBRUARY + DAY_US)
    firm.mock.run_due()
    assert firm.rows(PAIRS)[1]["p"] == "Apr 2026"


def test_a_draft_is_reversed_only_once_it_is_approved(firm: Caller) -> None:
    entry = firm.put("journalEntry", "J-1", accrual(approved=False))
    assert len(firm.rows(PAIRS)) == 1
    firm.patch("journalEntry", entry, {"approved": True})
    assert len(firm.rows(PAIRS)) == 2


@pytest.mark.parametrize(
    ("more", "path", "reason"),
    [
        ({"reversalDate": "2026-01-30"}, "reversalDate", "before the date of the journal"),
        ({"reversalDate": "2026-07-01"}, "", "open accounting period"),
    ],
)
def test_a_reversal_that_cannot_be_is_refused_and_nothing_is_stored(
    firm: Caller, more: dict[str, Any], path: str, reason: str
) -> None:
    before = firm.mock.dump()
    response = firm.call("PUT", "journalEntry/eid:J-1", {**accrual(), **more})
    assert error(response) == (400, "USER_ERROR", path)
    assert reason in text_of(response)
    assert firm.mock.dump() == before


MANUAL = {
    "subsidiary": "UK",
    "date": "2026-01-31",
    "memo": "loss on PRJ-P-1",
    "lines": [
        {"account": "5030", "debit": "12500.00", "engagement": "PRJ-P-1", "contract_line": "CL-1"},
        {"account": "2120", "credit": "12500.00", "engagement": "PRJ-P-1"},
    ],
}


def test_a_manual_journal_says_so_and_who_prepared_it_also_in_a_soft_closed_period(firm: Caller) -> None:
    firm.act("soft_close_period", period="2026-01")
    assert "open accounting period" in text_of(firm.call("PUT", "journalEntry/eid:J-1", revenue()))
    done = firm.act("post_journal", **MANUAL, reversal_date="2026-02-01")
    assert (done.status, done.json()["preparer"]) == (200, "finance@firm.example")
    assert sides(firm, done.json()["id"]) == [("5030", "12500.00"), ("2120", "-12500.00")]
    rows = firm.rows("SELECT poster b, custbody_preparer p, reversaldate r FROM transaction ORDER BY trandate")
    assert rows == [
        {"b": "manual", "p": "finance@firm.example", "r": "2/1/2026"},
        {"b": "manual", "p": "finance@firm.example"},
    ]
    posters = firm.rows("SELECT DISTINCT custcol_poster b FROM transactionline")
    assert posters == [{"b": "manual"}]


def test_a_prepared_journal_is_posted_by_whoever_approves_it_at_the_screen_once(firm: Caller) -> None:
    entry = firm.put("journalEntry", "J-1", accrual(approved=False))
    number = firm.get("journalEntry", entry)["tranId"]
    assert firm.act("journals", external_id="J-1").json() == [{"id": entry, "tran_id": number, "approved": False}]
    assert firm.act("journals", external_id="J-2").json() == []
    firm.act("soft_close_period", period="2026-01")
    done = firm.act("approve_journal", journal=number)
    assert (done.status, done.json()["preparer"]) == (200, "finance@firm.example")
    assert sides(firm, entry) == [("5010", "80000.00"), ("2010", "-80000.00")]
    rows = firm.rows(PAIRS)
    assert [(row["d"], row["b"]) for row in rows] == [("1/31/2026", "manual"), ("2/1/2026", "manual")]
    before = firm.mock.dump()
    assert firm.act("approve_journal", journal=number).json() == done.json()
    assert firm.mock.dump() == before
    assert firm.act("approve_journal", journal="nothing").status == 404


def test_what_an_account_carries_for_a_project_is_shown_at_the_screen(firm: Caller) -> None:
    empty = firm.act("account_balance", account="2120", engagement="PRJ-P-1")
    firm.act("post_journal", **MANUAL)
    after = firm.act("account_balance", account="2120", engagement="PRJ-P-1")
    assert (empty.json()["balance"], after.json()["balance"]) == ("0.00", "-12500.00")
    assert firm.act("account_balance", account="9999", engagement="PRJ-P-1").status == 404
    assert firm.act("account_balance", account="2120", engagement="nothing").status == 404


def test_a_journal_of_a_feed_is_not_manual_whatever_it_says(firm: Caller) -> None:
    entry = firm.put("journalEntry", "J-1", revenue(custbody_poster="manual", custbody_preparer="me"))
    read = firm.get("journalEntry", entry)
    assert read["custbody_poster"] == "journal"
    assert "custbody_preparer" not in read


@pytest.mark.parametrize(
    "form",
    [
        {**MANUAL, "memo": ""},
        {**MANUAL, "lines": MANUAL["lines"][:1]},
        {**MANUAL, "lines": [{"account": "5030", "debit": "1"}, {"account": "2120", "credit": "2"}]},
        {**MANUAL, "lines": [{"account": "9999", "debit": "1"}, {"account": "2120", "credit": "1"}]},
        {**MANUAL, "lines": [{"account": "5030", "debit": "1e99"}, {"account": "2120", "credit": "1e99"}]},
        {**MANUAL, "subsidiary": "XX"},
        {**MANUAL, "date": "2025-12-31"},
        {**MANUAL, "engagement": "PRJ-P-1"},
    ],
)
def test_a_manual_journal_passes_the_same_rules(firm: Caller, form: dict[str, Any]) -> None:
    before = firm.mock.dump()
    assert firm.act("post_journal", **form).status in (400, 422)
    assert firm.mock.dump() == before


def test_a_journal_line_may_be_about_a_vendor(firm: Caller) -> None:
    vendor = firm.put("vendor", "V-1", {"companyName": "V", "subsidiary": {"externalId": "UK"}})
    entry = firm.put(
        "journalEntry",
        "J-1",
        journal(line("5010", "debit", "5", entity={"id": vendor}), line("2010", "credit", "5")),
    )
    assert firm.rows("SELECT entity FROM transactionline WHERE transaction = ? AND id = 1", entry) == [
        {"entity": vendor}
    ]
