"""Credit hold: a client that finance put on hold is marked in the CRM, and its projects are on hold in the PSA.

Who is on hold is also kept as it was found, for whoever asks (`service.py`).
"""

from __future__ import annotations

from typing import Any

from sandbox.engine.context import Context, digest
from sandbox.engine.store import NewWork, Work

SOURCE = "erp.holds"
_ON_HOLD = "400"


class HoldFlow:
    """Holds of customers to accounts and projects."""

    name = "hold"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Read who is or was on hold; queue whose state, or whose projects, are other than when they were told of."""
        context = self._c
        work = []
        decided = await context.erp.credit_holds()
        held = []
        deals = await context.store.documents("deal") if decided else {}
        for native, on_hold in decided.items():
            client = await context.store.ref("erp", "client", native)
            mine = sorted(code for code, deal in deals.items() if deal["client_code"] == client)
            if client is not None and on_hold:
                held.append(client)
            if client is not None and await context.store.sent(f"hold {client}") != digest(on_hold, mine):
                lane = context.policy.lane(client, str(on_hold))
                payload = {"on_hold": on_hold, "deals": mine}
                work.append(NewWork(self.name, lane, client, payload, tier=1))
        await context.store.put_document("holds", "clients", {"clients": sorted(held)})
        await context.take(SOURCE, (), work)

    async def handle(self, work: Work) -> None:
        """Tell CRM and PSA whether a client is on hold."""
        context, payload = self._c, work.payload
        for code in payload["deals"]:
            deal = await context.deal(code)
            await context.crm.set_fields("Account", deal["client_id"], {"Credit_Hold__c": payload["on_hold"]})
            await self._project(code, on_hold=payload["on_hold"])
        await context.store.mark_sent({f"hold {work.key}": digest(payload["on_hold"], payload["deals"])})

    async def _project(self, code: str, *, on_hold: bool) -> None:
        """A project goes on hold, and back to the status it had before."""
        context = self._c
        workspace_id = await context.native("engagement", code, "psa")
        before: dict[str, Any] | None = await context.store.document("held status", code)
        if on_hold and not (before or {}).get("status"):
            status = await context.psa.project_status(workspace_id)
            if status != _ON_HOLD:
                await context.store.put_document("held status", code, {"status": status})
        if on_hold:
            await context.psa.set_project_status(workspace_id, _ON_HOLD)
        elif before and before["status"]:
            await context.psa.set_project_status(workspace_id, before["status"])
            await context.store.put_document("held status", code, {"status": None})
