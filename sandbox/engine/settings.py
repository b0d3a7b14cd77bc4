"""What an installation of the engine is told: credentials per system, the legal entities, and the scenario's start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sandbox.plan import Entity, PayPeriod


@dataclass(frozen=True, slots=True)
class Settings:
    """Handed to the engine at its start. ``start`` anchors schedules; instants count from its midnight, UTC."""

    instance: str
    start: date
    entities: Mapping[str, Entity]
    crm_consumer_key: str
    crm_consumer_secret: str
    crm_username: str
    crm_password: str
    psa_token: str
    hris_tenant: str
    hris_owner: str
    hris_username: str
    hris_password: str
    erp_account: str
    erp_consumer_key: str
    erp_consumer_secret: str
    erp_token_id: str
    erp_token_secret: str
    revenue_user: str
    revenue_password: str
    revenue_role: str
    revenue_clientname: str
    # Template by which order lines are grouped into revenue contracts.
    revenue_grouping: str
    # Reference data the engine is configured with: rate card of the PSA per entity and currency, items of the ERP.
    rate_cards: Mapping[tuple[str, str], str]
    role_item: str
    fixed_fee_item: str
    # The firm's token at the partners that exchange files; without one none of them does.
    files_token: str | None = None
    # Whether the bank leaves statement files.
    takes_statements: bool = False
    # The pay periods of the entities the payroll provider pays.
    pay_periods: Mapping[str, tuple[PayPeriod, ...]] = field(default_factory=dict)
    # What people's front ends show when they ask the engine.
    front_end_token: str = ""
