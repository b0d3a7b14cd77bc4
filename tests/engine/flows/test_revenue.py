"""Revenue: totals, progress and bills go in once a day; batches come out and are posted once, however often offered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, MINUTE_US
from sandbox.engine.context import digest
from sandbox.engine.flows.revenue import RevenueFlow
from sandbox.engine.flows.time import TimeFlow
from sandbox.engine.policy import NaivePolicy
from sandbox.engine.resilience import Missing, Refused, Unavailable
from sandbox.engine.store import Work
from tests.engine.builders import (
    Room,
    Saved,
    answer_lost,
    answered,
    book,
    executed_but,
    killed_after,
    killed_before,
    work,
)
from tests.engine.conftest import Opened
from tests.engine.flows.test_billing import handle as bill
from tests.engine.flows.test_billing import invoice, pre_bill


def totals(room: Room, day: str = "2026-01-25") -> None:
    """The day's totals go in."""
    room.do(RevenueFlow(room.context).handle(work("revenue", f"revenue.totals {day}")))


def totals_fail(room: Room, day: str = "2026-01-25") -> BaseException:
    return room.fails(RevenueFlow(room.context).handle(work("revenue", f"revenue.totals {day}")))


def run_period(room: Room, period: str = "2026-01") -> None:
    room.screen("revenue-accountant", "revenue", "run_period", org="UK", period=period)


def lines(room: Room) -> dict[str, int]:
    """What each obligation is worth, at 1e-4."""
    return {row["so_line_id"]: row["ext_sll_prc"] for row in room.rows("revenue", "rc_line")}


def uploads(room: Room) -> int:
    return len(room.wire.sent("revenue", "POST", "/csv/upload"))


def account_for_time(room: Room) -> None:
    """Cards that are in the feed by now, and no pre-bills."""
    flow = TimeFlow(room.context)
    room.do(flow.look())
    for each in room.do(room.store.due_work(room.kernel.now_us(), 20)):
        if each.flow == "time":
            room.do(flow.handle(each))
            room.do(room.store.finish_work(each))


# -- totals ------------------------------------------------------------------------------------------------------------


def test_the_value_of_a_months_approved_hours_is_what_may_be_invoiced(billed: Room) -> None:
    totals(billed)
    assert lines(billed) == {"ENG-01-L1-2026-01": 11_333_400, "ENG-02-L1": 90_000_000}


def test_the_hours_of_a_fixed_fee_are_its_progress(billed: Room) -> None:
    totals(billed)
    row = billed.row("revenue", "pob_event")
    assert (row["so_line_id"], row["event_date"]) == ("ENG-02-L1", "2026-01-31")
    # 480 of 6,000 minutes.
    assert (Decimal(row["completed_qty"]), Decimal(row["total_qty"])) == (Decimal(480), Decimal(6000))


def test_progress_counts_from_the_beginning_month_by_month(billed: Room) -> None:
    billed.wait_until(18 * DAY_US)
    book(billed, "W-0002", "ENG-02", "consultant", ("2026-02-03", 120))
    billed.wait(MINUTE_US)
    account_for_time(billed)
    totals(billed, "2026-02-07")
    completed = {row["event_date"]: Decimal(row["completed_qty"]) for row in billed.rows("revenue", "pob_event")}
    assert completed == {"2026-01-31": Decimal(480), "2026-02-28": Decimal(600)}


def test_what_invoices_bill_goes_in_with_its_obligation(billed: Room) -> None:
    bill(billed)
    bill(billed, "ENG-02 instalment 1")
    totals(billed)
    bills = {row["so_line_id"]: row for row in billed.rows("revenue", "rc_bill")}
    hours, fee = bills["ENG-01-L1-2026-01"], bills["ENG-02-L1"]
    assert (hours["ext_sll_prc"], hours["inv_num"], hours["inv_date"]) == (
        11_333_400,
        invoice(billed)["tranId"],
        "2026-01-26",
    )
    assert hours["inv_line_id"] == f"{pre_bill(billed)['id']}-ENG-01-L1-2026-01"
    assert (fee["ext_sll_prc"], fee["inv_num"]) == (27_000_000, invoice(billed, "ENG-02 instalment 1")["tranId"])
    # A bill is no change of what the obligation is worth.
    assert lines(billed) == {"ENG-01-L1-2026-01": 11_333_400, "ENG-02-L1": 90_000_000}


def test_what_did_not_change_is_not_sent_again(billed: Room) -> None:
    bill(billed)
    totals(billed)
    sent = uploads(billed)
    totals(billed, "2026-01-26")
    assert uploads(billed) == sent


def test_only_what_changed_is_sent(billed: Room) -> None:
    totals(billed)
    book(billed, "W-0003", "ENG-01", "analyst", ("2026-01-23", 60))
    billed.wait(MINUTE_US)
    account_for_time(billed)
    billed.wire.log.clear()
    totals(billed, "2026-01-26")
    (sent,) = billed.wire.sent("revenue", "POST", "/csv/upload")
    assert b"ENG-01-L1-2026-01" in sent.request.body
    assert b"ENG-02" not in sent.request.body
    assert sent.request.headers["filename"].startswith("totals-2026-01-26-")
    assert lines(billed)["ENG-01-L1-2026-01"] == 12_183_400


