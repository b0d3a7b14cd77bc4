"""Record actions: what a button of the screen does, by address."""

from __future__ import annotations

import pytest

from sandbox.core.clock import SECOND_US, ManualClock
from sandbox.core.wire import Response
from tests.mocks.erp.client import Caller, fixed, invoice_body


def top_of(response: Response) -> tuple[int, str]:
    body = response.json()
    assert "o:errorDetails" not in body
    assert body["status"] == response.status
    assert body["detail"]
    return response.status, body["o:errorCode"]


def test_time_is_submitted_approved_and_rejected_by_actions(erp: Caller) -> None:
    erp.time("T-1", approvalStatus="1")
    erp.time("T-2", approvalStatus="1")
    for code, action, status in (("T-1", "submit", "2"), ("T-1", "approve", "3"), ("T-2", "reject", "4")):
        response = erp.call("POST", f"timeBill/eid:{code}/@{action}")
        assert (response.status, response.json()) == (200, {"result": True})
        assert erp.get("timeBill", f"eid:{code}")["approvalStatus"]["id"] == status


def test_an_approved_invoice_posts_as_by_a_change(erp: Caller) -> None:
    erp.put("invoice", "I-1", invoice_body(item=fixed("10"), approvalStatus="1"))
    assert erp.call("POST", "INVOICE/eid:I-1/@approve").status == 200
    assert erp.get("invoice", "eid:I-1")["approvalStatus"]["id"] == "2"
    assert erp.rows("SELECT posting FROM transaction WHERE externalid = 'I-1'") == [{"posting": "T"}]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("timeBill/eid:T-9/@approve", 404, "NONEXISTENT_ID"),
        ("timeBill/eid:T-1/@reject", 400, "USER_ERROR"),
        ("customer/eid:C-1/@approve", 400, "INVALID_REQUEST"),
        ("timeBill/eid:T-1/@confirm", 400, "INVALID_REQUEST"),
        ("account/1/@approve", 405, "INVALID_METHOD"),
    ],
)
def test_a_refused_action_has_its_code_at_the_top(erp: Caller, path: str, status: int, code: str) -> None:
    erp.time()
    before = erp.mock.dump()
    assert top_of(erp.call("POST", path)) == (status, code)
    assert erp.mock.dump() == before


def test_an_action_may_be_asynchronous(clock: ManualClock, erp: Caller) -> None:
    erp.time(approvalStatus="2")
    assert erp.call("POST", "timeBill/eid:T-1/@approve", headers={"prefer": "respond-async"}).status == 202
    clock.advance_to(SECOND_US)
    erp.mock.run_due()
    assert erp.get("timeBill", "eid:T-1")["approvalStatus"]["id"] == "3"
