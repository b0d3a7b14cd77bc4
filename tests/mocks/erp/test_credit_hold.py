"""What a client owes is computed from its documents; a hold is a person's decision, seen by whoever asks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.core.clock import DAY_US, ManualClock
from tests.mocks.erp.client import Caller, error, fixed, invoice_body
from tests.mocks.erp.test_credits import credit_body
from tests.mocks.erp.whole import whole

OWED = "SELECT balance b, overduebalance o, creditholdoverride h, custentity_hold_reason r FROM customer \
WHERE externalid = 'C-1'"


@pytest.fixture
def firm(clock: ManualClock) -> Caller:
    """120.00 due on 31 January and 60.00 due on 10 February."""
    firm = whole(clock)
    firm.put("invoice", "I-1", invoice_body(item=fixed("100")))
    firm.put("invoice", "I-2", invoice_body(item=fixed("50"), dueDate="2026-02-10"))
    return firm


def test_an_invoice_is_overdue_on_the_day_after_its_due_date(firm: Caller, clock: ManualClock) -> None:
    def owed() -> Any:
        read = firm.get("customer", "eid:C-1")
        (row,) = firm.rows(OWED)
        assert (Decimal(row["b"]), Decimal(row["o"])) == (read["balance"], read["overdueBalance"])
        return read["balance"], read["overdueBalance"]

    clock.advance_to(19 * DAY_US)  # 31 January
    assert owed() == (180, 0)
    clock.advance_to(20 * DAY_US)
    assert owed() == (180, 120)
    firm.put("creditMemo", "CM-1", credit_body("I-1", "10"))
    firm.put("customerPayment", "B-1", {"customer": {"externalId": "C-1"}, "payment": 30, "tranDate": "2026-02-01"})
    # 180 - 12 credited - 30 unapplied cash; the credit is applied to the overdue invoice.
    assert owed() == (138, 108)
    clock.advance_to(30 * DAY_US)
    assert owed() == (138, 168)


def test_what_is_owed_survives_a_snapshot_and_is_never_written(firm: Caller, clock: ManualClock) -> None:
    clock.advance_to(20 * DAY_US)
    firm.mock.deserialize(firm.mock.serialize())
    assert firm.rows(OWED)[0]["o"] == "120.00"
    before = firm.mock.dump()
    assert firm.patch("customer", "eid:C-1", {"balance": 0, "overdueBalance": 0}).status == 204
    assert firm.mock.dump() == before


def test_a_person_sets_and_lifts_a_hold_with_a_reason(firm: Caller) -> None:
    assert firm.rows(OWED)[0]["h"] == "AUTO"
    done = firm.act("set_credit_hold", customer="C-1", hold=True, reason="90 days late")
    assert (done.status, done.json()["hold"]) == (200, True)
    row = firm.rows(OWED)[0]
    assert (row["h"], row["r"]) == ("ON", "90 days late")
    before = firm.mock.dump()
    firm.act("set_credit_hold", customer="C-1", hold=True, reason="90 days late")
    assert firm.mock.dump() == before
    firm.act("set_credit_hold", customer=firm.get("customer", "eid:C-1")["entityId"], hold=False, reason="paid")
    assert firm.get("customer", "eid:C-1")["creditHoldOverride"] == {"id": "OFF", "refName": "Off"}
    assert firm.act("set_credit_hold", customer="C-7", hold=True, reason="?").status == 404
    assert firm.act("set_credit_hold", customer="C-1", hold=True, reason="").status == 422
    bad = firm.patch("customer", "eid:C-1", {"creditHoldOverride": "MAYBE"})
    assert error(bad) == (400, "USER_ERROR", "creditHoldOverride")
