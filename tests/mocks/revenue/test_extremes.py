"""Parameters of any kind: views, reports and files answer in the vendor's shape, and a far date breaks nothing."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.revenue.views import VIEWS
from sandbox.core.wire import Request
from tests.mocks.revenue.client import Desk, order


@pytest.mark.parametrize("day", ["01-JAN-0001", "31-DEC-9999"])
def test_far_dates_of_a_line_stand_in_views_and_reports(desk: Desk, day: str) -> None:
    desk.collect(order(so_date=day, start_date="01-JAN-0001", end_date="31-DEC-9999"))
    response = desk.call("GET", "/biviews/BI3_RC_LNS")
    assert response.status == 200
    assert day in response.body.decode()
    name = desk.act("run_report", report="Contract Line Detail", org="US").json()["file_name"]
    desk.wait(30)
    assert day in desk.call("GET", f"/reports/download/{name}").body.decode()


SHARED = Desk()
SHARED.collect(order())
TOKEN = SHARED.token()
NAMES = st.sampled_from(["clientId", "fromDate", "toDate", "pagenum", "pageSize", "outputType", "count", "createddate",
                         "signature", "id"])  # fmt: skip
VALUES = st.text(string.printable, max_size=12) | st.sampled_from(
    ["", "1", "-1", "9" * 30, "2026-01-12", "01-JAN-0001", "31-DEC-9999", "gzip", "Y", "\u0661", "a.b"]
)
PATHS = st.sampled_from(
    [f"v1/biviews/{view}" for view in VIEWS]
    + [f"v2/biviews/{view}" for view in VIEWS]
    + ["v2/biviews/count/BI3_RC_LNS", "v2/biviews/x/describe-columns", "v2/biviews-status/%00", "v1/reports/list",
       "v1/reports/download/..%2f..%2fetc%2fpasswd", "v2/reports/signedurl/x", "v2/reports/signed/x", "v1/reports/x",
       "v1/download/transferbatchfile/x", "v1/fileupload/status/x"]
)  # fmt: skip


@given(PATHS, st.dictionaries(NAMES, VALUES, max_size=5), st.none() | VALUES)
def test_whatever_is_asked_the_answer_is_no_error_of_ours(path: str, params: dict[str, str], token: str | None) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in params.items())
    headers = {"token": TOKEN} if token is None else {"token": TOKEN, "continuation-token": token}
    response = SHARED.mock.handle(Request("GET", f"/api/integration/{path}", query, headers))
    assert response.status in (200, 204, 400, 403, 404)
    assert (response.status == 204) == (response.body == b"")
    if response.status >= 400:
        body = response.json()
        assert body.get("Status", body.get("Success")) in ("Error", False)
