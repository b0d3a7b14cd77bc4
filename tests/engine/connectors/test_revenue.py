"""The revenue connector against the mock: uploads staged and collected, rows refused, batches and their lines."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import MINUTE_US, SECOND_US
from sandbox.core.damage import NoFaults
from sandbox.core.periods import Period
from sandbox.core.wire import Request
from sandbox.engine.canonical import BatchLine
from sandbox.engine.connectors.revenue import Bill, Obligation, Progress, Rejected
from sandbox.engine.resilience import Refused, Unavailable
from tests.engine.builders import Room, answer_lost, answered
from tests.engine.samples import BILLED, FEE, HOURS


def send(room: Room, name: str, obligations: list[Obligation], bills: list[Bill] | None = None) -> list[Rejected]:
    return room.do(room.context.revenue.send_transactions(name, obligations, bills or []))


def run_period(room: Room, period: str = "2026-01") -> None:
    room.screen("revenue-accountant", "revenue", "run_period", org="UK", period=period)


def column(room: Room, record: str, name: str) -> list[Any]:
    return [row[name] for row in room.rows("revenue", record)]


# -- uploads -----------------------------------------------------------------------------------------------------------


def test_obligations_are_uploaded_staged_and_collected(room: Room) -> None:
    assert send(room, "a.csv", [HOURS, FEE]) == []
    rows = {row["so_line_id"]: row for row in room.rows("revenue", "rc_line")}
    hours, fee = rows["ENG-09-L1-2026-01"], rows["ENG-08-L1"]
    wanted = {
        "so_num": "ENG-09",
        "ext_sll_prc": 5_666_700,
        "curr": "GBP",
        "start_date": "2026-01-01",
        "end_date": "2026-01-31",
        "right_to_bill": "Y",
        "rev_segments": "4000",
        "def_segments": "2100",
        "item_num": "TM",
    }
    assert {name: hours[name] for name in wanted} == wanted
    assert (fee["ext_sll_prc"], fee["right_to_bill"], fee["end_date"]) == (90_000_000, "N", "2026-03-31")
    # Commas and quotes of a name survive the file.
    assert column(room, "rc", "cstmr_nm") == ['Ferry, Line & "Sons" plc'] * 2


def test_an_amount_is_the_total_and_sending_it_again_changes_nothing(room: Room) -> None:
    send(room, "a.csv", [HOURS])
    send(room, "b.csv", [HOURS])
    assert column(room, "rc_line", "ext_sll_prc") == [5_666_700]
    send(room, "c.csv", [replace(HOURS, amount=Decimal("1133.34"))])
    assert column(room, "rc_line", "ext_sll_prc") == [11_333_400]


def test_what_an_invoice_bills_goes_with_number_date_and_amount(room: Room) -> None:
    assert send(room, "a.csv", [HOURS], [BILLED]) == []
    row = room.row("revenue", "rc_bill")
    wanted = {
        "inv_line_id": "77-ENG-09-L1-2026-01",
        "so_line_id": "ENG-09-L1-2026-01",
        "inv_num": "INV7",
        "inv_date": "2026-01-26",
        "ext_sll_prc": 5_666_700,
    }
    assert {name: row[name] for name in wanted} == wanted


def test_dates_are_spelled_in_the_vendors_way(room: Room) -> None:
    dated = replace(HOURS, first=date(2026, 5, 4), last=date(2026, 12, 31), signed=date(2026, 2, 28))
    send(room, "a.csv", [dated])
    body = room.wire.sent("revenue", "POST", "/csv/upload")[0].request.body
    for spelled in (b'"04-MAY-2026"', b'"31-DEC-2026"', b'"28-FEB-2026"'):
        assert spelled in body
    assert column(room, "rc_line", "start_date") == ["2026-05-04"]


def test_amounts_are_written_without_exponent_or_rounding(room: Room) -> None:
    send(room, "a.csv", [replace(HOURS, amount=Decimal("1E+3")), replace(FEE, amount=Decimal("0.10"))])
    assert sorted(column(room, "rc_line", "ext_sll_prc")) == [1_000, 10_000_000]


def test_a_row_that_is_refused_is_named_with_the_reason_and_stops_no_other(room: Room) -> None:
    wrong = replace(FEE, obligation="ENG-07-L1", engagement="ENG-07", last=date(2026, 1, 1))
    rejected = send(room, "a.csv", [HOURS, wrong])
    assert rejected == [
        Rejected("ENG-07-L1", "RPRO-00013 end date 01-JAN-2026 is before start date 05-JAN-2026"),
    ]
    assert column(room, "rc_line", "so_line_id") == ["ENG-09-L1-2026-01"]


def test_a_refused_bill_is_named_by_its_own_id(room: Room) -> None:
    (rejected,) = send(room, "a.csv", [], [BILLED])
    assert rejected.row_id == "77-ENG-09-L1-2026-01"
    assert rejected.message.startswith("RPRO-00064 invoice refers to order line 'ENG-09-L1-2026-01'")


def test_a_file_whose_answer_was_lost_counts_as_arrived_and_is_not_sent_under_another_name(room: Room) -> None:
    room.wire.meets("revenue", "POST", "/csv/upload", answer_lost)
    assert send(room, "a.csv", [HOURS]) == []
    assert [each.status for each in room.wire.sent("revenue", "POST", "/csv/upload")] == [None, 400]
    assert column(room, "rc_line", "ext_sll_prc") == [5_666_700]
    assert column(room, "upload", "filename") == ["a.csv"]


def test_rows_refused_in_a_file_whose_answer_was_lost_are_named_too(room: Room) -> None:
    wrong = replace(FEE, last=date(2026, 1, 1))
    room.wire.meets("revenue", "POST", "/csv/upload", answer_lost)
    assert [rejected.row_id for rejected in send(room, "a.csv", [wrong])] == ["ENG-08-L1"]


class Busy(NoFaults):
    """The staging is too busy for these rows of the next uploads."""

    def __init__(self, *rows: set[int]) -> None:
        self._rows = list(rows)

    def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
        return self._rows.pop(0) if self._rows else set()


def test_rows_the_staging_is_too_busy_for_are_sent_again_and_only_they(room: Room) -> None:
    # The bill is refused with its order line, which is not there: both go again. The fee was taken.
    room.systems["revenue"].context.faults = Busy({1}, {0})
    assert send(room, "a.csv", [FEE, HOURS], [replace(BILLED, obligation=HOURS)]) == []
    rows = [each.request.body.decode().count("\r\n") - 1 for each in room.wire.sent("revenue", "POST", "/csv/upload")]
    assert rows == [3, 2, 2]
    assert sorted(column(room, "upload", "filename")) == ["a-2.csv", "a-3.csv", "a.csv"]
    assert sorted(column(room, "rc_line", "so_line_id")) == ["ENG-08-L1", "ENG-09-L1-2026-01"]
    assert len(room.rows("revenue", "rc_bill")) == 1


def test_rows_that_wait_for_a_repeat_are_found_by_whoever_sends_the_file_again(room: Room) -> None:
    room.systems["revenue"].context.faults = Busy({0})
    room.wire.meets("revenue", "GET", "/stage/error", *[answered(503)] * 6)
    assert isinstance(room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], [])), Unavailable)
    assert send(room, "a.csv", [HOURS]) == []
    assert sorted(column(room, "upload", "filename")) == ["a-2.csv", "a.csv"]
    assert column(room, "rc_line", "ext_sll_prc") == [5_666_700]


def test_a_staging_that_stays_busy_is_not_available_and_not_a_refusal(room: Room) -> None:
    room.systems["revenue"].context.faults = Busy(*[{0}] * 7)
    failed = room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], []))
    assert isinstance(failed, Unavailable)
    assert failed.message == "revenue upload a.csv: rows were refused 5 times, and may be sent again"
    # Two more uploads are refused; names that are taken do not count, and the eighth is taken in.
    assert send(room, "a.csv", [HOURS]) == []
    assert set(column(room, "upload", "filename")) == {"a.csv", *(f"a-{number}.csv" for number in range(2, 9))}


def test_progress_the_staging_is_too_busy_for_is_sent_again(room: Room) -> None:
    send(room, "a.csv", [FEE])
    room.systems["revenue"].context.faults = Busy({0})
    progress = Progress("ENG-08-L1", date(2026, 1, 31), 960, 6000)
    assert room.do(room.context.revenue.send_progress("p.csv", [progress], ["UK"])) == []
    assert Decimal(room.row("revenue", "pob_event")["completed_qty"]) == Decimal(960)


def test_a_file_that_is_refused_as_a_whole_is_refused_with_the_reason(room: Room) -> None:
    failed = room.fails(
        room.context.revenue._upload("PSA_TXM", "a.csv", [{"Type": "SO"}]),
    )
    assert isinstance(failed, Refused)
    assert failed.message.startswith("revenue upload a.csv: ")
    assert "did you mean PSA_TXN" in failed.message


def test_a_file_that_is_never_staged_is_not_available_after_ten_minutes(room: Room) -> None:
    received = b'{"result": {"id": 1, "message": "Data Received"}}'
    room.wire.always("revenue", "GET", "/csv/upload/status", answered(200, received))
    failed = room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], []))
    assert isinstance(failed, Unavailable)
    assert failed.message == "revenue upload a.csv is not staged"
    assert room.kernel.now_us() == 10 * MINUTE_US


def test_a_third_collection_of_an_organisation_is_waited_for_and_not_refused(room: Room) -> None:
    send(room, "a.csv", [HOURS])
    revenue = room.context.revenue
    body = {"rc_template_name": "PSA_RC_BY_SO_NUM", "org_id": room.row("revenue", "org")["org_id"]}
    for _ in range(2):
        room.do(revenue._caller.send("POST", "/api/integration/v1/job/collection/template", json=body))
    failed = room.fails(revenue._collect("UK"))
    assert isinstance(failed, Unavailable)
    assert failed.message == "revenue collection for UK: 2 collection jobs are Running or Pending for org 1"


def test_our_own_collections_of_an_organisation_follow_one_another(room: Room) -> None:
    revenue = room.context.revenue
    sent = [revenue.send_transactions(f"{n}.csv", [replace(HOURS, obligation=f"O-{n}")], []) for n in range(4)]
    assert room.do(room.ports().gather(*sent)) == [[], [], [], []]
    assert len(room.rows("revenue", "rc_line")) == 4


def test_a_grouping_the_tenant_does_not_have_is_refused(room: Room) -> None:
    room.context.revenue._grouping = "BY_MOOD"
    failed = room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], []))
    assert isinstance(failed, Refused)
    assert failed.message == (
        "revenue collection for UK: RC template 'BY_MOOD' does not exist; this tenant has PSA_RC_BY_SO_NUM"
    )


def test_an_entity_without_organisation_is_refused_by_name(room: Room) -> None:
    failed = room.fails(room.context.revenue._collect("NL"))
    assert isinstance(failed, Refused)
    assert failed.message == "the revenue system has no organisation for NL"


@pytest.mark.parametrize("status", ["Error", "Failed", "Cancelled", "Terminated"])
def test_a_job_that_ends_badly_is_refused(room: Room, status: str) -> None:
    room.wire.always(
        "revenue", "GET", "/job/collection/template/", answered(200, b'{"data": {"status": "%s"}}' % status.encode())
    )
    failed = room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], []))
    assert isinstance(failed, Refused)
    assert failed.message.endswith(f"ended {status}")


def test_a_job_that_does_not_end_is_not_available(room: Room) -> None:
    room.wire.always("revenue", "GET", "/job/collection/template/", answered(200, b'{"data": {"status": "Running"}}'))
    failed = room.fails(room.context.revenue.send_transactions("a.csv", [HOURS], []))
    assert isinstance(failed, Unavailable)
    assert failed.message.endswith("does not end")


def test_a_token_that_expires_during_an_upload_is_renewed_on_the_way(room: Room) -> None:
    room.do(room.context.revenue.ready_batches())
    room.wait(30 * MINUTE_US - 25 * SECOND_US)
    # Valid for the upload and the first look at it, not for the second.
    assert send(room, "a.csv", [HOURS]) == []
    assert [each.status for each in room.wire.sent("revenue", "GET", "/csv/upload/status")] == [200, 200]
    assert len(room.wire.sent("revenue", "POST", "/authenticate")) == 2
    assert column(room, "rc_line", "ext_sll_prc") == [5_666_700]


# -- progress ----------------------------------------------------------------------------------------------------------


def test_hours_are_uploaded_and_processed(room: Room) -> None:
    send(room, "a.csv", [FEE])
    progress = Progress("ENG-08-L1", date(2026, 1, 31), 960, 6000)
    assert room.do(room.context.revenue.send_progress("p.csv", [progress], ["UK"])) == []
    row = room.row("revenue", "pob_event")
    assert (row["so_line_id"], row["event_date"]) == ("ENG-08-L1", "2026-01-31")
    assert (Decimal(row["completed_qty"]), Decimal(row["total_qty"])) == (Decimal(960), Decimal(6000))


def test_hours_of_an_obligation_nobody_knows_are_named(room: Room) -> None:
    progress = Progress("ENG-07-L1", date(2026, 1, 31), 960, 6000)
    assert room.do(room.context.revenue.send_progress("p.csv", [progress], ["UK"])) == [
        Rejected("ENG-07-L1", "SBX-00006 order line ENG-07-L1 is not known"),
    ]


# -- journal -----------------------------------------------------------------------------------------------------------


def test_batches_are_ready_after_a_run_and_gone_when_marked(room: Room) -> None:
    revenue = room.context.revenue
    assert room.do(revenue.ready_batches()) == []
    send(room, "a.csv", [HOURS])
    run_period(room)
    ready = room.do(revenue.ready_batches())
    assert ready == [row["id"] for row in sorted(room.rows("revenue", "batch"), key=lambda row: row["position"])]
    assert len(ready) == 3
    for batch_id in ready:
        room.do(revenue.mark_transferred(batch_id))
    assert room.do(revenue.ready_batches()) == []
    assert set(column(room, "batch", "status")) == {"TRANSFERRED"}


def test_marking_a_batch_again_is_no_harm(room: Room) -> None:
    send(room, "a.csv", [HOURS])
    run_period(room)
    revenue = room.context.revenue
    (first, *_) = room.do(revenue.ready_batches())
    room.wire.meets("revenue", "PUT", "/journal/batch/status", answer_lost)
    room.do(revenue.mark_transferred(first))
    assert [each.status for each in room.wire.sent("revenue", "PUT")] == [None, 400]


def test_a_mark_that_is_refused_for_another_reason_is_refused(room: Room) -> None:
    room.wire.meets("revenue", "PUT", "/journal", answered(400, b'{"message": "period is locked"}'))
    failed = room.fails(room.context.revenue.mark_transferred("1"))
    assert isinstance(failed, Refused)
    assert "period is locked" in failed.message


def test_a_revenue_batch_says_account_side_amount_and_what_it_is_about(room: Room) -> None:
    send(room, "a.csv", [HOURS])
    run_period(room)
    batches = {row["kind"]: row for row in room.rows("revenue", "batch")}
    batch = room.do(room.context.revenue.batch(batches["Revenue"]["id"]))
    assert batch is not None
    assert (batch.entity, batch.currency, batch.period, batch.on) == ("UK", "GBP", Period(2026, 1), date(2026, 1, 31))
    amount, none = Decimal("566.67"), Decimal(0)
    assert [replace(line, line_id="") for line in batch.lines] == [
        BatchLine("", "2100", amount, none, "ENG-09", "ENG-09-L1-2026-01", amount, none),
        BatchLine("", "4000", none, amount, "ENG-09", "ENG-09-L1-2026-01", none, amount),
    ]
    assert len({line.line_id for line in batch.lines}) == 2
    # Netting is about a contract and no obligation, and is reversed on the first of the next month.
    reversal = room.do(room.context.revenue.batch(batches["Netting Reversal"]["id"]))
    assert reversal is not None
    assert (reversal.period, reversal.on) == (Period(2026, 2), date(2026, 2, 1))
    assert [(line.account, line.debit, line.obligation) for line in reversal.lines] == [
        ("2100", amount, ""),
        ("1105", none, ""),
    ]


def test_a_batch_of_many_lines_is_read_page_by_page(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    send(room, "a.csv", [replace(HOURS, obligation=f"O-{n}", amount=Decimal(n)) for n in range(1, 6)])
    run_period(room)
    (revenue_batch,) = [row for row in room.rows("revenue", "batch") if row["kind"] == "Revenue"]
    whole = room.do(room.context.revenue.batch(revenue_batch["id"]))
    # Ten lines: a last page of two, and pages that are full to the last.
    for size, requests in ((4, 3), (5, 3), (10, 2)):
        monkeypatch.setattr("sandbox.engine.connectors.revenue._PAGE", size)
        room.wire.log.clear()
        assert room.do(room.context.revenue.batch(revenue_batch["id"])) == whole
        assert len(room.wire.log) == requests
    assert whole is not None
    assert sum(line.debit for line in whole.lines) == sum(line.credit for line in whole.lines) == 15


def test_a_batch_nobody_made_is_none(room: Room) -> None:
    assert room.do(room.context.revenue.batch("1")) is None
