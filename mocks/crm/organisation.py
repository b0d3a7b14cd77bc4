"""The organisation a mock stands for, and the desk a write is done at: who writes, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from mocks.crm.records import Schema
from mocks.kit.store import Store
from sandbox.core.clock import local_date

if TYPE_CHECKING:
    from mocks.crm.policies import Policies

# The zone of the vendor's own default organisation; it decides what TODAY is in a query.
ORG_ZONE = "America/Los_Angeles"


@dataclass(frozen=True, slots=True)
class Org:
    """What never changes while a tenant lives."""

    id: str
    name: str
    epoch: datetime
    seed_label: str
    currencies: tuple[str, ...]
    corporate_currency: str
    first_user_id: str
    schema: Schema

    def today(self, now_us: int) -> date:
        """The business date in the organisation's zone."""
        return local_date(self.epoch, now_us, ORG_ZONE)


@dataclass(frozen=True, slots=True)
class Desk:
    """One write: the store it goes to, the organisation it belongs to, the user and the instant.

    ``policies`` are the organisation's own rules, None without any; ``allow_duplicates``: the client insists.
    """

    store: Store
    org: Org
    user_id: str
    now_us: int
    policies: Policies | None = None
    allow_duplicates: bool = False
