"""Spending and payroll, whole: figures under bad months and killed anywhere; files that are late, twice, refused."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from sandbox.checks.books import Books
from sandbox.checks.verdict import Verdict
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US
from sandbox.drivers.crashing import POINTS, Assassin
from sandbox.engine.policy import FINANCE, Policy
from sandbox.engine.store import NewWork
from sandbox.faults.planning import plan_faults
from sandbox.faults.profiles import load_profile
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.interface import load_interface
from sandbox.plan import FirmProfile, PayPeriod, Plan, Scenario
from sandbox.world import World
from tests.system.worlds import Judged, ended, made, problems, run

pytestmark = pytest.mark.stories

BILL, PAY = "subcontractor-bill-twice", "payroll-crossing-month"
INTERFACE = load_interface()


def figures(verdict: Verdict) -> dict[str, str]:
    return {each.key: each.title for each in verdict.by_name("FIGURES.worked").findings}


# -- the subcontractor's bill ------------------------------------------------------------------------------------------


def carried(judged: Judged) -> list[int]:
    """Net of suppliers' bills in the PSA, at 1e-4."""
    return sorted(row["amount"] for row in judged.case.rows("psa.expense").values() if not row["reimbursable"])


def test_a_bill_is_in_the_psa_once_and_an_engine_that_does_not_look_has_it_twice() -> None:
    assert carried(run(BILL, faults="lost-bill")) == [12_000_000, 185_000_000]
    naive = run(BILL, engine="naive", faults="lost-bill")
    assert sum(each for each in carried(naive) if each != 12_000_000) == 370_000_000
    (finding,) = naive.verdict.by_name("ONCE.dup").findings
    assert (finding.delta, finding.faults) == (1_850_000, ("W04#1",))


def test_the_erp_refuses_a_suppliers_number_twice_whoever_enters_it() -> None:
    judged = run(BILL, faults="none")
    assert Counter(row["tranId"] for row in judged.case.rows("erp.vendorBill").values()) == {"KS-2041": 1, "77": 1}


# -- expenses by habit -------------------------------------------------------------------------------------------------


def habitual(seed: int, faults: str) -> Plan:
    """The first thread of a firm whose people spend six percent of the fees."""
    scenario, firm = load_scenario("first-thread")
    scenario = scenario.model_copy(update={"habits": scenario.habits.model_copy(update={"expense_percent": 6})})
    profile = load_profile(faults, INTERFACE)
    planned = tuple(plan_faults(profile, Chance(seed).under("plan"), 0, scenario.weeks * 7 * DAY_US))
    return make_plan(scenario, firm, seed, profile=faults, faults=planned, requires=profile.requires)


@pytest.mark.parametrize("seed", [1, 2])
def test_what_people_spend_by_habit_arrives_and_is_billed_on_in_a_bad_month(seed: int) -> None:
    judged = ended(World(habitual(seed, "rough"), INTERFACE))
    assert problems(judged.verdict, unmet=False) == []
    assert len(judged.case.rows("erp.expenseReport")) >= 10
    assert judged.verdict.by_name("MONEY.identity").parts["I04"]["compared"] >= 4


# -- payroll -----------------------------------------------------------------------------------------------------------


def files(judged: Judged, folder: str) -> dict[str, list[str]]:
    """Files of a folder of the payroll provider by name, as lines."""
    rows = judged.case.rows("files.file").values()
    return {row["name"]: row["content"].splitlines() for row in rows if row["folder"] == f"payroll/{folder}"}


def test_the_time_of_a_pay_period_goes_out_once_with_its_control_totals() -> None:
    sent = files(run(PAY, faults="rough"), "in")
    assert sent["time-UK-2026-01-21-2026-02-03-1.csv"] == [
        # Two days of February were approved after the cut-off.
        "H,UK,2026-01-21,2026-02-03,1,3,1200",
        "L,W-0003,2026-01-26,400,WORK,ENG-01",
        "L,W-0003,2026-01-27,400,WORK,ENG-01",
        "L,W-0003,2026-01-28,400,WORK,ENG-01",
    ]
    assert sent["time-UK-2026-02-04-2026-02-17-1.csv"] == ["H,UK,2026-02-04,2026-02-17,1,0,0"]


def test_a_pay_run_is_posted_once_in_each_of_its_months() -> None:
    judged = run(PAY, faults="none")
    posted = {
        row["externalId"]: row["tranDate"]
        for row in judged.case.rows("erp.journalEntry").values()
        if str(row["externalId"]).startswith("PAY-")
    }
    assert posted == {
        "PAY-UK-2026-02-03-2026-01": "2026-01-31",
        "PAY-UK-2026-02-03-2026-02": "2026-02-05",
        "PAY-UK-2026-02-17-2026-02": "2026-02-19",
    }


def test_posted_on_pay_day_january_is_short_of_what_was_earned_in_it() -> None:
    told = figures(run(PAY, engine="pay-day", faults="none").verdict)
    assert told["UK 2026-01 payroll"].endswith("payroll is 0.00 GBP, expected 7,123.45 GBP")
    assert told["UK 2026-01 variance"].endswith("variance is -849.99 GBP, expected 6,273.46 GBP")


class Forgetful(Policy):
    """Takes every file again at every look."""

    name = "forgetful"

    def forgets_events(self) -> bool:
        return True


def test_a_file_that_is_taken_again_and_again_is_posted_once() -> None:
    plan, interface, _ = made(PAY, faults="none")
    judged = ended(World(plan, interface, Forgetful))
    assert figures(judged.verdict) == {}
    assert not any(each.flow == "I08" for each in judged.verdict.by_name("MONEY.identity").findings)
    assert [each for each in judged.verdict.by_name("ONCE.dup").findings if each.flow.startswith("payroll")] == []


