"""Plans of people: whole teams of generated engagements, and who accrues what is missing of them when."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sandbox.plan import Plan
from sandbox.plan.terms import LateTime
from tests.firm.builders import by_label, changed, local, planned, shipped


def month_end(**fields: Any) -> Plan:
    scenario, firm = shipped("month-end")
    return planned(changed(scenario, **fields), firm)


def allocated(plan: Plan) -> dict[tuple[str, str], dict[str, Any]]:
    return {(deed.args["engagement"], deed.args["person"]): deed.args for deed in plan.deeds if deed.verb == "allocate"}


def test_the_teams_of_generated_engagements_are_planned_for_a_full_week_together() -> None:
    plan = month_end(plans_teams=True)
    found = allocated(plan)
    teams = {(terms.code, person): terms for terms in plan.terms for person in terms.team}
    scripted = {each.code for each in shipped("month-end")[0].scripted}
    assert set(found) == {at for at in teams if at[0] not in scripted}
    shares: dict[str, int] = {}
    for _, person in found:
        shares[person] = shares.get(person, 0) + 1
    assert max(shares.values()) > 1
    for (code, person), args in found.items():
        assert args["hard"]
        assert args["first"] == teams[code, person].start.isoformat()
        weekly = 2400 // shares[person] // 60 * 60
        assert args["minutes"] % (weekly // 5) == 0
    # W-1013 leaves on 6 March, and is planned no longer.
    assert {args["last"] for (_, person), args in found.items() if person == "W-1013"} <= {"2026-03-06"}


def test_without_it_nobody_is_planned_and_nobody_accrues() -> None:
    plan = month_end(plans_teams=False)
    assert allocated(plan) == {}
    assert not [deed for deed in plan.deeds if deed.verb == "approve_accruals"]


def test_accruals_are_posted_on_workday_three_by_the_controller_after_finance_had_its_say() -> None:
    scenario, firm = shipped("erp-down-at-close")
    plan = planned(scenario, firm)
    deeds = by_label(plan)
    posted, by_hand = deeds["accrue US 2026-03"], deeds["accrue ENG-01 2026-03 by hand"]
    # Good Friday is no holiday of New York.
    assert local(plan, posted) == "Fri 2026-04-03 15:00"
    assert (posted.person, posted.args) == ("controller", {"org": "US", "period": "2026-03"})
    assert (by_hand.person, local(plan, by_hand)) == ("finance-us", "Wed 2026-04-01 15:00")
    assert by_hand.args == {"engagement": "ENG-01", "period": "2026-03", "amount": "80000.00"}
    # Nobody is planned in April.
    assert "accrue US 2026-04" not in deeds


def test_late_time_of_some_days_is_one_sheet() -> None:
    scenario, firm = shipped("late-time-closed-period")
    plan = planned(scenario, firm)
    (sheet,) = by_label(plan)["book W-0003 2026-01-26 late"].args["sheets"]
    assert [each["on"] for each in sheet["bookings"]] == [f"2026-01-{day}" for day in (26, 27, 28, 29, 30)]
    assert {each["minutes"] for each in sheet["bookings"]} == {450}


@pytest.mark.parametrize("until", ["2026-01-25", "2026-02-02"])
def test_late_time_that_does_not_end_in_its_week_is_refused(until: str) -> None:
    fields = {"person": "W-0003", "on": "2026-01-26", "minutes": 60, "booked_on": "2026-02-09"}
    with pytest.raises(ValidationError, match="no later day of the week of 2026-01-26"):
        LateTime.model_validate({**fields, "approved_on": "2026-02-10", "until": until})
