"""Authenticated calls of the revenue system, and rows as an engine would upload them, for tests."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.kit.app import Context
from mocks.revenue.rules import RC_TEMPLATE
from mocks.revenue.system import Revenue
from mocks.revenue.templates import PSA_EVT, PSA_RATE, PSA_TXN, Template
from sandbox.core.chance import Chance
from sandbox.core.clock import SECOND_US, Clock, ManualClock, epoch_of
from sandbox.core.damage import FaultPort, NoFaults
from sandbox.core.observe import CommitObserver, Unobserved
from sandbox.core.periods import Period
from sandbox.core.tenants import RevenueOrg, RevenueRate, RevenueTenant
from sandbox.core.wire import Request, Response, dumps

EPOCH = epoch_of(date(2026, 1, 12))
BASE = "/api/integration/v1"
LAST = Period(2026, 6)
LOGIN = {
    "authorization": "Basic " + b64encode(b"api@firm.example:pw").decode(),
    "role": "API Role",
    "clientname": "Default",
}
ACCOUNTANT = {"x-sandbox-person": "revenue@firm.example", "authorization": "Sandbox revenue-token"}

Cells = Mapping[str, Any]


def tenant(last: Period = LAST, rates: tuple[RevenueRate, ...] = ()) -> RevenueTenant:
    """A tenant whose January 2026 is open; ``last`` is its last period."""
    periods = [Period(2025, 11)]
    while periods[-1] < last:
        periods.append(periods[-1].next())
    return RevenueTenant(
        user="api@firm.example",
        password="pw",
        role="API Role",
        clientname="Default",
        orgs=(RevenueOrg(1, "US", "Firm US Inc", "USD"), RevenueOrg(2, "UK", "Firm UK Ltd", "GBP")),
        periods=tuple(periods),
        closed=(Period(2025, 11), Period(2025, 12)),
        people={"revenue@firm.example": "revenue-token"},
        rates=rates,
    )


def make(
    clock: Clock | None = None,
    observer: CommitObserver | None = None,
    faults: FaultPort | None = None,
    given: RevenueTenant | None = None,
) -> Revenue:
    context = Context(clock or ManualClock(EPOCH), Chance(1), observer or Unobserved(), faults or NoFaults())
    return Revenue(context, given or tenant())


def order(**changes: Any) -> dict[str, Any]:
    """An order row of 100.00 USD by percent complete; names as in the staging table."""
    return {
        "type": "SO",
        "so_num": "P-1",
        "so_line_id": "P-1-1",
        "so_date": "12-JAN-2026",
        "cust_num": "C-1",
        "cstmr_nm": "Acme",
        "curr": "USD",
        "f_cur": "USD",
        "f_ex_rate": "1",
        "item_num": "FIXED",
        "ord_qty": "1",
        "ext_lst_prc": "100.00",
        "ext_sll_prc": "100.00",
        "start_date": "01-JAN-2026",
        "end_date": "31-JAN-2026",
        "right_to_bill": "N",
        "rev_segments": "4010",
        "def_segments": "2100",
        "business_unit": "US",
        **changes,
    }


def invoice(**changes: Any) -> dict[str, Any]:
    """An invoice row of 100.00 USD on the order above."""
    return {
        "type": "INV",
        "so_num": "P-1",
        "so_line_id": "P-1-1",
        "curr": "USD",
        "f_cur": "USD",
        "f_ex_rate": "1",
        "ord_qty": "1",
        "ext_lst_prc": "100.00",
        "ext_sll_prc": "100.00",
        "rev_segments": "4010",
        "def_segments": "2100",
        "business_unit": "US",
        "inv_num": "INV-1",
        "inv_line_id": "INV-1-1",
        "inv_line_num": "1",
        "inv_date": "20-JAN-2026",
        "inv_qty": "1",
        **changes,
    }


def hours(**changes: Any) -> dict[str, Any]:
    """A progress event of the order above."""
    return {
        "event_type": "Budgeted Hours",
        "so_line_id": "P-1-1",
        "event_date": "31-JAN-2026",
        "completed_qty": "60",
        "total_qty": "100",
        **changes,
    }


def cost(**changes: Any) -> dict[str, Any]:
    """Completed and total expected cost of the order above."""
    return {**hours(), "event_type": "Budgeted Cost", **changes}


def revenue_event(**changes: Any) -> dict[str, Any]:
    """What is accepted or used of the order above, in all: ``event_percent``, ``event_amount`` or ``completed_qty``."""
    return {"event_type": "Revenue", "so_line_id": "P-1-1", "event_date": "31-JAN-2026", **changes}


def acceptance(amount: str, **changes: Any) -> dict[str, Any]:
    """What the client has accepted of work over time, in all."""
    return {**revenue_event(), "event_type": "Acceptance", "event_amount": amount, **changes}


def credit(rule: str = "CONCESSION", **changes: Any) -> dict[str, Any]:
    """A credit memo row of 10.00 on the invoice above."""
    return {
        **invoice(),
        "type": "CM",
        "inv_num": "CM-1",
        "inv_line_id": "CM-1-1",
        "ext_sll_prc": "-10.00",
        "orig_inv_line_id": "INV-1-1",
        "credit_rule": rule,
        "start_date": "01-JAN-2026",
        "end_date": "31-JAN-2026",
        **changes,
    }


def reduction(**changes: Any) -> dict[str, Any]:
    """A reduction order row of 10.00 on the order above."""
    return {
        **order(),
        "type": "RORD",
        "so_line_id": "P-1-1-R1",
        "orig_so_line_id": "P-1-1",
        "ext_lst_prc": "-10.00",
        "ext_sll_prc": "-10.00",
        **changes,
    }


def rate(period: str, value: str, **changes: Any) -> dict[str, Any]:
    """An average rate from euros to dollars."""
    pair = {"from_curr": "EUR", "to_curr": "USD", "rate_type": "Average"}
    return {**pair, "rate_date": f"{period}-01", "rate": value, **changes}


def table(template: Template, rows: Iterable[Cells]) -> bytes:
    """A CSV file of the template, every cell quoted as in the vendor's sample."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(template.labels)
    writer.writerows([row.get(name, "") for name in template.names] for row in rows)
    return text.getvalue().encode()