def test_a_value_that_falls_falls_in_the_revenue_system(billed: Room) -> None:
    totals(billed)
    billed.do(billed.context.psa._caller.send("PUT", f"/api/v1/invoices/{pre_bill(billed)['id']}/cancel.json"))
    entry = next(row["id"] for row in billed.rows("psa", "time_entry") if row["date_performed"] == "2026-01-22")
    billed.screen("W-0001", "psa", "write_off", time_entry_ids=[entry], reason="not chargeable")
    billed.wait(MINUTE_US)
    account_for_time(billed)
    totals(billed, "2026-01-26")
    assert lines(billed)["ENG-01-L1-2026-01"] == 5_666_700


@pytest.mark.parametrize("hurt", [answer_lost, executed_but(500), killed_after, killed_before])
@pytest.mark.parametrize("part", ["/csv/upload", "/job/collection/template", "/programs/"])
def test_totals_that_are_cut_anywhere_end_as_if_they_had_gone_through(billed: Room, part: str, hurt: Any) -> None:
    bill(billed)
    billed.wire.meets("revenue", "POST", part, hurt)
    if hurt in (killed_after, killed_before):
        totals_fail(billed)
        billed.crash()
    totals(billed)
    assert lines(billed) == {"ENG-01-L1-2026-01": 11_333_400, "ENG-02-L1": 90_000_000}
    assert billed.row("revenue", "rc_bill")["ext_sll_prc"] == 11_333_400
    assert billed.row("revenue", "pob_event")["so_line_id"] == "ENG-02-L1"
    assert billed.rows("revenue", "stage_txn") != []
    assert all(row["processed_flag"] == "Y" for row in billed.rows("revenue", "stage_txn"))


def test_a_refused_row_is_refused_by_name_and_sent_again_next_time(billed: Room) -> None:
    bill(billed)
    # The obligation is gone from the revenue system: a bill of it is in error.
    billed.systems["revenue"].seeding(lambda: _forget(billed, "ENG-01-L1-2026-01"))
    billed.do(billed.store.mark_sent(_as_sent(billed)))
    refused = totals_fail(billed)
    assert isinstance(refused, Refused)
    bill_id = f"{pre_bill(billed)['id']}-ENG-01-L1-2026-01"
    assert refused.message.startswith(f"revenue staging refused {bill_id}: RPRO-00064")
    assert billed.do(billed.store.sent(f"bill {bill_id}")) is None


def _forget(room: Room, so_line_id: str) -> None:
    store = room.systems["revenue"].store
    for record in ("rc_line", "stage_txn"):
        for row in store.find(record, {"so_line_id": so_line_id}):
            store.delete(record, row["id"])


def _as_sent(room: Room) -> dict[str, str]:
    """The hours' obligation counts as sent as it is."""
    obligations, _ = room.do(RevenueFlow(room.context)._totals())
    return {f"obligation {each.obligation}": digest(each) for each in obligations}


def test_progress_that_is_refused_is_refused_by_name_and_not_taken_for_sent(billed: Room) -> None:
    billed.systems["revenue"].seeding(lambda: _forget(billed, "ENG-02-L1"))
    failed = None
    try:
        totals(billed)
    except Refused as refused:
        failed = refused.message
    assert failed == "revenue staging refused ENG-02-L1: SBX-00006 order line ENG-02-L1 is not known"
    assert billed.do(billed.store.sent("progress ENG-02-L1 2026-01-31")) is None


def test_a_bill_that_arrived_before_the_totals_failed_is_not_refused_when_more_is_sent(billed: Room) -> None:
    bill(billed)
    billed.wire.meets("revenue", "POST", "/job/collection/template", *[answered(503)] * 6)
    assert isinstance(totals_fail(billed), Unavailable)
    # By the next try there is more to send, so the file has another name.
    bill(billed, "ENG-02 instalment 1")
    totals(billed)
    assert len(billed.rows("revenue", "rc_bill")) == 2


def test_a_system_that_is_down_delays_the_totals(billed: Room) -> None:
    billed.wire.always("revenue", "POST", "/csv", answered(503))
    assert isinstance(totals_fail(billed), Unavailable)
    billed.wire.heal()
    totals(billed)
    assert lines(billed)["ENG-01-L1-2026-01"] == 11_333_400


def test_a_day_without_anything_new_sends_nothing(won: Room) -> None:
    won.wire.log.clear()
    totals(won)
    assert won.wire.log == []


# -- batches -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(billed: Room) -> Room:
    """January has been run: revenue, netting and its reversal are ready."""
    totals(billed)
    run_period(billed)
    return billed


def offered(room: Room) -> list[Work]:
    room.do(RevenueFlow(room.context).look())
    return [each for each in room.do(room.store.due_work(10**15, 20)) if each.flow == "revenue"]


def post_all(room: Room) -> None:
    for each in offered(room):
        room.do(RevenueFlow(room.context).handle(each))
        room.do(room.store.finish_work(each))


