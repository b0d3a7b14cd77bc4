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
    # Drop folders of the partners, and the pay periods of the entities the payroll provider pays.
    files_token: str = ""
    pay_periods: Mapping[str, tuple[PayPeriod, ...]] = field(default_factory=dict)
