"""BI views: what is in them, page by page, by number and by continuation token."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import pytest

from mocks.revenue.views import KINDS, VIEWS
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.revenue.client import Desk, hours, invoice, order

V2 = "/api/integration/v2"


def records(response: Response) -> list[dict[str, str]]:
    assert response.status == 200, response.body
    assert response.header("Content-Type") == "text/csv;charset=UTF-8"
    return list(csv.DictReader(io.StringIO(response.body.decode(), newline="")))


def v1(desk: Desk, view: str, query: str = "clientId=1", body: list[str] | None = None) -> Response:
    if body is None:
        return desk.call("GET", f"/biviews/{view}", query)
    return desk.call("POST", f"/biviews/{view}", query, dumps(body))


def v2(desk: Desk, path: str, query: str = "", method: str = "GET", **headers: str) -> Response:
    return desk.mock.handle(Request(method, f"{V2}/{path}", query, {"token": desk.token(), **headers}))


@pytest.fixture
def lines(desk: Desk) -> Desk:
    """Five lines of 100.00, the first billed in full and half done in January."""
    desk.collect(*[order(so_line_id=f"P-1-{n}") for n in range(1, 6)], invoice())
    desk.stage(hours(completed_qty="50"))
    desk.run()
    return desk


def test_a_line_shows_what_is_recognised_deferred_and_billed(lines: Desk) -> None:
    found = {row["SO_LINE_ID"]: row for row in records(v1(lines, "BI3_RC_LNS"))}
    shown = [found["P-1-1"][name] for name in ("EXT_SLL_PRC", "REC_AMT", "DEF_AMT", "BLD_REC_AMT", "BLD_DEF_AMT")]
    assert shown == ["100.00", "50.00", "50.00", "50.00", "50.00"]
    assert found["P-1-1"]["SO_BOOK_DATE"] == "12-JAN-2026"
    shown = [found["P-1-2"][name] for name in ("EXT_SLL_PRC", "REC_AMT", "DEF_AMT", "BLD_REC_AMT", "BLD_DEF_AMT")]
    assert shown == ["100.00", "0.00", "100.00", "0.00", "0.00"]


def test_the_views_agree_with_each_other(lines: Desk) -> None:
    (head,) = records(v1(lines, "BI3_RC_HEAD"))
    assert {row["RC_ID"] for row in records(v1(lines, "BI3_RC_LNS"))} == {head["ID"]}
    (schedule,) = records(v1(lines, "BI3_RC_SCHD"))
    assert (schedule["PRD_NAME"], schedule["AMOUNT"], schedule["SO_LINE_ID"]) == ("2026-01", "50.00", "P-1-1")
    (bill,) = records(v1(lines, "BI3_RC_BILL"))
    assert (bill["INV_LINE_ID"], bill["EXT_SLL_PRC"], bill["SEC_ATR_VAL"]) == ("INV-1-1", "100.00", "US")
    assert {row["RC_POB_NAME"] for row in records(v1(lines, "BI3_RC_POB"))} == {"PCT_HOURS"}
    assert [row["ORG_CODE"] for row in records(v1(lines, "BI3_ORG"))] != []
    assert [row["BOOK_NAME"] for row in records(v1(lines, "BI3_BOOK"))] == ["Primary"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_the_columns_it_describes(lines: Desk, view: str) -> None:
    described = v2(lines, f"biviews/{view}/describe-columns").json()
    names = [each["column_name"] for each in described]
    assert list(records(v1(lines, view))[0]) == names
    assert {each["data_type"] for each in described} <= {kind[0] for kind in KINDS.values()}
    assert set(described[0]) == {"column_name", "data_type", "data_length", "data_precision", "data_scale"}


@pytest.mark.parametrize("name", ["BI3_RC_LNS", "RPRO_BI3_RC_LNS_V", "bi3_rc_lns", "BI3_RC_LNS_V"])
def test_a_view_goes_by_several_spellings(lines: Desk, name: str) -> None:
    assert len(records(v1(lines, name))) == 5


def test_columns_can_be_chosen(lines: Desk) -> None:
    found = records(v1(lines, "BI3_RC_LNS", body=["so_line_id", "ID"]))
    assert list(found[0]) == ["SO_LINE_ID", "ID"]


def test_pages_by_number_end_with_204(lines: Desk) -> None:
    found = [records(v1(lines, "BI3_RC_LNS", f"pagenum={page}&pagesize=2")) for page in (1, 2, 3)]
    assert [len(page) for page in found] == [2, 2, 1]
    assert len({row["ID"] for page in found for row in page}) == 5
    past = v1(lines, "BI3_RC_LNS", "pagenum=4&pagesize=2")
    assert (past.status, past.body) == (204, b"")


def counted(desk: Desk, query: str = "") -> int:
    body = v2(desk, "biviews/count/BI3_RC_LNS", query).json()
    number: int = body["count"]
    assert (body["status"], body["Status"], body["Count"]) == ("success", "success", number)
    return number


def test_dates_ask_for_the_last_change_both_ends_included(lines: Desk) -> None:
    assert counted(lines) == 5
    assert v1(lines, "BI3_RC_LNS", "count=Y").json()["count"] == 5
    assert counted(lines, "fromDate=12-JAN-2026&toDate=2026-01-12") == 5
    assert counted(lines, "toDate=11-jan-2026") == 0
    lines.wait(86_400)
    lines.stage(hours(completed_qty="60", event_date="30-JAN-2026"))
    lines.collect(order(so_line_id="P-1-2", ext_sll_prc="90.00"))
    # A line changes when something is released of it, too.
    lines.stage(hours(so_line_id="P-1-3", completed_qty="10"))
    lines.run()
    changed = records(v1(lines, "BI3_RC_LNS", "fromDate=13-JAN-2026"))
    assert sorted(row["SO_LINE_ID"] for row in changed) == ["P-1-2", "P-1-3"]
    assert {row["UPDT_DT"][:11] for row in changed} == {"13-JAN-2026"}
    assert v1(lines, "BI3_RC_LNS", "fromDate=14-JAN-2026").status == 204


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("view", "query", "text"),
    [
        ("BI3_RC_LINES", "", "did you mean BI3_RC_LNS"),
        ("rc_line", "", "does not exist"),
        ("BI3_RC_LNS", "clientId=2", "clientId '2' is not 1"),
        ("BI3_RC_LNS", "fromDate=30-11-1993", "Invalid date format for 30-11-1993"),
        ("BI3_RC_LNS", "toDate=31-DEC-9999", "Invalid date format"),
        ("BI3_RC_LNS", "fromDate=2026-02-01&toDate=2026-01-01", "is before"),
        ("BI3_RC_LNS", "pagenum=0", "pagenum"),
        ("BI3_RC_LNS", "pagesize=10001", "pagesize"),
    ],
)
def test_a_page_that_does_not_fit_is_refused(lines: Desk, method: str, view: str, query: str, text: str) -> None:
    response = v1(lines, view, query, None if method == "GET" else ["ID"])
    body = response.json()
    assert (response.status, body["status"], body["Status"]) == (400, "Error", "Error")
    assert text in body["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[]", b"[1]", b'["IDD"]', b'["ID", "id"]'])
def test_a_choice_of_columns_that_does_not_fit_is_refused(lines: Desk, body: bytes) -> None:
    assert lines.call("POST", "/biviews/BI3_RC_LNS", body=body).status == 400


def page(desk: Desk, number: int, token: str | None, query: str = "pageSize=2&clientId=1") -> Response:
    headers = {} if token is None else {"continuation-token": token}
    return v2(desk, "biviews/BI3_RC_LNS", f"{query}&pagenum={number}", **headers)


def test_pages_by_token_hold_all_rows_once_while_others_come(lines: Desk) -> None:
    first = page(lines, 1, None)
    token = first.header("continuation-token")
    lines.wait(1)
    lines.collect(*[order(so_line_id=f"P-1-{n}") for n in range(6, 12)])
    second = page(lines, 2, token)
    assert records(page(lines, 2, token)) == records(second)
    third = page(lines, 3, second.header("continuation-token"))
    found = [*records(first), *records(second), *records(third)]
    assert sorted(row["SO_LINE_ID"] for row in found) == [f"P-1-{n}" for n in range(1, 6)]
    assert third.header("continuation-token") is None
    # What came meanwhile changed later, and is in the next window.
    assert counted(lines) == 11


def test_a_token_is_needed_and_leads_to_its_page_alone(lines: Desk) -> None:
    token = page(lines, 1, None).header("continuation-token")
    assert b"continuation-token" in page(lines, 2, None).body
    for number, given, query, status, text in (
        (2, "x" + str(token), "pageSize=2", 400, "not of this view"),
        (2, token, "pageSize=3", 400, "not of this view"),
        (2, token, "pageSize=2&fromDate=01-JAN-2026", 400, "not of this view"),
        (3, token, "pageSize=2", 400, "page is not cached yet"),
        (4, token, "pageSize=2", 404, "beyond the end"),
    ):
        response = page(lines, number, given, query)
        assert response.status == status, text
        assert text in response.json()["message"]
    other = v2(lines, "biviews/BI3_RC_POB", "pageSize=2&pagenum=2", **{"continuation-token": str(token)})
    assert other.status == 400


def test_gzip_packs_the_same_rows(lines: Desk) -> None:
    plain, packed = page(lines, 1, None), page(lines, 1, None, "pageSize=2&outputType=gzip")
    assert packed.header("Content-Type") == "application/gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert page(lines, 1, None, "pageSize=10001").status == 400
    assert page(lines, 1, None, "pageSize=20000&outputType=gzip").status == 200
    assert page(lines, 1, None, "outputType=xml").status == 400
    assert page(lines, 1, None, "toDate=11-JAN-2026").status == 204


def states(desk: Desk) -> list[Any]:
    return [(each["task_id"], each["status"]) for each in v2(desk, "biviews-status").json()]


def test_tasks_say_how_far_reading_has_come(lines: Desk) -> None:
    assert states(lines) == []
    token = page(lines, 1, None).header("continuation-token")
    assert states(lines) == [("1", "active")]
    one = v2(lines, "biviews-status/1").json()
    assert (one["task_state"], one["message"]) == ("active", "BI3_RC_LNS, 1 page(s) read")
    second = page(lines, 2, token)
    page(lines, 3, second.header("continuation-token"))
    assert states(lines) == [("1", "completed")]
    assert v2(lines, "biviews-status/9").status == 404


def test_a_cancelled_task_and_one_left_lying_open_no_page(lines: Desk) -> None:
    cancelled = page(lines, 1, None).header("continuation-token")
    assert v2(lines, "biviews-status/1", method="DELETE").json()["status"] == "draining"
    left = page(lines, 1, None).header("continuation-token")
    lines.wait(1801)
    assert states(lines) == [("1", "draining"), ("2", "stale")]
    for token in (cancelled, left):
        assert page(lines, 2, token).json()["message"] == "page is not cached yet"
    assert v2(lines, "biviews-status/9", method="DELETE").status == 404


def test_reading_changes_no_record_and_a_saved_task_goes_on_elsewhere(lines: Desk) -> None:
    before = lines.mock.dump()
    token = page(lines, 1, None).header("continuation-token")
    assert lines.mock.dump() == before
    other = Desk()
    other.clock.advance_to(lines.clock.now_us())
    other.mock.deserialize(lines.mock.serialize())
    assert records(page(other, 2, token)) == records(page(lines, 2, token))
