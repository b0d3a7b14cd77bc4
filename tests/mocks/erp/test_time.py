"""Time is booked by who may, locked by its approval, and costed once in the first open period."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.erp.rules_time import post_time
from sandbox.core.clock import DAY_US, MINUTE_US, ManualClock
from sandbox.core.periods import Period
from tests.mocks.erp.client import EPOCH, Caller, error, fixed, invoice_body, make, text_of, time_body

COST = "SELECT a.acctnumber, SUM(t.debit) debit, SUM(t.credit) credit FROM transactionaccountingline t \
JOIN account a ON a.id = t.account GROUP BY a.acctnumber ORDER BY a.acctnumber"


def refused(erp: Caller, **more: Any) -> tuple[int, str, str]:
    before = erp.mock.dump()
    response = erp.call("PUT", "timeBill/eid:T-1", time_body(**more))
    assert erp.mock.dump() == before
    return error(response)


@pytest.mark.parametrize("hours", ["0:00", "24:01", "7:60", "7.5", "-1:00", "7", "", 7, "7:5"])
def test_hours_are_a_duration_of_at_most_a_day(erp: Caller, hours: Any) -> None:
    assert refused(erp, hours=hours) == (400, "USER_ERROR", "hours")


@pytest.mark.parametrize("hours", ["0:01", "24:00", "07:30"])
def test_hours_are_kept_to_the_minute(erp: Caller, hours: str) -> None:
    erp.time(hours=hours)
    shown = erp.get("timeBill", "eid:T-1")["hours"]
    assert shown == {"0:01": "0:01", "24:00": "24:00", "07:30": "7:30"}[hours]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"tranDate": "2024-04-30"}, "tranDate"),
        ({"item": {"externalId": "SVC-NONE"}}, "item"),
        ({"item": {"externalId": "FIXED"}}, "item"),
        ({"item": {"externalId": "SVC-PART"}, "tranDate": "2026-01-14"}, "item"),
        ({"customer": {"externalId": "P-9"}}, "customer"),
        ({"employee": {"externalId": "W-9"}}, "employee"),
        ({"rate": -1}, "rate"),
        ({"timeType": "X"}, "timeType"),
        ({"custcol_posting_period": "Jan 2031"}, "custcol_posting_period"),
    ],
)
def test_time_that_cannot_be_is_refused_with_the_field(erp: Caller, more: dict[str, Any], path: str) -> None:
    assert refused(erp, **more) == (400, "USER_ERROR", path)


def test_time_is_booked_on_a_project_not_on_its_client(erp: Caller) -> None:
    client = erp.client()
    assert refused(erp, customer={"id": client}) == (400, "USER_ERROR", "customer")


def test_approved_time_needs_an_item_and_open_time_does_not(erp: Caller) -> None:
    assert refused(erp, item=...) == (400, "USER_ERROR", "")
    erp.time(item=..., approvalStatus="1")
    assert error(erp.patch("timeBill", "eid:T-1", {"approvalStatus": "3"})) == (400, "USER_ERROR", "")


def test_an_inactive_employee_books_no_more_but_stays_in_what_was_booked(erp: Caller) -> None:
    erp.time()
    assert erp.act("set_employee_inactive", employee_external_id="W-1", inactive=True).status == 200
    assert error(erp.call("PUT", "timeBill/eid:T-2", time_body())) == (400, "USER_ERROR", "employee")
    before = erp.mock.dump()
    erp.time()
    assert erp.mock.dump() == before
    erp.act("set_employee_inactive", employee_external_id="W-1", inactive=False)
    erp.time("T-2")


def test_a_released_employee_books_up_to_the_last_day(erp: Caller) -> None:
    erp.patch("employee", "eid:W-1", {"releasedate": "2026-01-13"})
    erp.time()
    assert refused_date(erp, "2026-01-14") == (400, "USER_ERROR", "tranDate")


def refused_date(erp: Caller, day: str) -> tuple[int, str, str]:
    return error(erp.call("PUT", "timeBill/eid:T-2", time_body(tranDate=day)))


@pytest.mark.parametrize(("change", "word"), [({"isInactive": True}, "inactive"), ({"allowTime": False}, "time")])
def test_a_project_that_takes_no_time_refuses_it_as_an_invalid_field_value(
    erp: Caller, change: dict[str, bool], word: str
) -> None:
    erp.patch("job", "eid:P-1", change)
    response = erp.call("PUT", "timeBill/eid:T-1", time_body())
    assert error(response) == (400, "USER_ERROR", "customer")
    assert "Invalid Field Value" in text_of(response)
    assert word in text_of(response)


def test_open_time_changes_freely_and_approved_time_only_softly(erp: Caller) -> None:
    erp.time(approvalStatus="1")
    assert erp.patch("timeBill", "eid:T-1", {"hours": "3:00", "approvalStatus": "3"}).status == 204
    for change in ({"hours": "4:00"}, {"rate": 1}, {"approvalStatus": "1"}, {"custcol_contract_line": "CL-9"}):
        response = erp.patch("timeBill", "eid:T-1", change)
        assert error(response) == (400, "USER_ERROR", next(iter(change)))
        assert "this record is approved" in text_of(response)
    assert erp.patch("timeBill", "eid:T-1", {"memo": "checked", "isBillable": False}).status == 204
    assert erp.get("timeBill", "eid:T-1")["memo"] == "checked"


def test_billed_time_does_not_change_at_all(erp: Caller) -> None:
    erp.time()
    erp.put("invoice", "I-1", invoice_body("T-1"))
    response = erp.patch("timeBill", "eid:T-1", {"memo": "late"})
    assert error(response) == (400, "USER_ERROR", "memo")
    assert "this record is billed" in text_of(response)
    before = erp.mock.dump()
    erp.time()
    assert erp.mock.dump() == before


def test_time_is_deleted_until_it_is_posted_or_billed(erp: Caller, clock: ManualClock) -> None:
    erp.time("T-1")
    erp.time("T-2")
    erp.time("T-3")
    assert erp.call("DELETE", "timeBill/eid:T-1").status == 204
    erp.put("invoice", "I-1", invoice_body("T-2"))
    assert error(erp.call("DELETE", "timeBill/eid:T-2"))[:2] == (400, "USER_ERROR")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert error(erp.call("DELETE", "timeBill/eid:T-3"))[:2] == (400, "USER_ERROR")


def test_approvals_plan_one_posting_five_minutes_later(erp: Caller, clock: ManualClock) -> None:
    erp.time("T-0", approvalStatus="2")
    assert erp.mock.next_due_us() is None
    erp.time("T-1")
    clock.advance_to(2 * MINUTE_US)
    erp.time("T-2")
    assert erp.mock.next_due_us() == 5 * MINUTE_US
    clock.advance_to(5 * MINUTE_US)
    assert erp.mock.run_due() == 1
    assert erp.mock.next_due_us() is None
    posted = erp.rows("SELECT externalid, posted FROM timebill ORDER BY externalid")
    assert [(row["externalid"], row["posted"]) for row in posted] == [("T-0", "F"), ("T-1", "T"), ("T-2", "T")]
    assert len(erp.rows("SELECT id FROM transaction WHERE type = 'Journal'")) == 1


def test_cost_is_hours_at_the_standard_cost_of_the_service_date_rounded_half_away(
    erp: Caller, clock: ManualClock
) -> None:
    # 0:07 at 50.00 is 5.8333, 0:27 at 55.25 is 24.8625, 7:30 at 50.00 is 375.00.
    erp.time("T-1", hours="0:07")
    erp.time("T-2", hours="0:27", tranDate="2026-02-02")
    erp.time("T-3", hours="7:30")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert erp.rows(COST) == [
        {"acctnumber": "5000", "debit": "405.69"},
        {"acctnumber": "6090", "credit": "405.69"},
    ]


def test_a_currency_without_minor_units_is_costed_in_whole_units(erp: Caller, clock: ManualClock) -> None:
    # Half an hour at 7001 yen is 3500.5.
    erp.time("T-1", employee={"externalId": "W-2"}, hours="0:30")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert [row.get("debit") for row in erp.rows(COST)] == ["3501.00", None]


def test_a_cost_line_carries_its_dimensions(erp: Caller, clock: ManualClock) -> None:
    erp.time()
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    line, _ = erp.mock.store.find("transactionLine", order='"line"')
    store = erp.mock.store
    assert line["job"] == store.find("job")[0]["id"]
    assert line["customer"] == store.find("customer")[0]["id"]
    assert line["employee"] == erp.get("employee", "eid:W-1")["id"]
    assert (line["contractLine"], line["serviceDate"]) == ("CL-1", "2026-01-13")
    assert (line["sourceSystem"], line["sourceId"], line["poster"]) == ("erp", "T-1", "native")
    assert (line["debit"], line["credit"], line["date"]) == (1_250_000, 0, "2026-01-12")
    assert store.get("accountingPeriod", line["period"])["periodName"] == "Jan 2026"  # type: ignore[index]  # it is there


def journals(erp: Caller) -> list[tuple[str, str, str]]:
    rows = erp.rows(
        "SELECT BUILTIN.DF(subsidiary) s, BUILTIN.DF(postingperiod) p, foreigntotal FROM transaction "
        "WHERE type = 'Journal' ORDER BY s, p, foreigntotal"
    )
    return [(row["s"], row["p"], row["foreigntotal"]) for row in rows]


def test_one_journal_per_subsidiary_and_period(erp: Caller, clock: ManualClock) -> None:
    erp.time("T-1")
    erp.time("T-2", tranDate="2026-02-02")
    erp.time("T-3", employee={"externalId": "W-2"})
    erp.time("T-4")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert journals(erp) == [
        ("Firm KK", "Jan 2026", "17503.00"),
        ("Firm Ltd", "Feb 2026", "138.13"),
        ("Firm Ltd", "Jan 2026", "250.00"),
    ]


def test_late_time_is_costed_in_the_first_open_period_and_keeps_its_date(erp: Caller, clock: ManualClock) -> None:
    erp.time("T-1", tranDate="2025-11-20")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert journals(erp) == [("Firm Ltd", "Jan 2026", "125.00")]
    assert erp.mock.store.find("transactionLine")[0]["serviceDate"] == "2025-11-20"


@pytest.mark.parametrize(
    ("wished", "period"), [("Mar 2026", "Mar 2026"), ("Dec 2025", "Jan 2026"), ({"refName": "Feb 2026"}, "Feb 2026")]
)
def test_a_wished_period_is_used_when_it_is_open(erp: Caller, clock: ManualClock, wished: Any, period: str) -> None:
    erp.time("T-1", custcol_posting_period=wished)
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert [each[1] for each in journals(erp)] == [period]


def test_time_without_any_open_period_waits_for_one(erp: Caller, clock: ManualClock) -> None:
    for month in range(1, 5):
        assert erp.act("close_period", period=f"2026-0{month}").status == 200
    erp.time("T-1", tranDate="2026-04-20")
    clock.advance_to(5 * MINUTE_US)
    erp.mock.run_due()
    assert journals(erp) == []
    assert erp.get("timeBill", "eid:T-1")["posted"] is False
    erp.act("reopen_period", period="2026-04", approver="cfo", reason="late time")
    clock.advance_to(10 * MINUTE_US)
    erp.mock.run_due()
    assert journals(erp) == [("Firm Ltd", "Apr 2026", "138.13")]


def test_leaving_one_entry_out_moves_no_id_of_anothers_cost_line() -> None:
    def ids(*codes: str) -> set[str]:
        clock = ManualClock(EPOCH)
        erp = Caller(make(clock)).world()
        for code in codes:
            erp.time(code)
        clock.advance_to(5 * MINUTE_US)
        erp.mock.run_due()
        return set(erp.mock.dump()["transactionLine"])

    assert ids("T-1", "T-3") < ids("T-1", "T-2", "T-3")


STATUS = st.sampled_from(["1", "2", "3", "4"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["T-1", "T-2"]), STATUS, st.sampled_from(["1:00", "2:00"])), max_size=8))
def test_whatever_comes_time_is_posted_once_and_for_what_was_approved(steps: list[tuple[str, str, str]]) -> None:
    clock = ManualClock(EPOCH)
    erp = Caller(make(clock)).world()
    model: dict[str, tuple[str, str]] = {}
    for code, status, hours in steps:
        response = erp.call("PUT", f"timeBill/eid:{code}", time_body(approvalStatus=status, hours=hours))
        known = model.get(code)
        allowed = known is None or known[0] != "3" or known == (status, hours)
        assert response.status == (204 if allowed else 400)
        if allowed:
            model[code] = (status, hours)
        clock.advance_to(clock.now_us() + 4 * MINUTE_US)
        erp.mock.run_due()
    clock.advance_to(DAY_US)
    erp.mock.run_due()
    approved = [hours for status, hours in model.values() if status == "3"]
    total = sum(Decimal(50) * int(hours[0]) for hours in approved)
    debits = [Decimal(row["debit"]) for row in erp.rows(COST) if "debit" in row]
    assert sum(debits) == total
    assert len(erp.mock.store.find("transactionLine")) == 2 * len(approved)
    post_time(erp.mock.books)
    assert erp.mock.store.changes == []


def test_a_period_is_written_as_netsuite_prints_it(erp: Caller) -> None:
    names = erp.rows("SELECT periodname, startdate, enddate, closed FROM accountingperiod ORDER BY startdate")
    assert names[0] == {"periodname": "Nov 2025", "startdate": "11/1/2025", "enddate": "11/30/2025", "closed": "T"}
    assert names[2]["closed"] == "F"
    assert str(Period(2026, 1).last) == "2026-01-31"


def test_a_fixed_item_cannot_be_costed_but_can_be_charged(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("10")))
    assert refused(erp, item={"externalId": "FIXED"}) == (400, "USER_ERROR", "item")


def test_time_of_a_role_can_be_booked_once_finance_has_added_its_item(erp: Caller) -> None:
    named: dict[str, Any] = {"item": {"refName": "ROLE-ADVISOR"}}
    assert refused(erp, **named)[0] == 400
    form = {"item_id": "ROLE-ADVISOR", "display_name": "Consulting, advisor", "role": "consultant"}
    assert erp.act("add_item", **form).status == 200
    erp.time(**named)
    # The same item again changes nothing; another one of that code is refused.
    before = erp.mock.dump()
    assert erp.act("add_item", **form).status == 200
    assert erp.mock.dump() == before
    assert erp.act("add_item", **{**form, "role": "partner"}).status == 422
