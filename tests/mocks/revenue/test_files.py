"""A file by upload/file is taken at once, looked into whole, staged row by row."""

from __future__ import annotations

from collections.abc import Set

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.revenue.files import FILE_LINES_MAX
from mocks.revenue.templates import PSA_EVT, PSA_TXN
from sandbox.core.damage import NoFaults
from sandbox.core.wire import Request, Response
from tests.mocks.revenue.client import Desk, hours, make, multipart, order, table

FORM = "multipart/form-data; boundary=b0und"
GOOD = table(PSA_TXN, [order(so_line_id=f"P-1-{n}") for n in (1, 2, 3)])


def send(desk: Desk, content: bytes, template: str = "PSA_TXN", file_name: str = "file") -> Response:
    body = multipart(content, file_name=file_name)
    headers = {"content-type": FORM, "templatename": template}
    return desk.call("POST", "/upload/file", "async=true", body, **headers)


def taken(desk: Desk, content: bytes, template: str = "PSA_TXN") -> int:
    response = send(desk, content, template)
    assert response.status == 200, response.body
    request_id: int = response.json()["Result"]["file_request_id"]
    return request_id


def status(desk: Desk, request_id: int) -> tuple[str, str, str]:
    """Status, message and log of a file."""
    body = desk.call("GET", f"/fileupload/status/{request_id}").json()
    assert (body["status"], body["message"], body["result"]) == (body["Status"], body["Message"], body["Result"])
    (result,) = body["Result"]
    assert result["file_request_id"] == request_id
    return body["Status"], body["Message"], result["file_log"]


def test_a_file_is_received_pre_staged_and_staged(desk: Desk) -> None:
    response = send(desk, GOOD, file_name="orders.csv")
    body = response.json()
    assert (response.status, body["status"], body["message"]) == (200, "Success", "File received successfully")
    assert body["Result"] == body["result"]
    assert body["Result"]["file_name"] == "orders.csv"
    request_id = body["Result"]["file_request_id"]
    assert status(desk, request_id) == ("Success", "File received successfully", "received")
    desk.wait(5)
    assert status(desk, request_id)[1] == "Data is in pre-stage"
    assert desk.mock.dump()["stage_txn"] == {}
    desk.wait(14)
    assert desk.mock.dump()["stage_txn"] == {}
    desk.wait(1)
    assert status(desk, request_id) == ("Success", "Data Staged Successfully", "3 line(s) staged, 0 in error")
    assert {row["upload_id"] for row in desk.mock.dump()["stage_txn"].values()} == {str(request_id)}
    desk.collect()
    assert len(desk.mock.dump()["rc_line"]) == 3


def test_a_row_in_error_stays_behind_and_names_the_request(desk: Desk) -> None:
    request_id = taken(desk, table(PSA_TXN, [order(), order(so_line_id="P-1-2", cstmr_nm="")]))
    desk.wait(20)
    assert status(desk, request_id)[2] == "2 line(s) staged, 1 in error"
    answer = desk.call("GET", "/stage/error/transaction").json()
    (error,) = answer["result"]
    assert (error["upload_id"], error["err_msg"][:10]) == (str(request_id), "RPRO-00003")


