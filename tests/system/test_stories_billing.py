"""The billing stories: identities that a planted minor unit breaks, and what their YAML cannot say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from sandbox.checks.books import Books
from sandbox.checks.case import Case
from sandbox.checks.verdict import judge
from sandbox.engine.policy import Policy
from sandbox.firm.planning import make_plan
from sandbox.firm.scenarios import load_scenario
from sandbox.interface import load_interface
from sandbox.plan import CreditHold
from sandbox.world import World
from tests.system.worlds import Judged, ended, problems, run

pytestmark = pytest.mark.stories

Rows = dict[str, dict[str, Any]]
# A minor unit of the dollar or the pound, at 1e-4.
CENT = 100


@pytest.fixture(scope="module")
def stories() -> dict[str, Judged]:
    names = ("pre-bill", "time-and-materials-cap", "credit-and-rebill", "time-transfer-after-close")
    return {name: run(name, faults="none") for name in names}


def told(judged: Judged, system: str, record: str, change: Callable[[Rows], None]) -> set[str]:
    """Numbers of the identities that do not hold once some final rows are changed."""
    systems = {
        name: {kind: {each: dict(row) for each, row in found.items()} for kind, found in kinds.items()}
        for name, kinds in judged.case.truth["systems"].items()
    }
    change(systems[system][record])
    truth = {**judged.case.truth, "systems": systems}
    case = Case(judged.case.plan, judged.case.interface, judged.case.history, truth)
    findings = judge(case, Books(case)).by_name("MONEY.identity").findings
    return {finding.flow for finding in findings}


def first(found: Rows, column: str, by: int) -> None:
    row = next(iter(found.values()))
    row[column] += by


def test_a_cent_more_written_down_breaks_the_split_of_the_draft(stories: dict[str, Judged]) -> None:
    assert "I09" in told(stories["pre-bill"], "psa", "additional_item", lambda found: first(found, "amount", -CENT))


def test_a_cent_more_on_the_invoice_breaks_the_split_of_the_draft(stories: dict[str, Judged]) -> None:
    assert "I09" in told(stories["pre-bill"], "psa", "invoice", lambda found: first(found, "subtotal", CENT))


def test_a_cent_above_the_cap_is_told(stories: dict[str, Judged]) -> None:
    broken = told(stories["time-and-materials-cap"], "erp", "invoice", lambda found: first(found, "subtotal", CENT))
    assert "I13" in broken


def test_a_cent_of_tax_on_a_credit_is_told(stories: dict[str, Judged]) -> None:
    broken = told(stories["credit-and-rebill"], "erp", "creditMemo", lambda found: first(found, "taxTotal", CENT))
    assert "I26" in broken


def test_a_cent_more_credited_is_told(stories: dict[str, Judged]) -> None:
    broken = told(stories["credit-and-rebill"], "erp", "creditMemo", lambda found: first(found, "subtotal", CENT))
    assert "I18" in broken


def test_a_credit_that_names_no_time_any_more_is_told(stories: dict[str, Judged]) -> None:
    def forget(found: Rows) -> None:
        row = next(row for row in found.values() if row["custcol_time"])
        row["custcol_time"] = None

    assert {"I09", "I38"} <= told(stories["time-transfer-after-close"], "erp", "creditMemoLine", forget)


def test_a_cent_of_cost_taken_back_is_told(stories: dict[str, Judged]) -> None:
    def change(found: Rows) -> None:
        labour = next(
            each
            for each, row in stories["time-transfer-after-close"].case.rows("erp.account").items()
            if row["acctNumber"] == "5000"
        )
        row = next(row for row in found.values() if row["account"] == labour and row["credit"])
        row["credit"] += CENT

    assert "I07" in told(stories["time-transfer-after-close"], "erp", "transactionLine", change)


def test_january_is_what_it_was_when_it_was_closed(stories: dict[str, Judged]) -> None:
    judged = stories["time-transfer-after-close"]
    periods = judged.case.rows("erp.accountingPeriod")
    january = next(each for each, row in periods.items() if row["startDate"] == "2026-01-01")
    (closed,) = [row["done_us"] for row in judged.case.rows("erp.periodLog").values() if row["period"] == january]
    posted = [row for row in judged.case.rows("erp.transactionLine").values() if row["period"] == january]
    assert posted
    assert max(row["_modified_us"] for row in posted) < closed


# -- credit hold -------------------------------------------------------------------------------------------------------


def held(released_on: date | None) -> Judged:
    scenario, firm = load_scenario("tiny-thread")
    hold = CreditHold(on=date(2026, 1, 27), released_on=released_on, reason="overdue")
    engagement = scenario.scripted[0].model_copy(update={"credit_holds": (hold,)})
    changed = scenario.model_copy(update={"scripted": (engagement,), "expectations": {}, "requires": ()})
    return ended(World(make_plan(changed, firm, 1, profile="none"), load_interface(), Policy))


def test_a_client_on_hold_is_marked_in_the_crm_and_nobody_books_on_its_project() -> None:
    judged = held(None)
    assert problems(judged.verdict) == []
    (account,) = judged.case.rows("crm.Account").values()
    (workspace,) = judged.case.rows("psa.workspace").values()
    assert (account["Credit_Hold__c"], workspace["status_key"]) == (1, "400")
    assert judged.case.rows("psa.time_entry") == {}
    needs = [record["need"] for record in judged.case.history if record["kind"] == "blocked"]
    assert "project ENG-01 is on hold" in needs


def test_a_released_client_is_as_before() -> None:
    judged = held(date(2026, 1, 29))
    assert problems(judged.verdict) == []
    (account,) = judged.case.rows("crm.Account").values()
    (workspace,) = judged.case.rows("psa.workspace").values()
    assert (account["Credit_Hold__c"], workspace["status_key"]) == (0, "100")
    assert len(judged.case.rows("psa.time_entry")) == 3


def test_a_hold_nobody_heard_of_is_a_finding() -> None:
    judged = held(None)
    (account,) = judged.case.rows("crm.Account").values()
    account["Credit_Hold__c"] = 0
    case = Case(judged.case.plan, judged.case.interface, judged.case.history, judged.case.truth)
    found = judge(case, Books(case)).by_name("CONV.final").findings
    assert [finding.flow for finding in found] == ["cash.hold"]
