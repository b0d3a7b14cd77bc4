"""Revenue connector: Zuora Revenue uploads with staging and collection, and journal batches to transfer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core.client import RevenueAuth
from sandbox.core.clock import SECOND_US
from sandbox.core.periods import Period
from sandbox.core.ports import Ports
from sandbox.engine.canonical import Batch, BatchLine, CostProgress
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller, Refused, Unavailable
from sandbox.engine.settings import Settings

_BASE = "/api/integration/v1"
_TRANSACTIONS, _EVENTS = "PSA_TXN", "PSA_EVT"
_LOOK_EVERY_US = 15 * SECOND_US
_LOOKS_MAX = 40
_PAGE = 1000
# An invoice line that is there already: an earlier file brought it.
_ARRIVED = "SBX-00001"
# A row that was not staged for now and may be sent again.
_BUSY = "SBX-00014"
_SENDS_MAX = 5
# Template of an obligation by its release; without one the right to bill decides.
_POB_TEMPLATES = {
    "cost_to_cost": "PCT_COST",
    "on_acceptance": "MILESTONE",
    "hours_used": "QUANTITY",
    "ratable": "RATABLE_DAILY",
    "estimate": "ESTIMATE",
}
# Type of an event by its measure, and the column that holds it.
_MEASURES = {
    "hours": ("Budgeted Hours", "Completed Qty"),
    "used": ("Revenue", "Completed Qty"),
    "accepted": ("Revenue", "Event Percent"),
    "due": ("Acceptance", "Event Amount"),
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class Obligation:
    """An order line of the revenue system: ``amount`` is the total, not a change."""

    obligation: str
    engagement: str
    entity: str
    client_code: str
    client_name: str
    currency: str
    item: str
    amount: Decimal
    first: date
    last: date
    signed: date
    right_to_bill: bool
    revenue_account: str
    position_account: str
    # How its revenue is released, in the interface contract's word, and of hours how many minutes were bought.
    release: str = "right_to_invoice"
    quantity: int = 1
    # The approval of a change: what it changes is held until somebody decides how it counts.
    modified_on: date | None = None
    # The entity's currency, and the rate into it when the contract began.
    functional: str = ""
    rate: str = "1"


@dataclass(frozen=True, slots=True)
class Bill:
    """What an invoice bills of an obligation."""

    bill_id: str
    obligation: Obligation
    amount: Decimal
    on: date
    number: str
    # Of a credit, whose amount is below zero: the bill it takes back from, and the rule that says what for.
    credits: str = ""
    rule: str = ""
    # The invoice's own rate into the entity's currency.
    rate: str = "1"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an obligation has come up to a day.

    By ``measure``: ``hours`` done of those in all and ``used`` of those bought (minutes), ``accepted`` of a milestone
    (0 or 100), ``due`` the amount accepted of what is earned over time.
    """

    obligation: str
    on: date
    completed: int | Decimal
    total: int | Decimal
    measure: str = "hours"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row the staging did not take."""

    row_id: str
    message: str


class RevenueConnector:
    """The revenue system as the engine sees it."""

    def __init__(self, ports: Ports, settings: Settings, policy: Policy, capability: str) -> None:
        auth = RevenueAuth(
            settings.revenue_user,
            settings.revenue_password,
            settings.revenue_role,
            settings.revenue_clientname,
        )
        self._ports = ports
        self._policy = policy
        self._locks = ports.keyed_lock()
        self._entities = settings.entities
        self._grouping = settings.revenue_grouping
        self._caller = Caller(ports, "revenue", auth, policy, capability)
        self._orgs: dict[str, int] = {}
        self._event_program = 0

    # -- uploads -------------------------------------------------------------------------------------------------------

    async def send_transactions(
        self, filename: str, obligations: Sequence[Obligation], bills: Sequence[Bill]
    ) -> list[Rejected]:
        """Upload order and invoice lines and have them collected; returns the rows that were not taken."""
        rows = [_obligation_row(each) for each in obligations] + [_bill_row(each) for each in bills]
        rejected = await self._stage(_TRANSACTIONS, "transaction", filename, rows)
        entities = {each.entity for each in obligations} | {each.obligation.entity for each in bills}
        for entity in sorted(entities):
            # The system runs two collections of an organisation at most; one of ours at a time leaves room.
            async with self._locks.hold(entity):
                await self._collect(entity)
        return rejected

    async def _collect(self, entity: str) -> None:
        path = f"{_BASE}/job/collection/template"
        body = {"rc_template_name": self._grouping, "org_id": await self._org_id(entity)}
        response = await self._caller.send("POST", path, json=body, accept=(400,))
        message = response.json()["message"]
        if response.status == 400:
            if "Running or Pending" in message:
                raise Unavailable(f"revenue collection for {entity}: {message}", 400)
            raise Refused(f"revenue collection for {entity}: {message}", 400)
        await self._await_job(f"{path}/{_number_in(message)}")

    async def send_progress(
        self, filename: str, progress: Sequence[Progress | CostProgress], entities: Sequence[str]
    ) -> list[Rejected]:
        """Upload hours and have them processed; returns the rows that were not taken."""
        rejected = await self._stage(_EVENTS, "event", filename, [_progress_row(each) for each in progress])
        program = await self._event_program_id()
        for entity in entities:
            org = await self._org_id(entity)
            path = f"{_BASE}/{org}/programs/{program}/submit"
            job = (await self._caller.send("POST", path, json={"parameters": []})).json()["job_id"]
            await self._await_job(f"{_BASE}/{org}/jobs/{job}")
        return rejected

    async def _stage(self, template: str, kind: str, filename: str, rows: list[dict[str, str]]) -> list[Rejected]:
        """Upload rows until none is refused for now; returns the rows that are refused for good.

        Raises Unavailable when the staging stays busy. The files of a repeat carry a number, in order.
        """
        await self._upload(template, filename, rows)
        if not self._policy.reads_row_results():
            return []
        sends, number = 1, 1
        while True:
            rejected = await self._stage_errors(kind)
            mine = {each.row_id: each for each in rejected if each.row_id in set(map(_row_id, rows))}
            if not any(each.message.startswith(_BUSY) for each in mine.values()):
                return rejected
            if sends >= _SENDS_MAX:
                raise Unavailable(f"revenue upload {filename}: rows were refused {sends} times, and may be sent again")
            number += 1
            # With them what was refused because they were not there.
            again = [row for row in rows if _row_id(row) in mine]
            sends += await self._upload(template, f"{filename.removesuffix('.csv')}-{number}.csv", again)

    async def _upload(self, template: str, filename: str, rows: list[dict[str, str]]) -> bool:
        """Have a file staged; returns whether it is a new one."""
        headers = {"templatename": template, "filename": filename, "content-type": "text/plain"}
        response = await self._caller.send(
            "POST", f"{_BASE}/csv/upload", headers=headers, body=_csv(rows), accept=(400,)
        )
        if response.status == 400:
            text = response.body.decode("utf-8", "replace")
            if filename not in text:
                raise Refused(f"revenue upload {filename}: {text[:300]}", 400)
            # The name is taken: this very file arrived before and only its answer was lost.
            await self._ports.sleep(4 * _LOOK_EVERY_US)
            return False
        upload_id = response.json()["result"]["id"]
        for _ in range(_LOOKS_MAX):
            await self._ports.sleep(_LOOK_EVERY_US)
            status = await self._caller.send("GET", f"{_BASE}/csv/upload/status", query={"id": upload_id})
            if status.json()["result"]["message"] == "Data Staged Successfully":
                return True
        raise Unavailable(f"revenue upload {filename} is not staged")

    async def _stage_errors(self, kind: str) -> list[Rejected]:
        response = await self._caller.send("GET", f"{_BASE}/stage/error/{kind}")
        if response.status == 204:
            return []
        rows = response.json()["Result"]
        return [
            Rejected(row.get("inv_line_id") or row.get("so_line_id") or "", row["err_msg"])
            for row in rows
            if not row["err_msg"].startswith(_ARRIVED)
        ]

    async def _await_job(self, path: str) -> None:
        for _ in range(_LOOKS_MAX):
            await self._ports.sleep(_LOOK_EVERY_US)
            data = (await self._caller.send("GET", path)).json()["data"]
            if data["status"] == "Completed":
                return
            if data["status"] in ("Error", "Failed", "Cancelled", "Terminated"):
                raise Refused(f"revenue job {path} ended {data['status']}")
        raise Unavailable(f"revenue job {path} does not end")

    # -- journal -------------------------------------------------------------------------------------------------------

    async def ready_batches(self) -> list[str]:
        """Ids of the batches ready to transfer."""
        response = await self._caller.send("GET", f"{_BASE}/journal/list")
        if response.status == 204:
            return []
        return [str(row["id"]) for row in response.json()["result"]]

    async def batch(self, batch_id: str) -> Batch | None:
        """A batch with its lines; None when it has none."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            response = await self._caller.send(
                "GET", f"{_BASE}/journal/batch/{batch_id}/{page}", query={"pagesize": _PAGE}, accept=(404,)
            )
            found = response.json()["result"] if response.status == 200 else []
            rows += found
            if len(found) < _PAGE:
                break
            page += 1
        if not rows:
            return None
        first = rows[0]
        return Batch(
            batch_id=batch_id,
            entity=first["org_code"],
            currency=first["currency"],
            period=Period.parse(first["period"]),
            on=date.fromisoformat(first["gl_date"]),
            lines=tuple(_batch_line(row) for row in rows),
            foreign=first["currency"] != first["func_currency"],
        )

    async def mark_transferred(self, batch_id: str) -> None:
        """Tell that a batch is posted; a batch that is marked already stays so."""
        path = f"{_BASE}/journal/batch/status/{batch_id}"
        response = await self._caller.send("PUT", path, accept=(400,))
        if response.status == 400 and b"0 row(s)" not in response.body:
            raise Refused(f"revenue batch {batch_id}: {response.body.decode('utf-8', 'replace')[:200]}", 400)

    # -- reference data ------------------------------------------------------------------------------------------------

    async def _org_id(self, entity: str) -> int:
        if entity not in self._orgs:
            rows = (await self._caller.send("GET", f"{_BASE}/revenue-orgs")).json()["data"]
            ids = {row["org_name"]: int(row["org_id"]) for row in rows}
            self._orgs = {code: ids[each.name] for code, each in self._entities.items() if each.name in ids}
        if entity not in self._orgs:
            raise Refused(f"the revenue system has no organisation for {entity}")
        return self._orgs[entity]

    async def _event_program_id(self) -> int:
        if not self._event_program:
            rows = (await self._caller.send("GET", f"{_BASE}/programs")).json()["data"]
            named = {row["program_name"]: int(row["program_id"]) for row in rows}
            self._event_program = named["Event Process"]
        return self._event_program