def test_the_same_file_may_come_again_under_its_name(desk: Desk) -> None:
    first, second = taken(desk, GOOD), taken(desk, GOOD)
    assert first != second
    desk.wait(20)
    assert status(desk, second)[1] == "Data Staged Successfully"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no data lines"),
        (b"\xff\xfe", "not UTF-8"),
        (GOOD.replace(b'"Type"', b'"Kind"', 1), "'Kind' is not in template"),
        (GOOD.replace(b'"P-1"', b'"=P-1"', 1), "looks like a formula"),
        (GOOD.replace(b'"P-1"', b'"P-1', 1), "a quote is broken"),
        (GOOD.splitlines()[0] + b"\r\n" + b'"SO"\r\n', "has 1 cells"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_fails_as_a_whole(desk: Desk, content: bytes, reason: str) -> None:
    request_id = taken(desk, content)
    desk.wait(30)
    state, message, log = status(desk, request_id)
    assert (state, message) == ("Error", "Error loading Data into Staging Area")
    assert reason in log
    assert desk.mock.dump()["stage_txn"] == {}
    assert desk.mock.next_due_us() is None


def test_a_file_has_sixty_thousand_lines_at_most(desk: Desk) -> None:
    line = table(PSA_EVT, [hours()]).splitlines()[1] + b"\r\n"
    head = table(PSA_EVT, [hours()]).splitlines()[0] + b"\r\n"
    request_id = taken(desk, head + line * (FILE_LINES_MAX + 1), "PSA_EVT")
    desk.wait(5)
    assert "at most 60000" in status(desk, request_id)[2]


@pytest.mark.parametrize(
    ("body", "kind", "template", "text"),
    [
        (multipart(GOOD), FORM, "PSA_TXM", "did you mean PSA_TXN"),
        (multipart(GOOD), FORM, "", "does not exist"),
        (GOOD, "text/csv", "PSA_TXN", "multipart/form-data"),
        (GOOD, "", "PSA_TXN", "multipart/form-data"),
        (multipart(GOOD), "multipart/form-data", "PSA_TXN", "not valid multipart"),
        (multipart(GOOD, name="data"), FORM, "PSA_TXN", "got 0"),
        (multipart(GOOD, file_name=None), FORM, "PSA_TXN", "got 0"),
        (multipart(GOOD, file_name=""), FORM, "PSA_TXN", "file"),
        (multipart(GOOD, file_name="x" * 201), FORM, "PSA_TXN", "200 printable"),
        (multipart(GOOD)[:-14] + multipart(GOOD), FORM, "PSA_TXN", "got 2"),
        (b"--b0und\r\n\r\nx\r\n" * 30, FORM, "PSA_TXN", "valid multipart"),
        (b"", FORM, "PSA_TXN", "not valid multipart"),
    ],
)
def test_what_is_no_file_is_refused_at_once(desk: Desk, body: bytes, kind: str, template: str, text: str) -> None:
    response = desk.call("POST", "/upload/file", body=body, templatename=template, **{"content-type": kind})
    answer = response.json()
    assert (response.status, answer["status"], answer["Status"]) == (400, "Error", "Error")
    assert text in answer["message"]
    assert desk.mock.dump()["upload"] == {}


SHARED = make()


KINDS = [FORM, "multipart/form-data; boundary=", "multipart/form-data; boundary=--"]


@given(st.binary(max_size=200).map(lambda tail: b"--b0und" + tail), st.sampled_from(KINDS))
def test_whatever_the_body_is_nothing_breaks(body: bytes, kind: str) -> None:
    headers = {"token": SHARED.tokens.issue(0), "content-type": kind, "templatename": "PSA_TXN"}
    response = SHARED.handle(Request("POST", "/api/integration/v1/upload/file", headers=headers, body=body))
    assert response.status in (200, 400)


def test_an_unknown_file_answers_204_and_the_two_ways_in_do_not_mix(desk: Desk) -> None:
    upload_id = desk.upload(GOOD).json()["result"]["id"]
    for unknown in ("12333", "x", upload_id):
        response = desk.call("GET", f"/fileupload/status/{unknown}")
        assert (response.status, response.body) == (204, b"")
    request_id = taken(desk, GOOD)
    assert desk.call("GET", "/csv/upload/status", f"id={request_id}").status == 400


def test_rows_a_fault_refuses_for_now_are_in_error_until_sent_again() -> None:
    class Busy(NoFaults):
        def items(self, system: str, operation: str, request: Request, count: int) -> Set[int]:
            return {1} if operation == "file.upload" else set()

    desk = Desk()
    desk.mock.context.faults = Busy()
    taken(desk, GOOD)
    desk.wait(5)
    desk.wait(15)
    assert [error[:9] for error in desk.errors()] == ["SBX-00014"]
