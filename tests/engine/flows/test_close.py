"""The close: what is missing at the cut-off is prepared once, whatever happens, and told.

An analyst of London (cost 42.50, worth 85.00) is planned for the last week of January and hands in one day of it.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.errors import NoAnswer
from sandbox.core.kernel import Killed
from sandbox.core.wire import Request
from sandbox.engine.flows.close import REPORT, CloseFlow
from sandbox.engine.flows.revenue import RevenueFlow
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Unavailable
from sandbox.engine.service import StatusService
from sandbox.engine.weakened import AccruesTwice, NoAccruals
from sandbox.firm.tenants import front_end_token
from tests.engine.builders import Fate, Room, Saved, answer_lost, book, killed_after, killed_before, never_arrives, work
from tests.engine.builders import work_off as do_all
from tests.engine.conftest import Opened

KEY, JOURNAL = "UK 2026-01", "ACC-ENG-01-2026-01-UK"
# The story begins on 19 January; the cut-off is 2 February, noon.
CUT_OFF_US = 14 * DAY_US + 12 * HOUR_US
# Four days of eight hours, 42.50 and 85.00.
COST, VALUE = "1360.00", "2720.00"


@pytest.fixture(scope="module")
def planned_state(worked_state: Saved) -> Saved:
    room = Room(saved=worked_state)
    room.do(CloseFlow(room.context).look())
    plan = {"engagement": "ENG-01", "role": None, "skill": None, "first": "2026-01-26", "last": "2026-01-30"}
    room.act("W-0001", "allocate", **plan, person="W-0003", minutes=2400, hard=True)
    room.wait_until(8 * DAY_US)
    book(room, "W-0003", "ENG-01", "analyst", ("2026-01-26", 480))
    room.wait_until(CUT_OFF_US + DAY_US)
    room.close()
    return room.save()


@pytest.fixture
def planned(opened: Opened, planned_state: Saved) -> Room:
    return opened(saved=planned_state)


def journals(room: Room) -> list[dict[str, Any]]:
    return [row for row in room.rows("erp", "journalEntry") if row["reversalDate"]]


def close(room: Room) -> None:
    room.do(CloseFlow(room.context).handle(work("close", KEY)))


def report(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = room.do(room.store.document(REPORT, KEY))
    return found


def test_a_month_is_closed_once_it_is_cut_off_and_not_again_when_it_has_a_report(planned: Room) -> None:
    flow = CloseFlow(planned.context)
    planned.do(flow.look())
    planned.do(flow.look())
    assert [each.key for each in planned.do(planned.store.due_work(planned.kernel.now_us(), 9))] == [KEY]
    planned.do(do_all(planned))
    planned.do(flow.look())
    assert planned.do(planned.store.due_work(planned.kernel.now_us(), 9)) == []


def test_before_the_cut_off_nothing_is_looked_for(worked: Room) -> None:
    worked.wait_until(CUT_OFF_US - 1)
    worked.do(CloseFlow(worked.context).look())
    assert worked.do(worked.store.due_work(worked.kernel.now_us(), 9)) == []


def test_what_is_missing_is_a_journal_nobody_has_posted_yet(planned: Room) -> None:
    close(planned)
    (journal,) = journals(planned)
    assert (journal["externalId"], journal["approved"]) == (JOURNAL, 0)
    assert (journal["tranDate"], journal["reversalDate"]) == ("2026-01-31", "2026-02-01")
    (accrual,) = report(planned)["accruals"]
    assert (accrual["minutes"], accrual["cost"], accrual["value"]) == (4 * 480, COST, VALUE)
    assert (accrual["journal"], accrual["by_hand"]) == (journal["tranId"], False)


FATES = [never_arrives, answer_lost, killed_before, killed_after]


@pytest.mark.parametrize("fate", FATES, ids=lambda fate: fate.__name__)
@pytest.mark.parametrize(("method", "part"), [("POST", "journalEntry"), ("GET", "journalEntry"), ("GET", "workers")])
def test_whatever_happens_it_stands_once(planned: Room, fate: Fate, method: str, part: str) -> None:
    planned.wire.meets("*", method, part, fate)
    for _ in range(3):
        try:
            close(planned)
        except (Killed, Unavailable, NoAnswer):
            planned.crash()
    assert [each["externalId"] for each in journals(planned)] == [JOURNAL]
    assert [each["cost"] for each in report(planned)["accruals"]] == [COST]


def test_time_that_comes_later_changes_nothing_of_it(planned: Room) -> None:
    planned.wire.meets("erp", "POST", "journalEntry", killed_before)
    planned.fails(CloseFlow(planned.context).handle(work("close", KEY)))
    planned.crash()
    book(planned, "W-0003", "ENG-01", "analyst", ("2026-01-27", 480))
    close(planned)
    assert [each["cost"] for each in report(planned)["accruals"]] == [COST]


def by_hand(room: Room) -> None:
    room.act("finance-uk", "accrue_by_hand", engagement="ENG-01", period="2026-01", amount="1500.00")


def test_what_finance_accrued_by_hand_stands_alone(planned: Room) -> None:
    by_hand(planned)
    close(planned)
    (journal,) = journals(planned)
    (accrual,) = report(planned)["accruals"]
    assert (accrual["journal"], accrual["by_hand"]) == (journal["tranId"], True)


@pytest.mark.parametrize(("policy", "count"), [(AccruesTwice, 2), (NoAccruals, 1)])
def test_what_a_weakened_engine_makes_of_it(
    opened: Opened, planned_state: Saved, policy: type[Policy], count: int
) -> None:
    room = opened(policy, saved=planned_state)
    by_hand(room)
    close(room)
    assert len(journals(room)) == count


def test_its_revenue_goes_in_with_the_totals_of_the_night(planned: Room) -> None:
    close(planned)
    obligations, _ = planned.do(RevenueFlow(planned.context)._totals())
    (estimate,) = [each for each in obligations if each.release == "estimate"]
    assert (estimate.obligation, str(estimate.amount)) == ("ENG-01-L1-2026-01-missing", VALUE)
    assert (str(estimate.first), str(estimate.last), estimate.right_to_bill) == ("2026-01-01", "2026-01-31", False)


def test_the_totals_are_those_of_the_cut_off(planned: Room) -> None:
    close(planned)
    totals = report(planned)["at_cutoff"]
    # Two days of 400 and one of 480 by the hour, one of 480 for a fee; the engine has posted none of them here.
    assert totals["approved"] == {"count": 4, "minutes": 1_760}
    assert totals["posted"] == {"count": 0, "minutes": 0}
    # 566.67 + 566.67 + 680.00.
    assert totals["unposted_value"] == {"GBP": "1813.34"}


def test_finance_is_told_and_posts_it_once(planned: Room) -> None:
    service = StatusService(planned.context)
    headers = {"authorization": f"Bearer {front_end_token(planned.plan)}"}
    asked = Request("GET", "/v1/close/UK/2026-01", headers=headers)
    assert planned.do(service.handle(asked)).status == 404
    close(planned)
    answered = planned.do(service.handle(asked))
    assert (answered.status, answered.json()) == (200, report(planned))
    number = report(planned)["accruals"][0]["journal"]
    for _ in range(2):
        planned.screen("controller", "erp", "approve_journal", journal=number)
    (journal,) = journals(planned)
    assert (journal["approved"], journal["custbody_poster"]) == (1, "manual")
    lines = [row for row in planned.rows("erp", "transactionLine") if row["transaction"] == journal["id"]]
    assert sorted((row["debit"] or 0, row["credit"] or 0) for row in lines) == [(0, 13_600_000), (13_600_000, 0)]
