"""Batches are offered until they are acknowledged and again after a reset; their lines come by page."""

from __future__ import annotations

from decimal import Decimal

import pytest

from mocks.revenue.system import Revenue
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Commit, Delivery
from sandbox.core.wire import Request
from tests.mocks.revenue.client import ACCOUNTANT, BASE, Desk, hours, invoice, make, order


def posted() -> Desk:
    """Three orders earned and partly billed in January: batches of 6, 6 and 6 lines."""
    desk = Desk()
    orders = [order(so_num=f"P-{n}", so_line_id=f"P-{n}-1", right_to_bill="Y") for n in (1, 2, 3)]
    desk.collect(*orders, invoice(ext_sll_prc="20.00"))
    desk.run()
    return desk


def test_nothing_ready_is_answered_without_a_body(desk: Desk) -> None:
    answer = desk.call("GET", "/journal/list")
    assert (answer.status, answer.body) == (204, b"")


def test_a_ready_batch_is_listed_with_its_organisation() -> None:
    desk = posted()
    body = desk.call("GET", "/journal/list").json()
    assert body["status"] == body["Status"] == "Success"
    assert body["result"] == body["Result"]
    first = body["result"][0]
    batch_id = first.pop("id")
    assert isinstance(batch_id, int)
    assert first == {
        "name": "US 2026-01 REVENUE 1",
        "status": "READY TO TRANSFER",
        "client_id": 1,
        "report_id": None,
        "org_id": 1,
        "org_code": "US",
        "crtd_by": "revenue@firm.example",
        "crtd_dt": "2026-01-12T00:01:20Z",
        "updt_by": "revenue@firm.example",
        "updt_dt": "2026-01-12T00:01:20Z",
    }
    assert [batch["name"] for batch in body["result"]][1:] == ["US 2026-01 NETTING 1", "US 2026-01 REVERSAL 1"]


def test_the_ids_of_batches_depend_on_organisation_period_kind_and_run_alone() -> None:
    fewer = Desk()
    fewer.collect(order(so_num="X-1", so_line_id="X-1-1", right_to_bill="Y"))
    fewer.run()
    assert [batch["id"] for batch in fewer.ready()] == [batch["id"] for batch in posted().ready()]


def test_the_lines_carry_everything_a_ledger_needs() -> None:
    desk = posted()
    revenue, netting, reversal = (batch["id"] for batch in desk.ready())
    (contract,) = desk.mock.store.find("rc", {"so_num": "P-1"})
    (order_line,) = desk.mock.store.find("rc_line", {"so_num": "P-1"})
    line = desk.lines(revenue)[0]
    assert isinstance(line.pop("line_id"), int)
    assert line == {
        "batch_id": revenue,
        "rc_id": int(contract["id"]),
        "rc_line_id": int(order_line["id"]),
        "so_num": "P-1",
        "so_line_id": "P-1-1",
        "book": "Primary",
        "period": "2026-01",
        "gl_date": "2026-01-31",
        "schedule_type": "Revenue",
        "account": "2100",
        "currency": "USD",
        "entered_dr": Decimal("100.00"),
        "entered_cr": Decimal("0.00"),
        "func_currency": "USD",
        "accounted_dr": Decimal("100.00"),
        "accounted_cr": Decimal("0.00"),
        "ex_rate": 1,
        "je_type": "Revenue",
        "org_id": 1,
        "org_code": "US",
    }
    assert [
        (
            each["gl_date"],
            each["period"],
            each["je_type"],
            each["schedule_type"],
            each["rc_line_id"],
            each["so_line_id"],
        )
        for each in (desk.lines(netting)[0], desk.lines(reversal)[0])
    ] == [
        ("2026-01-31", "2026-01", "Netting", "Unbilled Receivable", None, None),
        ("2026-02-01", "2026-02", "Netting Reversal", "Unbilled Receivable", None, None),
    ]


def test_amounts_are_json_numbers_with_their_cents() -> None:
    desk = posted()
    netting = desk.ready()[1]["id"]
    raw = desk.call("GET", f"/journal/batch/{netting}/1", "pagesize=1").body
    assert b'"entered_dr":80.00,"entered_cr":0.00' in raw


def test_pages_hold_every_line_once_in_order() -> None:
    desk = posted()
    batch_id = desk.ready()[0]["id"]
    whole = desk.lines(batch_id)
    pages = [desk.call("GET", f"/journal/batch/{batch_id}/{page}", "pagesize=4").json() for page in (1, 2)]
    assert [len(page["result"]) for page in pages] == [4, 2]
    assert [line for page in pages for line in page["result"]] == whole
    assert [(page["pagenum"], page["pagesize"], page["total_pages"], page["total_rows"]) for page in pages] == [
        (1, 4, 2, 6),
        (2, 4, 2, 6),
    ]
    beyond = desk.call("GET", f"/journal/batch/{batch_id}/3", "pagesize=4")
    assert (beyond.status, beyond.body) == (204, b"")
    default = desk.call("GET", f"/journal/batch/{batch_id}/1").json()
    assert (default["pagesize"], default["total_pages"]) == (1000, 1)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/journal/batch/{id}/0", ""),
        ("/journal/batch/{id}/x", ""),
        ("/journal/batch/{id}/-1", ""),
        ("/journal/batch/{id}/9999999999999999999999", ""),
        ("/journal/batch/{id}/1", "pagesize=0"),
        ("/journal/batch/{id}/1", "pagesize=10001"),
        ("/journal/batch/{id}/1", "pagesize=²"),
        ("/journal/batch/{id}/1", "pagesize="),
    ],
)
def test_a_page_that_cannot_be_is_refused(path: str, query: str) -> None:
    desk = posted()
    answer = desk.call("GET", path.format(id=desk.ready()[0]["id"]), query)
    assert answer.status == 400
    assert answer.json()["Status"] == "Error"


