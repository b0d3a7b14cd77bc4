"""Reports and batch files: made, listed, fetched, and gone after 48 hours."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from urllib.parse import urlsplit

import pytest

from sandbox.core.wire import Request, Response
from tests.mocks.revenue.client import LOGIN, Desk, hours, invoice, order

V2 = "/api/integration/v2"
DAY_S = 86_400


def rows(response: Response) -> list[dict[str, str]]:
    assert response.status == 200, response.body
    assert response.header("Content-Type") == "text/csv;charset=UTF-8"
    return list(csv.DictReader(io.StringIO(response.body.decode(), newline="")))


@pytest.fixture
def billed(desk: Desk) -> Desk:
    """A line of 100.00, billed, sixty per cent done in January, and a line of the other organisation."""
    desk.collect(order(), invoice())
    other = order(so_num="P-2", so_line_id="P-2-1", business_unit="UK", curr="GBP", f_cur="GBP")
    desk.collect(other, org_id=2)
    desk.stage(hours())
    desk.run()
    return desk


def made(desk: Desk, report: str = "Contract Line Detail", org: str = "US") -> tuple[str, str]:
    """Id and file name of a report that has been run."""
    response = desk.act("run_report", report=report, org=org)
    assert response.status == 200, response.body
    desk.wait(30)
    return str(response.json()["id"]), response.json()["file_name"]


def signed(desk: Desk, report_id: str) -> Response:
    headers = {"token": desk.token(), "host": "revenue.sandbox.test"}
    return desk.mock.handle(Request("GET", f"{V2}/reports/signedurl/{report_id}", headers=headers))


def opened(desk: Desk, address: str) -> Response:
    parts = urlsplit(address)
    return desk.mock.handle(Request("GET", parts.path, parts.query))


def test_a_report_runs_and_is_listed_on_its_date(billed: Desk) -> None:
    asked = billed.act("run_report", report="Billing Detail", org="US").json()
    assert asked["status"] == "Running"
    assert billed.call("GET", f"/reports/download/{asked['file_name']}").status == 204
    billed.wait(30)
    for text in ("12-JAN-2026", "12-Jan-2026", "2026-01-12"):
        body = billed.call("GET", "/reports/list", f"createddate={text}").json()
        assert body["Result"] == body["result"]
        (listed,) = body["Result"]
        assert listed == {
            "category": "Billing",
            "file_name": asked["file_name"],
            "id": str(asked["id"]),
            "layout_name": "Billing Detail",
            "rep_desc": "Invoice and credit memo lines, US",
            "rep_name": "Billing Detail",
            "report_date": "12-JAN-2026",
            "status": "Completed",
        }
    assert billed.call("GET", "/reports/list", "createddate=13-JAN-2026").status == 204


def test_a_report_can_be_read_by_its_id(billed: Desk) -> None:
    report_id, name = made(billed)
    (found,) = billed.call("GET", f"/reports/{report_id}").json()["Result"]
    assert (found["id"], found["file_name"]) == (report_id, name)
    assert billed.call("GET", f"/reports/{report_id}", "createddate=12-JAN-2026").status == 200
    assert billed.call("GET", f"/reports/{report_id}", "createddate=13-JAN-2026").status == 204
    assert billed.call("GET", f"/reports/{report_id}", "createddate=yesterday").status == 400
    assert billed.call("GET", "/reports/1").status == 204


@pytest.mark.parametrize("text", ["30-11-1993", "", "31-FEB-2026"])
def test_another_date_is_refused_as_it_stands(desk: Desk, text: str) -> None:
    response = desk.call("GET", "/reports/list", f"createddate={text}")
    assert (response.status, response.json()["Message"]) == (400, f"Invalid date format for {text}")


def test_a_report_is_of_one_organisation_and_of_its_moment(billed: Desk) -> None:
    _, name = made(billed)
    (line,) = rows(billed.call("GET", f"/reports/download/{name}"))
    assert (line["SO_LINE_ID"], line["REC_AMT"], line["DEF_AMT"]) == ("P-1-1", "60.00", "40.00")
    billed.stage(hours(completed_qty="70"))
    billed.run()
    (same,) = rows(billed.call("GET", f"/reports/download/{name}"))
    assert same == line
    _, other = made(billed, org="UK")
    assert [row["SO_LINE_ID"] for row in rows(billed.call("GET", f"/reports/download/{other}"))] == ["P-2-1"]


def test_a_file_is_kept_48_hours(billed: Desk) -> None:
    report_id, name = made(billed)
    billed.wait(2 * DAY_S)
    assert billed.call("GET", f"/reports/download/{name}").status == 200
    billed.wait(1)
    gone = billed.call("GET", f"/reports/download/{name}")
    assert (gone.status, gone.body) == (204, b"")
    assert signed(billed, report_id).status == 404
    assert billed.call("GET", "/reports/download/none.csv").status == 204


def test_a_signed_address_opens_the_file_for_half_an_hour_without_a_token(billed: Desk) -> None:
    report_id, name = made(billed)
    other_id, _ = made(billed, "Billing Detail")
    body = signed(billed, report_id).json()
    assert body["success"] is True
    assert body["signed_url"].startswith(f"https://revenue.sandbox.test{V2}/reports/signed/{report_id}?")
    file = billed.call("GET", f"/reports/download/{name}")
    assert opened(billed, body["signed_url"]).body == file.body
    assert opened(billed, body["signed_url"][:-1]).status == 403
    assert opened(billed, body["signed_url"].partition("?")[0]).status == 403
    assert opened(billed, body["signed_url"].replace(report_id, other_id)).status == 403
    billed.wait(1799)
    assert opened(billed, body["signed_url"]).status == 200
    billed.wait(1)
    assert opened(billed, body["signed_url"]).status == 403


def test_a_signed_address_needs_a_report(desk: Desk) -> None:
    assert signed(desk, "latest").status == 400
    response = signed(desk, "12345678")
    body = response.json()
    assert (response.status, body["success"], body["error"]) == (404, False, body["Error"])


def test_the_file_of_a_batch_has_its_ledger_lines(billed: Desk) -> None:
    batch = billed.ready()[0]
    file = rows(billed.call("GET", f"/download/transferbatchfile/{batch['id']}"))
    lines = billed.lines(batch["id"])
    assert [(row["LINE_ID"], row["ACCOUNT"], Decimal(row["ENTERED_DR"])) for row in file] == [
        (str(line["line_id"]), line["account"], line["entered_dr"]) for line in lines
    ]
    assert {row["GL_DATE"] for row in file} == {"31-JAN-2026"}
    assert sum(Decimal(row["ENTERED_DR"]) - Decimal(row["ENTERED_CR"]) for row in file) == 0
    assert list(file[0]) == [name.upper() for name in lines[0]]


def test_the_file_of_a_batch_goes_and_comes_back_with_a_reset(billed: Desk) -> None:
    batch = billed.ready()[0]["id"]
    path = f"/download/transferbatchfile/{batch}"
    first = billed.call("GET", path)
    assert billed.call("PUT", f"/journal/batch/status/{batch}").status == 200
    billed.wait(2 * DAY_S + 1)
    assert (billed.call("GET", path).status, billed.call("GET", path).body) == (204, b"")
    assert billed.act("reset_batch", batch_id=batch).status == 200
    assert billed.call("GET", path).body == first.body
    assert billed.ready()[0]["id"] == batch
    assert billed.call("GET", "/download/transferbatchfile/1").status == 204


def test_everything_asks_for_a_token_of_the_last_half_hour(billed: Desk) -> None:
    login = billed.mock.handle(Request("POST", "/api/integration/v1/authenticate", headers=dict(LOGIN)))
    token = login.header("Revpro-Token")
    assert token is not None
    report_id, name = made(billed)
    paths = [
        "v1/biviews/BI3_RC_LNS", "v2/biviews/BI3_RC_LNS", "v2/biviews/count/BI3_RC_LNS", "v2/biviews-status",
        "v2/biviews/BI3_RC_LNS/describe-columns", f"v1/reports/download/{name}", f"v2/reports/signedurl/{report_id}",
        "v1/reports/list?createddate=12-JAN-2026", f"v1/download/transferbatchfile/{billed.ready()[0]['id']}",
    ]  # fmt: skip

    def statuses(**headers: str) -> set[int]:
        split = [path.partition("?") for path in paths]
        requests = [Request("GET", f"/api/integration/{path}", query, dict(headers)) for path, _, query in split]
        return {billed.mock.handle(request).status for request in requests}

    assert statuses(token=token) == {200}
    assert statuses() == {401}
    billed.wait(1800 - 30)
    assert statuses(token=token) == {401}


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_job_can_be_stopped_before_it_has_done_anything(desk: Desk, seconds: int) -> None:
    desk.stage(order())
    job = desk.call("POST", "/1/programs/149/submit", body=b'{"parameters": []}').json()["job_id"]
    desk.wait(seconds)
    stopped = "Terminated" if seconds else "Cancelled"
    assert desk.act("stop_job", job_id=int(job)).json()["status"] == stopped
    desk.wait(60)
    assert desk.call("GET", f"/1/jobs/{job}").json()["data"]["status"] == stopped
    assert desk.mock.dump()["rc"] == {}
    again = desk.act("stop_job", job_id=int(job))
    assert (again.status, again.json()["errors"][0]["field"]) == (422, "job_id")
    assert desk.act("stop_job", job_id=1).status == 404
    desk.collect()
    assert len(desk.mock.dump()["rc"]) == 1