def _row_id(row: dict[str, str]) -> str:
    """What the staging calls a row."""
    return row.get("Inv Line Id") or row["So Line Id"]


def _number_in(message: str) -> str:
    """The job's number: this endpoint names it in a sentence only."""
    found = re.search(r"\d+", message)
    if found is None:
        raise Unavailable(f"no job number in {message!r}")
    return found[0]


def _day(day: date) -> str:
    return f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def _csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    # Optional columns are there when a row has them.
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, fieldnames=names, restval="", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _obligation_row(each: Obligation) -> dict[str, str]:
    return {
        "Type": "SO",
        "So Num": each.engagement,
        "So Line Id": each.obligation,
        "So Date": _day(each.signed),
        "Cust Num": each.client_code,
        "Cstmr Nm": each.client_name,
        "Curr": each.currency,
        "F Cur": each.functional or each.currency,
        "F Ex Rate": each.rate,
        "Item Num": each.item,
        "Ord Qty": str(each.quantity),
        "Ext Lst Prc": f"{each.amount:f}",
        "Ext Sll Prc": f"{each.amount:f}",
        "Start Date": _day(each.first),
        "End Date": _day(each.last),
        "Right To Bill": "Y" if each.right_to_bill else "N",
        "Pob Template": _POB_TEMPLATES.get(each.release, ""),
        "Rev Segments": each.revenue_account,
        "Def Segments": each.position_account,
        "Business Unit": each.entity,
        "Inv Num": "",
        "Inv Line Id": "",
        "Inv Line Num": "",
        "Inv Date": "",
        "Inv Qty": "",
        "Ct Mod Date": _day(each.modified_on) if each.modified_on else "",
    }


