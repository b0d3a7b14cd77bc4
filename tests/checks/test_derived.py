"""Facts of several records: workers as of the end, the time of a month, progress, bills and what a deal was paid."""

from __future__ import annotations

import pytest

from sandbox.checks.approved import approved_time
from sandbox.checks.derived import (
    bills,
    deal_totals,
    derived_facts,
    issued,
    latest_events,
    progress,
    usage,
    value_of,
)
from sandbox.checks.workforce import Employment, employments, workers
from sandbox.core.periods import Period
from tests.checks.builders import Record, Scene

# -- workers -----------------------------------------------------------------------------------------------------------


def event(scene: Scene, employee: str, process: str, effective: str, **columns: object) -> Record:
    """Enter a staffing event of an employee."""
    wid = scene.the("hris.worker", employee_id=employee)["wid"]
    like = scene.find("hris.event", worker_wid=wid, process="Hire Employee")[0]
    new = scene.insert("hris.event", like, process=process, effective_date=effective, **columns)
    return scene.rows("hris.event")[new]


def test_a_worker_is_gone_once_the_last_day_is_past(calm: Scene) -> None:
    found = workers(calm.case)
    assert (found["W-0010"]["last_day"], found["W-0010"]["gone"]) == ("2026-02-06", 1)
    assert (found["W-0003"]["last_day"], found["W-0003"]["gone"]) == (None, 0)


def test_a_last_day_that_is_today_or_to_come_is_still_worked(calm: Scene) -> None:
    # The drain ends on 24 February.
    event(calm, "W-0003", "Terminate Employee", "2026-02-24")
    event(calm, "W-0004", "Terminate Employee", "2026-02-23")
    found = workers(calm.case)
    assert (found["W-0003"]["last_day"], found["W-0003"]["gone"]) == ("2026-02-24", 0)
    assert (found["W-0004"]["last_day"], found["W-0004"]["gone"]) == ("2026-02-23", 1)


def test_a_promotion_counts_from_its_day_on(calm: Scene) -> None:
    assert workers(calm.case)["W-0012"]["grade"] == "consultant"
    event(calm, "W-0012", "Promote Employee", "2026-03-01", grade="senior consultant")
    assert workers(calm.case)["W-0012"]["grade"] == "consultant"
    event(calm, "W-0012", "Promote Employee", "2026-02-24", grade="manager")
    assert workers(calm.case)["W-0012"]["grade"] == "manager"


def test_whoever_starts_later_has_the_grade_of_the_hire(calm: Scene) -> None:
    hire = calm.find("hris.event", worker_wid=calm.the("hris.worker", employee_id="W-0021")["wid"])[0]
    hire["effective_date"] = "2026-06-01"
    found = workers(calm.case)["W-0021"]
    assert (found["hire_date"], found["grade"], found["gone"]) == ("2026-06-01", "analyst", 0)


def test_an_event_that_was_not_completed_counts_for_nothing(calm: Scene) -> None:
    event(calm, "W-0003", "Terminate Employee", "2026-02-01", status="Rescinded")
    assert workers(calm.case)["W-0003"]["last_day"] is None


def test_of_two_events_on_one_day_the_one_first_entered_later_counts(calm: Scene) -> None:
    event(calm, "W-0003", "Promote Employee", "2026-02-02", grade="manager", initiated_us=2, entered_us=2)
    # Corrected since: its place is that of its first entry.
    event(calm, "W-0003", "Promote Employee", "2026-02-02", grade="partner", initiated_us=1, entered_us=3)
    assert workers(calm.case)["W-0003"]["grade"] == "manager"


def test_a_rehire_begins_a_new_employment_without_a_last_day(calm: Scene) -> None:
    event(calm, "W-0010", "Hire Employee", "2026-02-16", grade="manager")
    found = workers(calm.case)["W-0010"]
    assert (found["hire_date"], found["last_day"], found["gone"]) == ("2026-02-16", None, 0)
    assert employments(calm.case)["W-0010"] == [
        Employment("2023-05-01", "2026-02-06"), Employment("2026-02-16"),
    ]  # fmt: skip


def test_a_rehire_to_come_leaves_somebody_gone_until_its_day(calm: Scene) -> None:
    event(calm, "W-0010", "Hire Employee", "2026-02-25")
    found = workers(calm.case)["W-0010"]
    assert (found["hire_date"], found["last_day"], found["gone"]) == ("2023-05-01", "2026-02-06", 1)


