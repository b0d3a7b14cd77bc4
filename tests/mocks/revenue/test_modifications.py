"""A change of a contract with recognised revenue waits for a decision, and does then what was decided, once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.revenue.client import Desk, cost, hours, invoice, order, revenue_event

JAN, FEB, MAR = "2026-01-31", "2026-02-28", "2026-03-31"


def earning(desk: Desk, **changes: Any) -> None:
    """100.00 at 60% in January, closed."""
    desk.collect(order(end_date="30-JUN-2026", **changes))
    desk.stage(hours())
    desk.month("2026-01")


def changed(**changes: Any) -> dict[str, Any]:
    return order(**{"ext_sll_prc": "150.00", "end_date": "30-JUN-2026", "ct_mod_date": "10-FEB-2026", **changes})


def queue(desk: Desk, **form: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.act("modifications", org="US", **form).json()["modifications"]
    return found


def revenue(desk: Desk, through: str) -> Decimal:
    return -desk.balances(through).get("4010", Decimal(0))


def test_an_undecided_change_is_held_and_shown(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    (waiting,) = queue(desk, status="Pending")
    assert {name: waiting[name] for name in ("line", "status", "old_price", "new_price", "ct_mod_date", "is_new")} == {
        "line": "P-1-1",
        "status": "Pending",
        "old_price": "100.00",
        "new_price": "150.00",
        "ct_mod_date": "2026-02-10",
        "is_new": False,
    }
    answer = desk.act("run_period", org="US", period="2026-02").json()
    assert (answer["undecided"], answer["modifications"]) == (["P-1-1"], 0)
    assert revenue(desk, FEB) == 60
    assert desk.errors() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ext_sll_prc": "100.00", "ord_qty": "2"},
        {"ext_sll_prc": "100.00", "end_date": "31-JUL-2026"},
        {"ext_sll_prc": "100.00", "start_date": "02-JAN-2026"},
        {"ext_sll_prc": "100.00", "pob_template": "PCT_COST"},
        {"ext_sll_prc": "0.00"},
    ],
)
def test_quantity_dates_and_method_ask_for_a_decision_too(desk: Desk, changes: dict[str, Any]) -> None:
    earning(desk)
    desk.collect(changed(**changes))
    assert len(queue(desk)) == 1


def test_a_change_without_its_date_is_a_correction_and_applied_at_once(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ct_mod_date=""))
    assert queue(desk) == []
    desk.run("2026-02")
    assert revenue(desk, FEB) == 90


def test_a_contract_without_revenue_has_nothing_to_decide(desk: Desk) -> None:
    desk.collect(order())
    desk.collect(changed(), changed(so_line_id="P-1-2"))
    assert queue(desk) == []
    desk.stage(hours())
    desk.run()
    assert revenue(desk, JAN) == 90


def test_the_same_row_again_is_the_same_modification(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(), changed())
    desk.collect(changed())
    assert len(queue(desk)) == 1
    desk.decide("cumulative_catch_up")
    desk.collect(changed())
    # Without its date the row is still what was decided about.
    desk.collect(changed(ct_mod_date=""))
    assert [(each["status"], each["treatment"]) for each in queue(desk)] == [("Decided", "cumulative_catch_up")]
    desk.run("2026-02")
    desk.collect(changed())
    assert [each["status"] for each in queue(desk)] == ["Applied"]
    assert revenue(desk, FEB) == 90


def test_a_later_row_before_the_decision_replaces_what_waits_and_the_old_terms_withdraw_it(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    desk.collect(changed(ext_sll_prc="160.00", ct_mod_date="12-FEB-2026"))
    assert [(each["new_price"], each["ct_mod_date"]) for each in queue(desk)] == [("160.00", "2026-02-12")]
    desk.collect(changed(ext_sll_prc="100.00"))
    assert queue(desk) == []


@pytest.mark.parametrize("treatment", ["cumulative_catch_up", "prospective", "separate_contract"])
def test_a_modification_is_decided_once(desk: Desk, treatment: str) -> None:
    earning(desk)
    desk.collect(changed())
    decided = desk.decide(treatment)
    assert (decided["status"], decided["treatment"], decided["decided_by"]) == (
        "Decided",
        treatment,
        "revenue@firm.example",
    )
    before = desk.mock.dump()
    again = desk.act("decide_modification", line="P-1-1", treatment="prospective")
    assert again.status == 422
    assert again.json()["errors"][0] == {
        "field": "line",
        "message": "the modification of order line P-1-1 dated 2026-02-10 has been decided: "
        f"{treatment} by revenue@firm.example",
    }
    assert desk.mock.dump() == before


@pytest.mark.parametrize(
    ("form", "status", "field", "message"),
    [
        ({"line": "P-1-1", "treatment": "prospective"}, 422, "line", "has no modification to decide"),
        ({"line": "P-9-9", "treatment": "prospective"}, 404, "line", "no order line P-9-9"),
        ({"line": "P-1-1", "treatment": "ignore"}, 422, "treatment", "Input should be"),
        ({"line": "P-1-2", "treatment": "prospective", "lead_line": "P-1-3"}, 422, "lead_line", "is one of: P-1-1"),
        ({"line": "P-1-2", "treatment": "separate_contract", "lead_line": "P-1-1"}, 422, "lead_line", "only a line"),
        ({"line": "P-1-4", "treatment": "prospective"}, 422, "lead_line", "PCT_COST line is one of: none"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_and_stores_nothing(
    desk: Desk, form: dict[str, str], status: int, field: str, message: str
) -> None:
    earning(desk)
    desk.collect(changed(so_line_id="P-1-2"), changed(so_line_id="P-1-4", pob_template="PCT_COST"))
    before = desk.mock.dump()
    answer = desk.act("decide_modification", **form)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (status, field)
    assert message in answer.json()["errors"][0]["message"]
    assert desk.mock.dump() == before


def test_a_reduction_is_no_separate_contract(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ext_sll_prc="80.00"))
    answer = desk.act("decide_modification", line="P-1-1", treatment="separate_contract")
    assert answer.json()["errors"][0]["field"] == "treatment"


def test_a_catch_up_can_take_revenue_back(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ext_sll_prc="80.00"))
    desk.decide("cumulative_catch_up")
    (catch_up, *_) = desk.run("2026-02")
    # 60% of 80 less 60.
    assert [(line["account"], line["entered_dr"]) for line in desk.lines(catch_up["id"])] == [
        ("4010", Decimal(12)),
        ("2100", 0),
    ]


def test_work_after_the_approval_is_not_part_of_the_catch_up(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    desk.decide("cumulative_catch_up")
    desk.stage(hours(event_date="05-FEB-2026", completed_qty="62"))
    desk.stage(hours(event_date="28-FEB-2026", completed_qty="70"))
    by_name = {batch["name"].split()[2]: batch["id"] for batch in desk.run("2026-02")}
    # 62% of 150 less 60 on the approval date, 8% of 150 at the end of the month.
    assert next(line["entered_dr"] for line in desk.lines(by_name["CATCH-UP"])) == 33
    assert next(line["entered_dr"] for line in desk.lines(by_name["REVENUE"])) == 12
    assert desk.balances("2026-02-10")["4010"] == -93


def test_progress_that_comes_after_the_run_corrects_the_catch_up_on_its_date(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    desk.decide("cumulative_catch_up")
    desk.run("2026-02")
    desk.stage(hours(event_date="05-FEB-2026", completed_qty="62"))
    (second, *_) = desk.run("2026-02")
    assert second["name"] == "US 2026-02 CATCH-UP 2"
    assert desk.balances("2026-02-10")["4010"] == -93
    assert revenue(desk, FEB) == 93


def test_two_catch_ups_of_a_month_are_dated_each_on_its_approval(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ext_sll_prc="150.00"))
    desk.decide("cumulative_catch_up")
    desk.collect(changed(ext_sll_prc="200.00", ct_mod_date="20-FEB-2026"))
    desk.decide("cumulative_catch_up")
    desk.run("2026-02")
    # 60% of 100, then of 150, then of 200.
    assert [revenue(desk, day) for day in ("2026-02-09", "2026-02-10", "2026-02-20", FEB)] == [60, 90, 120, 120]


def test_an_approval_of_a_closed_period_is_caught_up_on_the_first_day_of_the_open_one(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ct_mod_date="20-JAN-2026"))
    desk.decide("cumulative_catch_up")
    desk.run("2026-02")
    assert [revenue(desk, day) for day in (JAN, "2026-02-01")] == [60, 90]


def test_a_decision_dated_after_the_period_waits_for_its_own(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ct_mod_date="02-MAR-2026"))
    desk.decide("cumulative_catch_up")
    desk.stage(hours(event_date="28-FEB-2026", completed_qty="70"))
    desk.month("2026-02")
    assert revenue(desk, FEB) == 70
    assert [each["status"] for each in queue(desk)] == ["Decided"]
    desk.run("2026-03")
    assert [revenue(desk, day) for day in ("2026-03-01", "2026-03-02")] == [70, 105]


def test_prospective_earns_the_rest_of_the_price_by_the_rest_of_the_work(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    desk.decide("prospective")
    assert [batch["name"].split()[2] for batch in desk.run("2026-02")] == ["NETTING", "REVERSAL"]
    assert revenue(desk, FEB) == 60
    desk.close("2026-02")
    # 90 are left for 60 hours: 120 in all, 60 done.
    desk.stage(hours(event_date="31-MAR-2026", completed_qty="70", total_qty="120"))
    desk.run("2026-03")
    assert revenue(desk, MAR) == 75


def test_a_second_prospective_change_leaves_the_first_alone(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    desk.decide("prospective")
    desk.stage(hours(event_date="28-FEB-2026", completed_qty="80", total_qty="100"))
    desk.month("2026-02")
    # 60 + 20 of 40 hours x 90.
    assert revenue(desk, FEB) == 105
    desk.collect(changed(ext_sll_prc="165.00", ct_mod_date="01-MAR-2026"))
    desk.decide("prospective")
    desk.stage(hours(event_date="31-MAR-2026", completed_qty="90", total_qty="100"))
    desk.run("2026-03")
    # 105 + 10 of 20 hours x 60.
    assert revenue(desk, MAR) == 135


def test_prospective_by_days_starts_on_the_day_itself(desk: Desk) -> None:
    ratable = {"pob_template": "RATABLE_DAILY"}
    desk.collect(order(ext_sll_prc="900.00", end_date="31-MAR-2026", **ratable))
    desk.month("2026-01")
    desk.collect(changed(ext_sll_prc="1310.00", end_date="31-MAR-2026", ct_mod_date="20-FEB-2026", **ratable))
    desk.decide("prospective")
    desk.run("2026-02")
    # 10 a day until 19 February: 500; 810 for the 40 days from the 20th on, 9 of them in February.
    assert revenue(desk, FEB) == Decimal("682.25")
    desk.close("2026-02")
    desk.run("2026-03")
    assert revenue(desk, MAR) == 1310


def test_a_separate_contract_is_a_line_of_its_own_with_its_own_progress(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(ord_qty="3"))
    assert desk.decide("separate_contract")["separate_line"] == "P-1-1.S1"
    desk.run("2026-02")
    assert revenue(desk, FEB) == 60
    desk.collect(changed(ord_qty="3"))
    assert [each["status"] for each in queue(desk)] == ["Applied"]
    desk.close("2026-02")
    desk.stage(hours(so_line_id="P-1-1.S1", event_date="31-MAR-2026", completed_qty="5", total_qty="10"))
    desk.run("2026-03")
    assert revenue(desk, MAR) == 85


def test_an_added_line_is_there_and_releases_nothing_until_decided(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(so_line_id="P-1-2", ext_sll_prc="50.00"), invoice(so_line_id="P-1-2", inv_date="05-FEB-2026"))
    desk.stage(hours(so_line_id="P-1-2", event_date="28-FEB-2026", completed_qty="100"))
    assert [(each["line"], each["is_new"]) for each in queue(desk)] == [("P-1-2", True)]
    desk.run("2026-02")
    assert desk.balances(FEB) == {"2100": Decimal(-40), "4010": Decimal(-60)}
    desk.decide("separate_contract", line="P-1-2")
    desk.run("2026-02")
    assert desk.balances(FEB) == {"1120": Decimal(10), "4010": Decimal(-110)}


def test_an_added_line_takes_the_later_row_while_it_waits(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed(so_line_id="P-1-2", ext_sll_prc="50.00"))
    desk.collect(changed(so_line_id="P-1-2", ext_sll_prc="70.00", ct_mod_date=""))
    assert [each["new_price"] for each in queue(desk)] == ["70.00"]
    desk.decide("cumulative_catch_up", line="P-1-2")
    desk.run("2026-02")
    # 60% of 100 and of 70.
    assert revenue(desk, FEB) == 102


def test_time_and_materials_lines_are_added_every_month_without_a_decision(desk: Desk) -> None:
    earning(desk)
    month = {"right_to_bill": "Y", "start_date": "01-FEB-2026", "end_date": "28-FEB-2026"}
    desk.collect(order(so_line_id="P-1-T-2", **month))
    assert queue(desk) == []
    desk.run("2026-02")
    assert revenue(desk, FEB) == 160


def test_an_extension_as_an_added_line_spreads_what_is_left_over_both_terms(desk: Desk) -> None:
    retainer = {"pob_template": "RATABLE_MONTHLY"}
    desk.collect(order(ext_sll_prc="300.00", end_date="31-MAR-2026", **retainer))
    desk.month("2026-01")
    extension = {"so_line_id": "P-1-2", "start_date": "01-APR-2026", "end_date": "31-MAY-2026"}
    desk.collect(changed(ext_sll_prc="160.00", ct_mod_date="01-FEB-2026", **extension, **retainer))
    desk.decide("prospective", line="P-1-2")
    found = []
    for month in range(2, 6):
        desk.month(f"2026-0{month}")
        found.append(revenue(desk, f"2026-0{month}-31"))
    # 200 and 160 over February to May: 90 a month.
    assert found == [190, 280, 370, 460]


def test_a_milestone_with_a_changed_price_catches_up_what_is_accepted(desk: Desk) -> None:
    desk.collect(order(pob_template="MILESTONE"))
    desk.stage(revenue_event(event_percent="100"))
    desk.month("2026-01")
    desk.collect(order(pob_template="MILESTONE", ext_sll_prc="130.00", ct_mod_date="10-FEB-2026"))
    desk.decide("cumulative_catch_up")
    desk.run("2026-02")
    assert revenue(desk, "2026-02-10") == 130


def test_modifications_of_another_organisation_are_not_shown(desk: Desk) -> None:
    earning(desk)
    desk.collect(changed())
    assert desk.act("modifications", org="UK").json() == {"org": "UK", "modifications": []}


def test_cost_based_lines_follow_their_expected_cost(desk: Desk) -> None:
    """EAC 200,000 to 240,000 on a fee of 300,000 at cost 120,000: 180,000 becomes 150,000 in the open period."""
    desk.collect(order(ext_sll_prc="300000.00", pob_template="PCT_COST"))
    desk.stage(cost(completed_qty="120000", total_qty="200000"))
    desk.month("2026-01")
    desk.stage(cost(event_date="28-FEB-2026", completed_qty="120000", total_qty="240000"))
    desk.run("2026-02")
    assert revenue(desk, FEB) - revenue(desk, JAN) == -30_000
    desk.stage(cost(event_date="28-FEB-2026", completed_qty="120000", total_qty="320000"))
    desk.run("2026-02")
    assert revenue(desk, FEB) == 112_500
    (loss,) = desk.act("loss_report", org="US", period="2026-02").json()["lines"]
    assert loss["provision_needed"] == "12500.00"
