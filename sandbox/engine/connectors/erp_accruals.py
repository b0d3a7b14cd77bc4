"""Accruals in NetSuite: journals a person posts, that take themselves back on a day; and how much time it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sandbox.core.periods import Period
from sandbox.engine.canonical import Accrual
from sandbox.engine.connectors.erp_records import RECORD, STRICT, located
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller
from sandbox.engine.store import Store

_JOURNALS = f"{RECORD}/journalEntry"
Rows = Callable[..., Awaitable[list[dict[str, str]]]]


class Ids(Protocol):
    """Native ids of reference data."""

    async def subsidiary_id(self, entity: str) -> str:
        """Of a legal entity."""

    async def account_id(self, number: str) -> str:
        """Of a ledger account."""


@dataclass(frozen=True, slots=True)
class Posted:
    """How much time the ledger has."""

    count: int
    minutes: int


class ErpAccruals:
    """Journals prepared for a person."""

    def __init__(self, caller: Caller, store: Store, policy: Policy, ids: Ids, rows: Rows) -> None:
        self._caller = caller
        self._store = store
        self._policy = policy
        self._ids = ids
        self._rows = rows

    async def accrued_by_hand(self, memo: str, entity: str, key: str) -> str | None:
        """Number of a journal with this memo in an entity that is not the one prepared under the key; None: there is
        none."""
        rows = await self._rows(
            "SELECT t.tranid, t.externalid FROM transaction t JOIN subsidiary s ON s.id = t.subsidiary "
            "WHERE t.type = 'Journal' AND t.memo = ? AND s.externalid = ? ORDER BY t.id",
            memo,
            entity,
        )
        return next((row["tranid"] for row in rows if row.get("externalid") != key), None)

    async def prepare(self, accrual: Accrual, job_id: str, key: str, memo: str, debit: str, credit: str) -> str:
        """Number of the journal of an accrual: not approved, dated the last day of its month, taken back the day after.

        Prepared already, it is found by its key.
        """
        about = {"custcol_engagement": {"id": job_id}, "custcol_contract_line": accrual.line}
        body: dict[str, Any] = {
            "subsidiary": {"id": await self._ids.subsidiary_id(accrual.entity)},
            "tranDate": accrual.period.last.isoformat(),
            "reversalDate": accrual.period.next().first.isoformat(),
            "approved": False,
            "memo": memo,
            "line": {
                "items": [
                    {"account": {"id": await self._ids.account_id(debit)}, "debit": accrual.cost, **about},
                    {"account": {"id": await self._ids.account_id(credit)}, "credit": accrual.cost, **about},
                ]
            },
        }
        agreed = self._policy.create_key(key)
        if agreed is not None:
            body["externalId"] = agreed

        async def find() -> str | None:
            if agreed is None:
                return None
            response = await self._caller.send("GET", f"{_JOURNALS}/eid:{agreed}", accept=(404,))
            return str(response.json()["id"]) if response.status == 200 else None

        journal_id = await self._caller.create(
            self._store, f"erp accrual {key}", find, "POST", _JOURNALS, located, headers=STRICT, json=body
        )
        response = await self._caller.send("GET", f"{_JOURNALS}/{journal_id}")
        return str(response.json()["tranId"])

    async def posted_time(self, entity: str, period: Period) -> Posted:
        """Time of an entity's projects that the ERP has in a month."""
        rows = await self._rows(
            "SELECT COUNT(*) AS entries, SUM(t.hours) AS hours FROM timebill t JOIN job j ON j.id = t.customer "
            "JOIN subsidiary s ON s.id = j.subsidiary JOIN accountingperiod p ON p.id = t.custcol_posting_period "
            "WHERE s.externalid = ? AND p.startdate = TO_DATE(?, 'YYYY-MM-DD')",
            entity,
            period.first.isoformat(),
        )
        (row,) = rows
        return Posted(int(row["entries"]), int(Decimal(row.get("hours") or 0) * 60))
