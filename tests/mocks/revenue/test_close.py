"""Periods of each organisation open and close on their own, softly first."""

from __future__ import annotations

import pytest

from mocks.revenue.rules import RC_TEMPLATE
from sandbox.core.wire import dumps
from tests.mocks.revenue.client import Desk, hours, order


def status(desk: Desk, period: str, org: str = "US") -> str:
    periods = desk.act("period_status", org=org).json()["periods"]
    return next(str(each["status"]) for each in periods if each["period"] == period)


def test_a_soft_close_locks_programs_of_that_organisation_and_lets_accountants_run(desk: Desk) -> None:
    desk.collect(order())
    desk.stage(hours())
    answer = desk.act("start_close", org="US", period="2026-01")
    assert answer.json() == {"org": "US", "period": "2026-01", "status": "Pending Close"}
    collection = {"rc_template_name": RC_TEMPLATE, "org_id": 1}
    refused = desk.call("POST", "/job/collection/template", body=dumps(collection))
    assert (refused.status, refused.json()["message"]) == (
        400,
        "Period 2026-01 of US is Pending Close: programs are locked",
    )
    events = desk.call("POST", "/1/programs/150/submit", body=dumps({"parameters": []}))
    assert (events.status, events.json()["success"]) == (400, False)
    assert desk.call("POST", "/2/programs/150/submit", body=dumps({"parameters": []})).status == 200
    assert desk.call("POST", "/job/collection/template", body=dumps({**collection, "org_id": 2})).status == 200
    assert [batch["name"].split()[2] for batch in desk.run()] == ["REVENUE", "NETTING", "REVERSAL"]
    desk.close("2026-01")
    assert (status(desk, "2026-01"), status(desk, "2026-02")) == ("Closed", "Open")
    assert status(desk, "2026-01", "UK") == "Open"


def test_a_soft_close_can_be_taken_back(desk: Desk) -> None:
    desk.act("start_close", org="US", period="2026-01")
    assert desk.act("cancel_close", org="US", period="2026-01").json()["status"] == "Open"
    desk.collect(order())


@pytest.mark.parametrize(
    ("started", "action", "period", "message"),
    [
        (True, "start_close", "2026-01", "period 2026-01 of US is Pending Close already"),
        (False, "cancel_close", "2026-01", "the close of period 2026-01 of US was not started"),
        (False, "start_close", "2026-02", "US period 2026-02 is not the open one: 2026-01 is open"),
        (True, "run_period", "2026-02", "US period 2026-02 is not the open one: 2026-01 is pending close"),
        (True, "close_period", "2025-12", "US period 2025-12 is not the open one: 2026-01 is pending close"),
    ],
)
def test_a_close_out_of_order_is_refused_and_stores_nothing(
    desk: Desk, started: bool, action: str, period: str, message: str
) -> None:
    if started:
        desk.act("start_close", org="US", period="2026-01")
    before = desk.mock.dump()
    answer = desk.act(action, org="US", period=period)
    assert (answer.status, answer.json()["errors"]) == (422, [{"message": message, "field": "period"}])
    assert desk.mock.dump() == before


def test_organisations_are_in_different_periods(desk: Desk) -> None:
    desk.month("2026-01", "UK")
    uk = order(business_unit="UK", so_num="U-1", so_line_id="U-1-1", curr="GBP", f_cur="GBP", right_to_bill="Y")
    desk.collect(uk, org_id=2)
    assert next(batch["name"] for batch in desk.run("2026-02", "UK")) == "UK 2026-02 REVENUE 1"
    assert desk.act("run_period", org="US", period="2026-02").status == 422
