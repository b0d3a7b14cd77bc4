"""What every part of the PSA connector needs: requests, pages, records by external reference, decisions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.client import StaticBearer
from sandbox.core.clock import parse_iso
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store

BASE = "/api/v1"
PAGE = 200


class PsaRecords:
    """Records of Kantata."""

    def __init__(
        self, ports: Ports, store: Store, settings: Settings, policy: Policy, capability: str, tax_after: str = ""
    ) -> None:
        self._ports = ports
        # What stands before the tax in the notes of an expense.
        self._tax_after = tax_after
        self._store = store
        self._caller = Caller(ports, "psa", StaticBearer(settings.psa_token), policy, capability)

    async def _ensure(
        self,
        effect_id: str,
        path: str,
        collection: str,
        body: dict[str, Any],
        reference: str,
        workspace_id: str | None = None,
    ) -> str:
        """Create what carries an external reference, or find it by that."""

        async def find() -> str | None:
            query = {"external_reference_service_model_ref": reference, "include_archived": "true"}
            if workspace_id is not None:
                query["workspace_id"] = workspace_id
            rows = listed(await self._get(path, query))
            return str(rows[0]["id"]) if rows else None

        return await self._caller.create(
            self._store,
            effect_id,
            find,
            "POST",
            f"{BASE}{path}",
            lambda response: first_of(response, collection),
            json=body,
        )

    async def _get(self, path: str, query: dict[str, Any]) -> Response:
        return await self._caller.send("GET", f"{BASE}{path}", query=query)

    async def _all(self, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        return [row for page in await self._pages(path, query) for row in listed(page)]

    async def _pages(self, path: str, query: dict[str, Any]) -> list[Response]:
        pages: list[Response] = []
        while True:
            page = len(pages) + 1
            pages.append(await self._get(path, {**query, "per_page": PAGE, "page": page}))
            if page >= int(pages[-1].json()["meta"]["page_count"]):
                return pages

    async def _decided(self, path: str, rows: list[dict[str, Any]]) -> dict[str, int]:
        """Submission -> instant of its decision, of those that approved these rows."""
        wanted = sorted(
            {row["active_submission_id"] for row in rows if row["approved"] and row["active_submission_id"]}
        )
        decided: dict[str, int] = {}
        for start in range(0, len(wanted), PAGE):
            query = {"only": ",".join(wanted[start : start + PAGE]), "per_page": PAGE}
            for row in listed(await self._get(path, query)):
                decided[row["id"]] = parse_iso(self._ports.clock.epoch, row["current_resolution_created_at"])
        return decided


def listed(response: Response) -> list[dict[str, Any]]:
    """The rows of an answer, in its order."""
    body = response.json()
    return [body[row["key"]][row["id"]] for row in body["results"]]


def first_of(response: Response, collection: str) -> str:
    """Id of the first row of a collection."""
    body = response.json()
    for row in body["results"]:
        if row["key"] == collection:
            return str(row["id"])
    return str(next(iter(body[collection])))


def main_units(row: dict[str, Any], name: str) -> Decimal:
    """An amount in the major unit of its currency."""
    return Decimal(row[name] or 0) / int(row["currency_base_unit"])
