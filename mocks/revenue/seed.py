"""The smallest sensible tenant: organisations, their periods, rates. Everything else comes by upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.revenue.records import CLOSED, FUTURE, OPEN

if TYPE_CHECKING:
    from mocks.revenue.system import Revenue
    from sandbox.core.tenants import RevenueOrg, RevenueTenant


def seed(mock: Revenue, tenant: RevenueTenant) -> None:
    """Fill a fresh tenant."""
    mock.people.update(tenant.people)
    for org in tenant.orgs:
        values = {"org_id": org.org_id, "code": org.code, "name": org.name, "currency": org.currency}
        mock.store.insert("org", values, label=f"org {org.code}")
        _periods(mock, tenant, org)
    for each in tenant.rates:
        pair = {"from_curr": each.from_currency, "to_curr": each.to_currency, "period": str(each.period)}
        label = f"rate {' '.join(pair.values())}"
        mock.store.insert("rate", {**pair, "rate": f"{each.rate:f}"}, label=label)


def _periods(mock: Revenue, tenant: RevenueTenant, org: RevenueOrg) -> None:
    """Closed ones as told, the first other is open, the rest lie ahead."""
    open_given = False
    for period in sorted(tenant.periods):
        status = CLOSED if period in tenant.closed else FUTURE if open_given else OPEN
        open_given = open_given or status == OPEN
        values = {"org_id": org.org_id, "name": str(period), "status": status}
        mock.store.insert("period", values, label=f"period {org.code} {period}")