def test_an_unknown_batch_has_no_lines(desk: Desk) -> None:
    assert desk.call("GET", "/journal/batch/12345678/1").status == 204


def test_a_batch_is_transferred_once() -> None:
    desk = posted()
    batch_id = desk.ready()[0]["id"]
    first = desk.call("PUT", f"/journal/batch/status/{batch_id}")
    assert (first.status, first.json()) == (200, {"status": "Success", "Status": "Success"})
    before = desk.mock.dump()
    for unready in (batch_id, 12345678, "x"):
        again = desk.call("PUT", f"/journal/batch/status/{unready}")
        text = "0 row(s) updated. Only the batch in Ready TO Transfer status can be updated."
        assert (again.status, again.json()["message"]) == (400, text)
    assert desk.mock.dump() == before
    assert [batch["name"] for batch in desk.ready()] == ["US 2026-01 NETTING 1", "US 2026-01 REVERSAL 1"]
    assert len(desk.lines(batch_id)) == 6


def test_a_reset_batch_is_offered_again_with_the_same_ids() -> None:
    desk = posted()
    batch = desk.ready()[0]
    lines = desk.lines(batch["id"])
    desk.call("PUT", f"/journal/batch/status/{batch['id']}")
    answer = desk.act("reset_batch", batch_id=batch["id"])
    assert answer.json() == {"id": batch["id"], "name": "US 2026-01 REVENUE 1", "status": "READY TO TRANSFER"}
    assert desk.ready()[0]["id"] == batch["id"]
    assert desk.lines(batch["id"]) == lines
    assert desk.call("PUT", f"/journal/batch/status/{batch['id']}").status == 200
    assert desk.act("reset_batch", batch_id=batch["id"]).status == 200


@pytest.mark.parametrize(("batch_id", "status"), [(12345678, 404), ("x", 422), (0, 422)])
def test_only_a_batch_that_is_there_is_reset(desk: Desk, batch_id: object, status: int) -> None:
    answer = desk.act("reset_batch", batch_id=batch_id)
    assert (answer.status, answer.json()["errors"][0]["field"]) == (status, "batch_id")


def test_a_batch_that_is_still_ready_is_not_reset() -> None:
    desk = posted()
    batch_id = desk.ready()[0]["id"]
    answer = desk.act("reset_batch", batch_id=batch_id)
    assert answer.status == 422
    assert answer.json()["errors"][0]["message"] == (
        f"batch {batch_id} is READY TO TRANSFER, only a TRANSFERRED one is reset"
    )


class Watcher:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.deliveries: list[Delivery] = []

    def committed(self, commit: Commit) -> int:
        self.commits.append(commit)
        return len(self.commits)

    def aborted(self, system: str, tx: int) -> None:
        raise AssertionError("nothing is refused here")

    def delivered(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)


def offered(commit: Commit) -> list[str]:
    return [announcement.event_id for announcement in commit.announcements]


def test_a_batch_is_announced_when_it_is_offered_and_when_it_is_offered_again() -> None:
    watcher = Watcher()
    desk = Desk(watcher)
    desk.collect(order())
    desk.stage(hours(completed_qty="0"))
    desk.collect(order(right_to_bill="Y"))
    desk.run()
    batch_ids = [str(batch["id"]) for batch in desk.ready()]
    run = watcher.commits[-1]
    assert offered(run) == batch_ids
    assert [each.covers for each in run.announcements] == [(("batch", batch_id),) for batch_id in batch_ids]
    assert watcher.deliveries == [Delivery("revenue", "journal", tuple(batch_ids), "", "")]
    desk.call("PUT", f"/journal/batch/status/{batch_ids[0]}")
    assert offered(watcher.commits[-1]) == []
    desk.act("reset_batch", batch_id=int(batch_ids[0]))
    assert offered(watcher.commits[-1]) == [batch_ids[0]]


def test_a_repeated_page_of_the_list_repeats_its_batches() -> None:
    class Repeating(NoFaults):
        def feed(self, system: str, stream: str, rows: list[object]) -> list[object]:
            return [*rows, *rows[:1]]

    desk = posted()
    mock: Revenue = make(desk.clock, faults=Repeating())
    mock.deserialize(desk.mock.serialize())
    answer = mock.handle(Request("GET", BASE + "/journal/list", headers={"token": desk.token()}))
    names = [batch["name"].split()[2] for batch in answer.json()["result"]]
    assert names == ["REVENUE", "NETTING", "REVERSAL", "REVENUE"]


def test_the_person_surface_lists_the_screens(desk: Desk) -> None:
    answer = desk.mock.handle(Request("GET", "/_sandbox/ui", headers=dict(ACCOUNTANT)))
    assert sorted(answer.json()) == [
        "cancel_close",
        "close_period",
        "decide_modification",
        "loss_report",
        "modifications",
        "period_status",
        "reset_batch",
        "run_period",
        "run_report",
        "start_close",
        "stop_job",
    ]


def test_the_manual_publishes_what_an_engine_needs(desk: Desk) -> None:
    manual = desk.mock.handle(Request("GET", "/_sandbox/manual")).json()
    assert manual["token_lifetime_s"] == 1800
    assert manual["paging"] == {"what": "journal lines", "first_page": 1, "default": 1000, "max": 10000}
    assert manual["collection"]["rc_template_name"] == "PSA_RC_BY_SO_NUM"
    assert manual["search_lag_s"] == 0