def paying(scenario: Scenario, firm: FirmProfile, *periods: tuple[str, str, str]) -> Plan:
    """The plan of a story with other pay periods."""
    spans = tuple(
        PayPeriod(start=date.fromisoformat(start), end=date.fromisoformat(end), pay_day=date.fromisoformat(pay_day))
        for start, end, pay_day in periods
    )
    (payroll,) = firm.payroll
    firm = firm.model_copy(update={"payroll": (payroll.model_copy(update={"periods": spans}),)})
    return make_plan(scenario, firm, 1, profile="none")


def test_a_journal_that_comes_after_the_close_is_cost_of_the_first_open_month() -> None:
    scenario, firm = load_scenario(PAY)
    # January closes on the 6th.
    plan = paying(scenario, firm, ("2026-01-21", "2026-02-03", "2026-02-11"))
    judged = ended(World(plan.model_copy(update={"entity_expectations": {}}), INTERFACE))
    assert problems(judged.verdict, unmet=False) == []
    by_month = {str(period): month.payroll for (_, period), month in Books(judged.case).entities.items()}
    assert by_month == {"2026-01": 0, "2026-02": 890_431}


def with_somebody_new(*, enrolled: bool) -> Plan:
    """The story with W-0004, who joins on 26 January and works; finance may have forgotten to tell the payroll."""
    scenario, firm = load_scenario(PAY)
    document: dict[str, Any] = scenario.model_dump(by_alias=True)
    joins = {"employee_id": "W-0004", "entity": "UK", "grade": "analyst", "entered": "2026-01-20"}
    document["workforce"] = {"hires": [{**joins, "effective": "2026-01-26"}]}
    (terms,) = document["scripted"]
    terms["team"] = ["W-0003", "W-0004"]
    rule = {"person": "W-0004", "first": "2026-01-27", "last": "2026-01-28", "minutes": 300}
    document |= {"scripted": [{**terms, "time": [*terms["time"], rule]}], "expectations": {}, "entity_expectations": {}}
    plan = make_plan(Scenario.model_validate(document), firm, 1, profile="none")
    if enrolled:
        return plan
    return plan.model_copy(update={"deeds": tuple(deed for deed in plan.deeds if deed.verb != "enrol")})


def test_whoever_joins_is_told_to_the_payroll_and_paid_with_the_others() -> None:
    judged = ended(World(with_somebody_new(enrolled=True), INTERFACE))
    assert problems(judged.verdict, unmet=False) == []
    # 8,904.31 + 1,500.00 of the new analyst.
    runs = {row["period_end"]: row["gross"] for row in judged.case.rows("files.payroll_run").values()}
    assert runs["2026-02-03"] == 104_043_100


def test_a_rejected_file_is_a_letter_to_finance_with_its_lines_and_tried_again_goes_out_under_the_next_number() -> None:
    world = World(with_somebody_new(enrolled=False), INTERFACE)
    # Cut-off on Wednesday 4 February at noon, result five minutes later, seen at the next look.
    world.run_to(17 * DAY_US)
    (letter,) = world.host.dead_letters()
    assert (letter.key, letter.owner, letter.amount) == ("time-UK-2026-01-21-2026-02-03-1.csv", FINANCE, "1800 min")
    assert letter.reason.endswith(
        "was rejected: line 5: employee W-0004 is not known; line 6: employee W-0004 is not known"
    )
    told = world.finish()
    assert told["dead_letters"][0]["about"] == "payroll:time-UK-2026-01-21-2026-02-03-1.csv"
    enrolled = {"employee_id": "W-0004", "entity": "UK", "annual_gross": 390_000_000, "first_day": None}
    world.systems["files"].store.insert("payroll_employee", {**enrolled, "last_day": None}, label="by hand")
    again = NewWork("payroll", letter.key, letter.key, letter.payload)
    world.kernel.spawn(world.host.store.add_work(again, world.clock.now_us()), "test/replay")
    judged = ended(world)
    assert judged.case.truth["dead_letters"] == []
    deliveries = {row["file_name"]: row["status"] for row in judged.case.rows("files.time_delivery").values()}
    assert deliveries["time-UK-2026-01-21-2026-02-03-1.csv"] == "rejected"
    assert deliveries["time-UK-2026-01-21-2026-02-03-2.csv"] == "accepted"


def test_a_file_that_stays_rejected_is_a_letter_nobody_holds_against_the_engine() -> None:
    verdict = ended(World(with_somebody_new(enrolled=False), INTERFACE)).verdict
    assert verdict.by_name("DLQ.account").findings == []
    assert [each for each in verdict.by_name("LOST.update").findings if each.flow == "payroll.time"] == []


# -- killed anywhere ---------------------------------------------------------------------------------------------------


@pytest.mark.seeds
@pytest.mark.parametrize("name", [BILL, PAY])
@pytest.mark.parametrize("point", POINTS)
def test_an_engine_killed_on_the_way_leaves_no_finding(name: str, point: str) -> None:
    plan, interface, policy = made(name, faults="none")
    counting = World(plan, interface, policy)
    assassin = Assassin(counting.wire, counting.around, counting.host, point)
    counting.run()
    found = {}
    # Every twelfth: the others pass the same places.
    for nth in range(1, assassin.passed, 12):
        world = World(plan, interface, policy)
        Assassin(world.wire, world.around, world.host, point, nth)
        told = problems(ended(world).verdict, unmet=False)
        if told:
            found[nth] = told
    assert found == {}
