"""What every flow works with: ports, memory, decisions, agreements, and one connector per system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from sandbox.core.kernel import KeyedLock
from sandbox.core.ports import Ports
from sandbox.engine.connectors.crm import CrmConnector
from sandbox.engine.connectors.erp import ErpConnector
from sandbox.engine.connectors.files import FilesConnector
from sandbox.engine.connectors.hris import HrisConnector
from sandbox.engine.connectors.psa import PsaConnector
from sandbox.engine.connectors.revenue import RevenueConnector
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Missing
from sandbox.engine.settings import Settings
from sandbox.engine.store import NewWork, Store
from sandbox.interface import Interface
from sandbox.plan import Entity


@dataclass
class Context:
    """One engine instance's surroundings."""

    ports: Ports
    store: Store
    policy: Policy
    interface: Interface
    settings: Settings
    crm: CrmConnector = field(init=False)
    psa: PsaConnector = field(init=False)
    hris: HrisConnector = field(init=False)
    erp: ErpConnector = field(init=False)
    revenue: RevenueConnector = field(init=False)
    files: FilesConnector = field(init=False)
    locks: KeyedLock = field(init=False)

    def __post_init__(self) -> None:
        ports, settings, policy, offers = self.ports, self.settings, self.policy, self.interface.capabilities
        self.crm = CrmConnector(ports, settings, policy, offers["crm"])
        noted = self.interface.expenses.input_tax
        self.psa = PsaConnector(ports, self.store, settings, policy, offers["psa"], noted.prefix)
        self.hris = HrisConnector(ports, settings, policy, offers["hris"])
        self.erp = ErpConnector(ports, self.store, settings, policy, self.interface)
        self.revenue = RevenueConnector(ports, settings, policy, offers["revenue"])
        self.files = FilesConnector(ports, settings, policy, offers["files"])
        self.locks = ports.keyed_lock()

    def entity(self, code: str) -> Entity:
        """A legal entity; raises KeyError."""
        return self.settings.entities[code]

    def today(self) -> date:
        """The date in UTC, for schedules that are UTC."""
        return self.ports.today("UTC")

    async def take(
        self, source: str, event_ids: Iterable[str], work: Iterable[NewWork], watermark: str | None = None
    ) -> None:
        """Take in what a look found, all or nothing; after this the events will not come again."""
        ids, items = list(event_ids), list(work)
        await self.store.take(source, ids, items, watermark, self.ports.now_us())
        if ids or items:
            self.ports.passed("event acknowledged")

    async def known(self, system: str, kind: str, native: str) -> str:
        """The thing a native id means; raises Missing while it is not known."""
        ref = await self.store.ref(system, kind, native)
        if ref is None:
            raise Missing(f"{kind} {native} of the {system} is not known yet")
        return ref

    async def native(self, kind: str, ref: str, system: str) -> str:
        """The native id of a thing; raises Missing while it has none."""
        native = await self.store.native(kind, ref, system)
        if native is None:
            raise Missing(f"{kind} {ref} is not in the {system} yet")
        return native

    async def deal(self, engagement: str) -> dict[str, Any]:
        """What was set up for an engagement; raises Missing before that."""
        document: dict[str, Any] | None = await self.store.document("deal", engagement)
        if document is None:
            raise Missing(f"engagement {engagement} is not set up yet")
        return document


def digest(*parts: object) -> str:
    """A short digest of what something looks like."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
