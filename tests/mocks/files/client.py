"""Authenticated calls of the file partners, for tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mocks.files.system import Files
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.tenants import BankAccount, FilesTenant, PayPeriod, PayrollEmployee, PayrollEntity
from sandbox.core.wire import Request, Response, dumps

# A Monday.
EPOCH = epoch_of(date(2026, 1, 12))
CUSTOMER = {"authorization": "Bearer customer-token"}
TELLER = {"x-sandbox-person": "teller@bank.example", "authorization": "Sandbox teller-token"}

PERIODS = (
    PayPeriod(date(2026, 1, 12), date(2026, 1, 25), date(2026, 1, 28)),
    PayPeriod(date(2026, 1, 26), date(2026, 2, 8), date(2026, 2, 11)),
)


def tenant(**settings: Any) -> FilesTenant:
    values: dict[str, Any] = {
        "bank_accounts": (
            BankAccount("UK-1", "UK", "GBP", "GB", "Europe/London", Decimal("1000.50")),
            BankAccount("US-1", "US", "USD", "US", "America/New_York"),
        ),
        "payroll_entities": (
            PayrollEntity("UK", "GBP", "GB", "Europe/London", 26, PERIODS),
            PayrollEntity("US", "USD", "US", "America/New_York", 26, PERIODS),
        ),
        "employees": (
            PayrollEmployee("W-0001", "UK", Decimal(60000)),
            PayrollEmployee("W-0002", "UK", Decimal(52000)),
            PayrollEmployee("W-0003", "US", Decimal(130000)),
        ),
    }
    return FilesTenant(
        customer_token="customer-token", people={"teller@bank.example": "teller-token"}, **{**values, **settings}
    )


def make(
    clock: Clock | None = None,
    observer: CommitObserver | None = None,
    faults: FaultPort | None = None,
    **settings: Any,
) -> Files:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Files(context, tenant(**settings))


def ask(mock: Files, method: str, path: str, body: bytes = b"") -> Response:
    return mock.handle(Request(method, f"/v1/{path}", headers=dict(CUSTOMER), body=body))


def names(mock: Files, folder: str) -> list[str]:
    response = ask(mock, "GET", folder)
    assert response.status == 200, response.body
    return [each["name"] for each in response.json()["files"]]


def content(mock: Files, path: str) -> list[list[str]]:
    """Records of a file; none of these files has a quoted cell."""
    response = ask(mock, "GET", path)
    assert response.status == 200, response.body
    return [line.split(",") for line in response.body.decode().splitlines()]


def act(mock: Files, action: str, **form: Any) -> Response:
    return mock.handle(Request("POST", f"/_sandbox/ui/{action}", headers=dict(TELLER), body=dumps(form)))


def refused(mock: Files, action: str, **form: Any) -> str | None:
    """Field of a refusal that stored nothing."""
    before = mock.dump()
    response = act(mock, action, **form)
    assert response.status in (404, 422), response.body
    assert mock.dump() == before
    field: str | None = response.json()["errors"][0].get("field")
    return field


def run_to(mock: Files, clock: ManualClock, us: int) -> None:
    """Let time pass and everything due happen at its moment."""
    while (due := mock.next_due_us()) is not None and due <= us:
        clock.advance_to(max(due, clock.now_us()))
        mock.run_due()
    clock.advance_to(us)
