"""What every part of the ERP connector needs: signed requests, records by external id, SuiteQL, reference data."""

from __future__ import annotations

from typing import Any

from sandbox.core.client import OAuth1
from sandbox.core.periods import Period
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Caller, Missing, Refused
from sandbox.engine.settings import Settings
from sandbox.engine.store import Store
from sandbox.interface import Interface

RECORD = "/services/rest/record/v1"
STRICT = {"x-netsuite-propertynamevalidation": "error"}
_SUITEQL = "/services/rest/query/v1/suiteql"


class ErpRecords:
    """Records of NetSuite, and lists that change seldom."""

    def __init__(self, ports: Ports, store: Store, settings: Settings, policy: Policy, interface: Interface) -> None:
        auth = OAuth1(
            settings.erp_account,
            settings.erp_consumer_key,
            settings.erp_consumer_secret,
            settings.erp_token_id,
            settings.erp_token_secret,
        )
        self._store = store
        self._settings = settings
        self._policy = policy
        self._interface = interface
        self._caller = Caller(ports, "erp", auth, policy, interface.capabilities["erp"])
        self._lists: dict[str, dict[str, str]] = {}

    # -- reference data ------------------------------------------------------------------------------------------------

    async def subsidiary_id(self, entity: str) -> str:
        """Id of a legal entity."""
        return await self._listed("subsidiary", "SELECT id, externalid AS name FROM subsidiary", entity)

    async def account_id(self, number: str) -> str:
        """Id of a ledger account."""
        return await self._listed("account", "SELECT id, acctnumber AS name FROM account", number)

    async def currency_id(self, code: str) -> str:
        """Id of a currency."""
        return await self._listed("currency", "SELECT id, symbol AS name FROM currency", code)

    async def period_id(self, period: Period) -> str:
        """Id of an accounting period."""
        query = "SELECT id, TO_CHAR(startdate, 'YYYY-MM') AS name FROM accountingperiod"
        return await self._listed("period", query, str(period))

    async def _listed(self, kind: str, query: str, name: str) -> str:
        known = self._lists.get(kind, {})
        if name not in known:
            known = self._lists[kind] = {row["name"]: row["id"] for row in await self._rows(query)}
        if name not in known:
            raise Refused(f"the ERP has no {kind} {name!r}")
        return known[name]

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _put(self, record: str, kind: str, ref: str, body: dict[str, Any]) -> str:
        """Create or update by external id; without one, create and remember, or update what is remembered."""
        key = self._policy.create_key(self._interface.external_id(f"erp.{record}", ref))
        if key is not None:
            response = await self._caller.send("PUT", f"{RECORD}/{record}/eid:{key}", headers=STRICT, json=body)
            native = located(response)
            await self._store.link(kind, ref, "erp", native)
            return native
        known = await self._store.native(kind, ref, "erp")
        if known is None:
            known = await self._create(record, kind, ref, body)
        elif record in ("employee", "customer", "job", "timeBill", "projectTask"):
            await self._caller.send("PATCH", f"{RECORD}/{record}/{known}", headers=STRICT, json=body)
        return known

    async def _post_once(self, record: str, kind: str, ref: str, body: dict[str, Any]) -> str:
        key = self._policy.create_key(self._interface.external_id(f"erp.{record}", ref))
        if key is not None:
            body = {**body, "externalId": key}
        return await self._create(record, kind, ref, body, key)

    async def _create(self, record: str, kind: str, ref: str, body: dict[str, Any], key: str | None = None) -> str:
        async def find() -> str | None:
            if key is None:
                return None
            response = await self._caller.send("GET", f"{RECORD}/{record}/eid:{key}", accept=(404,))
            return str(response.json()["id"]) if response.status == 200 else None

        native = await self._caller.create(
            self._store,
            f"erp {record} {ref}",
            find,
            "POST",
            f"{RECORD}/{record}",
            located,
            headers=STRICT,
            json=body,
        )
        await self._store.link(kind, ref, "erp", native)
        return native

    async def _rows(self, query: str, *params: str) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = []
        while True:
            response = await self._caller.send(
                "POST",
                _SUITEQL,
                query={"limit": 1000, "offset": len(rows)},
                headers={"prefer": "transient"},
                json={"q": query, "params": list(params)},
            )
            page = response.json()
            rows += page["items"]
            if not page["hasMore"]:
                return rows


def located(response: Response) -> str:
    """Native id of the record a response has made; raises Missing when it names none."""
    location = response.header("Location")
    if location is None:
        raise Missing("the ERP named no location of the record")
    return location.rpartition("/")[2]