def _bill_row(each: Bill) -> dict[str, str]:
    return {
        **_obligation_row(each.obligation),
        "Type": "CM" if each.credits else "INV",
        "F Ex Rate": each.rate,
        "Ext Lst Prc": f"{each.amount:f}",
        "Ext Sll Prc": f"{each.amount:f}",
        "Inv Num": each.number,
        "Inv Line Id": each.bill_id,
        "Inv Line Num": "1",
        "Inv Date": _day(each.on),
        "Inv Qty": "1",
        **({"Orig Inv Line Id": each.credits, "Credit Rule": each.rule} if each.credits else {}),
    }


def _progress_row(each: Progress | CostProgress) -> dict[str, str]:
    if isinstance(each, CostProgress):
        cost = {"Completed Qty": f"{each.completed:f}", "Total Qty": f"{each.total:f}"}
        return {**_event(each.obligation, "Budgeted Cost", each.on), **cost}
    kind, column = _MEASURES[each.measure]
    measured = _event(each.obligation, kind, each.on)
    measured[column] = f"{each.completed:f}" if isinstance(each.completed, Decimal) else str(each.completed)
    if each.measure == "hours":
        measured["Total Qty"] = str(each.total)
    return measured


def _event(obligation: str, kind: str, on: date) -> dict[str, str]:
    row = {"Event Type": kind, "So Line Id": obligation, "Event Date": _day(on)}
    return {**row, "Completed Qty": "", "Total Qty": "", "Event Percent": "", "Event Amount": ""}


def _batch_line(row: dict[str, Any]) -> BatchLine:
    return BatchLine(
        line_id=str(row["line_id"]),
        account=row["account"],
        debit=Decimal(row["entered_dr"] or 0),
        credit=Decimal(row["entered_cr"] or 0),
        engagement=row["so_num"],
        obligation=row["so_line_id"] or "",
        functional_debit=Decimal(row["accounted_dr"] or 0),
        functional_credit=Decimal(row["accounted_cr"] or 0),
    )