def journals(room: Room) -> list[dict[str, Any]]:
    """Journals of revenue batches: the others are the ERP's own."""
    return [row for row in room.rows("erp", "journalEntry") if row["memo"].startswith("revenue batch ")]


def balance(room: Room, account: str) -> int:
    """Debit less credit of what revenue batches posted on an account, at 1e-4."""
    ids = {row["id"]: row["acctNumber"] for row in room.rows("erp", "account")}
    mine = {row["id"] for row in journals(room)}
    moved = [row for row in room.rows("erp", "transactionLine") if row["transaction"] in mine]
    return sum((row["debit"] or 0) - (row["credit"] or 0) for row in moved if ids[row["account"]] == account)


def test_ready_batches_are_queued_and_an_offer_repeated_is_no_news(run: Room) -> None:
    first = offered(run)
    assert [each.key for each in first] == [each.lane for each in first]
    assert len(first) == 3
    assert [(each.key, each.generation) for each in offered(run)] == [(each.key, 0) for each in first]


def test_batches_become_journals_and_are_marked(run: Room) -> None:
    post_all(run)
    assert len(journals(run)) == 3
    assert {row["status"] for row in run.rows("revenue", "batch")} == {"TRANSFERRED"}
    # Hours 1,133.34; fixed fee 9,000.00 x 480 / 6,000 = 720.00.
    assert (balance(run, "4000"), balance(run, "4010")) == (-11_333_400, -7_200_000)
    # Netting and its reversal are even by themselves.
    assert (balance(run, "1105"), balance(run, "1120")) == (0, 0)
    assert balance(run, "2100") == 11_333_400 + 7_200_000


def test_a_batch_that_is_offered_again_is_not_posted_again(run: Room) -> None:
    post_all(run)
    before = run.dump("erp")
    (revenue,) = [row for row in run.rows("revenue", "batch") if row["kind"] == "Revenue"]
    run.screen("revenue-accountant", "revenue", "reset_batch", batch_id=int(revenue["id"]))
    run.crash()
    post_all(run)
    assert run.dump("erp") == before
    assert {row["status"] for row in run.rows("revenue", "batch")} == {"TRANSFERRED"}


@pytest.mark.parametrize("hurt", [answer_lost, executed_but(500), killed_after])
@pytest.mark.parametrize(
    ("system", "method", "part"), [("erp", "POST", "/journalEntry"), ("revenue", "PUT", "/status/")]
)
def test_whatever_is_cut_a_batch_is_posted_once(run: Room, system: str, method: str, part: str, hurt: Any) -> None:
    run.wire.meets(system, method, part, hurt)
    if hurt is killed_after:
        found = offered(run)
        run.fails(RevenueFlow(run.context).handle(found[0]))
        run.crash()
    post_all(run)
    assert len(journals(run)) == 3
    assert balance(run, "4000") == -11_333_400


def test_the_naive_engine_posts_twice_what_it_is_in_doubt_about(opened: Opened, billed_state: Saved) -> None:
    room = opened(NaivePolicy, saved=billed_state)
    totals(room)
    run_period(room)
    room.wire.meets("erp", "POST", "/journalEntry", answer_lost)
    post_all(room)
    assert len(journals(room)) == 4


def test_a_batch_that_does_not_balance_is_refused_and_not_posted(run: Room) -> None:
    found = offered(run)
    store = run.systems["revenue"].store

    def spoil() -> None:
        line = store.find("gl_line", {"batch_id": found[0].key})[0]
        store.update("gl_line", line["line_id"], {"accounted_dr": line["accounted_dr"] + 100})

    run.systems["revenue"].seeding(spoil)
    refused = run.fails(RevenueFlow(run.context).handle(found[0]))
    assert isinstance(refused, Refused)
    assert refused.message.startswith(f"revenue batch {found[0].key} does not balance: debit ")
    assert journals(run) == []
    assert found[0].key in run.do(run.context.revenue.ready_batches())


def test_a_batch_about_a_project_the_erp_does_not_have_waits(run: Room) -> None:
    found = offered(run)
    run.store._write("DELETE FROM xref WHERE kind = 'engagement' AND system = 'erp'", ())
    missing = run.fails(RevenueFlow(run.context).handle(found[0]))
    assert isinstance(missing, Missing)
    assert missing.message == "engagement ENG-01 is not in the erp yet"
    assert journals(run) == []


def test_a_batch_that_is_gone_is_done(run: Room) -> None:
    run.do(RevenueFlow(run.context).handle(work("revenue", "1")))
    assert journals(run) == []


def test_totals_are_queued_once_a_day_under_the_day(won: Room) -> None:
    flow = RevenueFlow(won.context)
    won.wait_until(5 * DAY_US)
    for _ in range(2):
        won.do(flow.start_totals())
    won.wait(DAY_US)
    won.do(flow.start_totals())
    keys = [each.key for each in won.do(won.store.due_work(10**15, 10))]
    assert keys == ["revenue.totals 2026-01-24", "revenue.totals 2026-01-25"]