class Desk:
    """An engine's session and a revenue accountant's screen in front of one fresh tenant."""

    def __init__(self, observer: CommitObserver | None = None, given: RevenueTenant | None = None) -> None:
        self.clock = ManualClock(EPOCH)
        self.mock = make(self.clock, observer, given=given)
        self._files = 0

    def token(self) -> str:
        return self.mock.tokens.issue(0)

    def call(self, method: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> Response:
        return self.mock.handle(Request(method, BASE + path, query, {"token": self.token(), **headers}, body))

    def wait(self, seconds: int) -> None:
        """Let time pass in one leap and everything due happen."""
        self.clock.advance_to(self.clock.now_us() + seconds * SECOND_US)
        self.mock.run_due()

    def upload(self, body: bytes, template: Template = PSA_TXN, filename: str | None = None) -> Response:
        self._files += filename is None
        name = filename or f"file-{self._files}.csv"
        return self.call("POST", "/csv/upload", body=body, templatename=template.name, filename=name)

    def stage(self, *rows: Cells) -> None:
        """Upload rows, transactions or events, and wait until they are staged."""
        template = PSA_EVT if "event_type" in rows[0] else PSA_RATE if "rate_type" in rows[0] else PSA_TXN
        response = self.upload(table(template, rows), template)
        assert response.status == 200, response.body
        self.wait(20)

    def errors(self, kind: str = "transaction") -> list[str]:
        response = self.call("GET", f"/stage/error/{kind}")
        return [] if response.status == 204 else [row["err_msg"] for row in response.json()["result"]]

    def collect(self, *rows: Cells, org_id: int = 1) -> None:
        """Stage rows and collect them; none of them may be in error."""
        if rows:
            self.stage(*rows)
        body = dumps({"rc_template_name": RC_TEMPLATE, "org_id": org_id})
        response = self.call("POST", "/job/collection/template", body=body)
        assert response.status == 200, response.body
        self.wait(60)
        assert self.errors() == []

    def act(self, action: str, **form: Any) -> Response:
        return self.mock.handle(Request("POST", f"/_sandbox/ui/{action}", "", dict(ACCOUNTANT), dumps(form)))

    def run(self, period: str = "2026-01", org: str = "US") -> list[dict[str, Any]]:
        """Run the period; returns the batches made."""
        response = self.act("run_period", org=org, period=period)
        assert response.status == 200, response.body
        batches: list[dict[str, Any]] = response.json()["batches"]
        return batches

    def decide(self, treatment: str, line: str = "P-1-1", **form: Any) -> dict[str, Any]:
        """Decide the waiting modification of a line; returns it."""
        response = self.act("decide_modification", line=line, treatment=treatment, **form)
        assert response.status == 200, response.body
        decided: dict[str, Any] = response.json()
        return decided

    def month(self, period: str, org: str = "US") -> list[dict[str, Any]]:
        """Run the period and close it."""
        batches = self.run(period, org)
        self.close(period, org)
        return batches

    def close(self, period: str, org: str = "US") -> None:
        """Acknowledge every batch of the organisation and close the period."""
        for batch in self.ready():
            if batch["org_code"] == org:
                assert self.call("PUT", f"/journal/batch/status/{batch['id']}").status == 200
        response = self.act("close_period", org=org, period=period)
        assert response.status == 200, response.body

    def ready(self) -> list[dict[str, Any]]:
        response = self.call("GET", "/journal/list")
        if response.status == 204:
            return []
        batches: list[dict[str, Any]] = response.json()["result"]
        return batches

    def lines(self, batch_id: int) -> list[dict[str, Any]]:
        response = self.call("GET", f"/journal/batch/{batch_id}/1", "pagesize=10000")
        assert response.status == 200, response.body
        lines: list[dict[str, Any]] = response.json()["result"]
        return lines

    def all_lines(self) -> list[dict[str, Any]]:
        """The lines of every batch there is, in order."""
        batches = self.mock.store.find("batch", order='"position"')
        return [line for batch in batches for line in self.lines(int(batch["id"]))]

    def balances(self, through: str, so_num: str = "P-1", *, accounted: bool = False) -> dict[str, Decimal]:
        """Debit balance by account of an order's lines dated up to a day, with its bills credited to 2100 by then.

        ``accounted`` gives them in the organisation's currency.
        """
        sums: dict[str, Decimal] = {}
        kind, billed = ("accounted", "accounted") if accounted else ("entered", "ext_sll_prc")
        for line in self.all_lines():
            if line["so_num"] == so_num and line["gl_date"] <= through:
                amount = line[f"{kind}_dr"] - line[f"{kind}_cr"]
                sums[line["account"]] = sums.get(line["account"], Decimal(0)) + amount
        for bill in self.mock.store.find("rc_bill", {"so_num": so_num}):
            if bill["inv_date"] <= through:
                sums["2100"] = sums.get("2100", Decimal(0)) - Decimal(bill[billed]) / 10_000
        return {account: amount for account, amount in sorted(sums.items()) if amount}


def multipart(content: bytes, name: str = "file", file_name: str | None = "file", boundary: str = "b0und") -> bytes:
    """A multipart body of one part, as the vendor's SDK sends it."""
    named = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