def test_a_day_lies_within_an_employment_both_ends_included() -> None:
    spell = Employment("2026-01-05", "2026-02-06")
    assert [spell.covers(day) for day in ("2026-01-04", "2026-01-05", "2026-02-06", "2026-02-07")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert Employment("2026-01-05").covers("2036-01-01")


def test_the_job_is_the_last_that_was_said_of_it(calm: Scene) -> None:
    event(calm, "W-0003", "Transfer", "2026-02-02", grade=None, company="UK", location="London", initiated_us=2)
    found = workers(calm.case)["W-0003"]
    assert (found["company"], found["location"], found["grade"]) == ("UK", "London", "consultant")


def test_somebody_never_hired_is_no_worker(calm: Scene) -> None:
    wid = calm.the("hris.worker", employee_id="W-0003")["wid"]
    for each in calm.find("hris.event", worker_wid=wid):
        each["status"] = "Rescinded"
    assert "W-0003" not in workers(calm.case)


def test_names_and_mail_are_the_hris_own(calm: Scene) -> None:
    person = calm.the("hris.worker", employee_id="W-0003")
    person.update(first_name="Ada", last_name="Byron", email="ada@example.org")
    found = workers(calm.case)["W-0003"]
    assert (found["full_name"], found["email"]) == ("Ada Byron", "ada@example.org")


# -- time --------------------------------------------------------------------------------------------------------------


def test_approved_time_falls_into_the_month_of_its_approval_when_late(calm: Scene) -> None:
    employee = calm.the("erp.employee", externalId="W-0016")
    user = calm.the("psa.user", email_address=employee["email"])["id"]
    mine = {
        entry["date_performed"]: (engagement, line, period)
        for entry, engagement, line, period in approved_time(calm.case)
        if entry["user_id"] == user and entry["date_performed"] in ("2026-01-29", "2026-01-30")
    }
    assert mine == {
        "2026-01-29": ("ENG-01", "ENG-01-L1", Period(2026, 1)),
        # Approved on 3 February, after the cut-off of the first workday at noon.
        "2026-01-30": ("ENG-01", "ENG-01-L1", Period(2026, 2)),
    }


def test_time_nobody_approved_is_left_out(calm: Scene) -> None:
    before = len(list(approved_time(calm.case)))
    entry = calm.find("psa.time_entry", approved=1)[0]
    entry["approved"] = 0
    assert len(list(approved_time(calm.case))) == before - 1


@pytest.mark.parametrize(
    ("minutes", "rate", "currency", "billable", "value"),
    [
        (400, 850_000, "GBP", 1, 5_666_700),
        (450, 1_250_000, "GBP", 1, 9_375_000),
        (450, 1_250_000, "GBP", 0, 0),
        # 3/60 x 100.30 = 5.015: half a penny away from zero.
        (3, 1_003_000, "GBP", 1, 50_200),
        # 100/60 x 85 = 141.67 yen, and dinars have three decimals: 141.667.
        (100, 850_000, "JPY", 1, 1_420_000),
        (100, 850_000, "KWD", 1, 1_416_670),
    ],
)
def test_an_entry_is_worth_its_time_at_its_rate_rounded_to_the_minor_unit(
    minutes: int, rate: int, currency: str, billable: int, value: int
) -> None:
    entry = {"time_in_minutes": minutes, "rate": rate, "currency": currency, "billable": billable}
    assert value_of(entry) == value


def test_the_time_of_a_month_is_a_right_to_invoice(calm: Scene) -> None:
    found = usage(calm.case)
    # The figures of the scenario: January less the write-off, and February with the late card.
    assert found["ENG-01-L1-2026-01"] == {"engagement": "ENG-01", "currency": "GBP", "amount": 147_375_300}
    assert found["ENG-01-L1-2026-02"]["amount"] == 174_579_700
    assert not [ref for ref in found if ref.startswith("ENG-02")]


def test_the_first_month_of_a_won_deal_exists_before_any_time(calm: Scene) -> None:
    calm.rows("psa.time_entry").clear()
    found = usage(calm.case)
    assert found["ENG-01-L1-2026-01"]["amount"] == 0
    assert {ref[:6] for ref in found} == {"ENG-01", "ENG-03", "ENG-05", "ENG-07"}
    calm.the("crm.Opportunity", Engagement_Code__c="ENG-01")["StageName"] = "Proposal/Price Quote"
    assert "ENG-01-L1-2026-01" not in usage(calm.case)


def test_progress_is_approved_minutes_to_date_at_each_month_end(calm: Scene) -> None:
    found = progress(calm.case)
    # 9,600 minutes in January, 10,560 more in February, of a budget of 615 hours.
    january, february = found["ENG-02-L1 Budgeted Hours 2026-01-31"], found["ENG-02-L1 Budgeted Hours 2026-02-28"]
    assert january == {"completed": 9_600, "total": 36_900, "percent": None, "amount": None}
    assert february == {"completed": 20_160, "total": 36_900, "percent": None, "amount": None}
    assert not [ref for ref in found if ref.startswith("ENG-01")]


# -- billing -----------------------------------------------------------------------------------------------------------


def test_a_bill_takes_from_every_month_its_time_was_posted_to(calm: Scene) -> None:
    invoice = calm.invoice("ENG-01 2026-01")
    bill = calm.the("psa.invoice", user_invoice_title="ENG-01 2026-01")["id"]
    common = {"date": "2026-02-10", "number": invoice["tranId"]}
    found = {ref: row for ref, row in bills(calm.case).items() if ref.startswith(bill)}
    assert found == {
        f"{bill}-ENG-01-L1-2026-01": {"so_line_id": "ENG-01-L1-2026-01", "amount": 147_375_300, **common},
        # The late card, 6:40 h x 85.00.
        f"{bill}-ENG-01-L1-2026-02": {"so_line_id": "ENG-01-L1-2026-02", "amount": 5_666_700, **common},
    }


def test_an_instalment_takes_from_the_obligation_of_its_line(calm: Scene) -> None:
    bill = calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 2")["id"]
    found = bills(calm.case)[f"{bill}-ENG-02-L1"]
    assert (found["so_line_id"], found["amount"], found["date"]) == ("ENG-02-L1", 630_000_000, "2026-02-11")


def test_a_draft_and_a_cancelled_bill_take_nothing(calm: Scene) -> None:
    first = calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 1")
    second = calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 2")
    first["draft"], second["status"] = 1, "cancelled"
    assert not {first["id"], second["id"]} & set(issued(calm.case))
    assert not [ref for ref in bills(calm.case) if ref.endswith("-ENG-02-L1")]


def test_a_bill_without_its_invoice_has_no_number_yet(calm: Scene) -> None:
    bill = calm.the("psa.invoice", user_invoice_title="ENG-02 instalment 1")["id"]
    calm.remove("erp.invoice", calm.invoice("ENG-02 instalment 1"))
    assert bills(calm.case)[f"{bill}-ENG-02-L1"]["number"] is None


def test_a_deal_shows_net_billed_gross_paid_and_the_latest_number(calm: Scene) -> None:
    found = deal_totals(calm.case)
    assert found["ENG-01"] == {
        "billed": 153_042_000,
        "paid": 183_650_400,
        "last_number": calm.invoice("ENG-01 2026-01")["tranId"],
    }
    assert (found["ENG-02"]["billed"], found["ENG-02"]["paid"]) == (1_170_000_000, 540_000_000)
    assert found["ENG-02"]["last_number"] == calm.invoice("ENG-02 instalment 2")["tranId"]


def test_of_two_invoices_on_one_day_the_higher_number_is_the_latest(calm: Scene) -> None:
    first, second = calm.invoice("ENG-02 instalment 1"), calm.invoice("ENG-02 instalment 2")
    first["tranDate"] = second["tranDate"]
    first["tranId"], second["tranId"] = "INV-US-0009", "INV-US-0008"
    assert deal_totals(calm.case)["ENG-02"]["last_number"] == "INV-US-0009"


def test_a_deal_without_an_invoice_shows_nothing(calm: Scene) -> None:
    calm.rows("erp.invoice").clear()
    assert deal_totals(calm.case) == {}


def test_of_several_events_of_an_obligation_and_day_the_last_uploaded_counts() -> None:
    def row(line: str, day: str, position: int, kind: str = "Revenue") -> Record:
        return {"so_line_id": line, "event_type": kind, "event_date": day, "position": position}

    rows = {
        "a": row("L1", "2026-01-31", 5),
        "b": row("L1", "2026-01-31", 9),
        "c": row("L1", "2026-01-31", 7),
        "d": row("L1", "2026-02-28", 1),
        "e": row("L2", "2026-01-31", 2),
        "f": row("L2", "2026-01-31", 1, "Acceptance"),
    }
    assert {ref: each for ref, (each, _) in latest_events(rows).items()} == {
        "L1 Revenue 2026-01-31": "b",
        "L1 Revenue 2026-02-28": "d",
        "L2 Revenue 2026-01-31": "e",
        "L2 Acceptance 2026-01-31": "f",
    }


def test_derived_facts_are_found_by_name_and_no_other_name_is_known(tiny: Scene) -> None:
    assert set(derived_facts("workers", tiny.case)) == {"W-0001", "W-0002", "W-0003"}
    with pytest.raises(KeyError, match="worker"):
        derived_facts("worker", tiny.case)
