"""Hours arrive, cost what their day costs, and stand in one bucket of billing; look-alikes are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.interface import load_interface
from sandbox.plan import Deed
from sandbox.runs import Wanted, make
from tests.checks.builders import Recorded, Scene, failed, gaps, record_plan

FEBRUARY = "W-0016 2026-02-04 ENG-01"


def cards(told: dict[str, set[str]]) -> dict[str, set[str]]:
    """Keys without the ids of time entries."""
    return {key.partition(" (time ")[0]: gap for key, gap in told.items()}


def test_hours_of_another_worker_are_missing_here_and_too_many_there(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0016", "2026-02-04")
    bill["employee"] = calm.the("erp.employee", externalId="W-0015")["id"]
    assert gaps(calm.money()) == {
        "I05": {FEBRUARY: {"-400 min"}, "W-0015 2026-02-04 ENG-01": {"400 min"}},
    }


def test_hours_on_another_day_are_missing_here_and_too_many_there(calm: Scene) -> None:
    calm.time_bill("ENG-01", "W-0016", "2026-02-04")["tranDate"] = "2026-02-07"
    assert gaps(calm.money()) == {"I05": {FEBRUARY: {"-400 min"}, "W-0016 2026-02-07 ENG-01": {"400 min"}}}


def test_hours_of_nobody_and_nothing_are_told_as_such(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0016", "2026-02-04")
    bill.update(employee="0", customer="0")
    assert gaps(calm.money())["I05"] == {FEBRUARY: {"-400 min"}, "? 2026-02-04 ?": {"400 min"}}


def test_time_that_can_never_be_posted_is_not_missed(calm: Scene) -> None:
    # Of the manager's hours on 22 January 240 minutes were an advisor's, a role the ERP has no item for.
    user = calm.the("psa.user", email_address=calm.the("erp.employee", externalId="W-0006")["email"])["id"]
    advisor = calm.the("psa.time_entry", user_id=user, role_id=calm.the("psa.role", name="advisor")["id"])
    assert (advisor["date_performed"], advisor["time_in_minutes"], advisor["approved"]) == ("2026-01-22", 240, 1)
    approved = calm.find("psa.time_entry", user_id=user, date_performed="2026-01-22", approved=1)
    posted = calm.find(
        "erp.timeBill", employee=calm.the("erp.employee", externalId="W-0006")["id"], tranDate="2026-01-22"
    )
    assert sum(each["time_in_minutes"] for each in approved) - sum(each["hours"] for each in posted) == 240
    assert "I05" not in gaps(calm.money())


def test_cost_in_the_wrong_month_is_missing_here_and_too_much_there(calm: Scene) -> None:
    job = calm.the("erp.job", entityId="ENG-01")["id"]
    january, february = (calm.the("erp.accountingPeriod", startDate=f"2026-0{month}-01")["id"] for month in (1, 2))
    # The senior consultant's February day: 7.5 h x 64.40.
    line = next(each for each in calm.ledger("5000", job=job, period=february) if each["debit"] == 4_830_000)
    line["period"] = january
    assert gaps(calm.money())["I07"] == {"ENG-01 2026-01": {"483.00 GBP"}, "ENG-01 2026-02": {"-483.00 GBP"}}


def test_cost_without_an_engagement_is_told_as_such(calm: Scene) -> None:
    line = next(each for each in calm.ledger("5000", job=calm.the("erp.job", entityId="ENG-02")["id"]))
    line["job"] = None
    # A consultant's day in New York: 8 h x 103.90.
    told = gaps(calm.money())["I07"]
    assert {key.partition(" ")[0] for key in told} == {"?", "ENG-02"}


def test_a_card_both_written_off_and_billable_stands_in_two_buckets(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0015", "2026-01-19")
    bill["isBillable"] = 1
    assert cards(gaps(calm.money())["I09"]) == {"W-0015 2026-01-19 ENG-01": {"937.50 GBP"}}


def test_a_card_that_is_neither_billable_nor_written_off_stands_in_none(calm: Scene) -> None:
    calm.time_bill("ENG-01", "W-0016", "2026-02-04")["isBillable"] = 0
    assert cards(gaps(calm.money())["I09"]) == {FEBRUARY: {"-589.33 GBP"}}


def test_a_card_on_two_invoice_lines_is_billed_twice(calm: Scene) -> None:
    bill = calm.time_bill("ENG-01", "W-0016", "2026-01-20")
    calm.insert("erp.invoiceLine", calm.the("erp.invoiceLine", doc=bill["id"]))
    told = gaps(calm.money())
    assert cards(told["I09"]) == {"W-0016 2026-01-20 ENG-01": {"566.67 GBP"}}
    assert told["I11"] == {"ENG-01 ENG-01-L1": {"566.67 GBP"}}
    assert "I12" in told


def test_a_write_off_that_was_forgotten_in_the_psa_leaves_its_value_unaccounted(calm: Scene) -> None:
    user = calm.the("psa.user", email_address=calm.the("erp.employee", externalId="W-0015")["email"])["id"]
    entry = calm.the("psa.time_entry", user_id=user, date_performed="2026-01-19")
    entry["written_off"] = 0
    assert cards(gaps(calm.money())["I09"]) == {"W-0015 2026-01-19 ENG-01": {"-937.50 GBP"}}


def test_fixed_fee_time_has_no_bucket(calm: Scene) -> None:
    bill = calm.time_bill("ENG-02", "W-0003", "2026-02-04")
    bill["isBillable"] = 0
    assert "I09" not in gaps(calm.money())


# -- look-alikes -------------------------------------------------------------------------------------------------------


def with_look_alikes(deed: Deed) -> Deed:
    """On the first day the same card twice, on the second one with other hours, on the third one not billable."""
    if deed.verb != "book":
        return deed
    (sheet,) = deed.args["sheets"]
    others: tuple[dict[str, Any], ...] = ({}, {"minutes": 60}, {"billable": False})
    more = [
        {**booking, "ref": f"{booking['ref']} again", **other}
        for booking, other in zip(sheet["bookings"], others, strict=True)
    ]
    return deed.model_copy(update={"args": {"sheets": [{**sheet, "bookings": [*sheet["bookings"], *more]}]}})


@pytest.fixture(scope="module")
def look_alikes() -> Recorded:
    """The shortest thread with a second card on each of its days."""
    plan, interface, policy = make(Wanted(scenario="tiny-thread", seed=3))
    deeds = tuple(with_look_alikes(deed) for deed in plan.deeds)
    return record_plan(plan.model_copy(update={"deeds": deeds, "expectations": {}}), interface, policy)


def test_two_cards_that_look_alike_are_two_facts_for_every_other_check(look_alikes: Recorded) -> None:
    verdict = look_alikes.scene().verdict()
    assert failed(verdict) <= {"MONEY.identity"}
    assert set(gaps(verdict.by_name("MONEY.identity"))) <= {"I09"}
    assert len(look_alikes.truth["systems"]["erp"]["timeBill"]) == 6


def test_two_cards_of_one_person_on_one_day_are_no_finding(look_alikes: Recorded) -> None:
    assert gaps(look_alikes.scene().money()) == {}


def test_the_rounding_named_in_the_contract_is_the_one_judged_by() -> None:
    rounding = load_interface().rounding
    assert (rounding.line, rounding.document, rounding.tax) == ("half_away", "sum_of_lines", "document")
