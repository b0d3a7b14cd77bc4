"""The smallest sensible tenant: the workers the firm hands in, hired before the scenario begins."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mocks.hris import rules, rules_rates
from mocks.hris.records import HIRE
from sandbox.core.clock import DAY_US
from sandbox.core.money import plain, to_scaled

if TYPE_CHECKING:
    from mocks.hris.system import Hris
    from sandbox.core.tenants import HrisTenant, HrisWorker

# Entered long before the epoch, so that no delta window of the scenario shows the seed by accident: assumed.
_ENTRY = rules.Entry(-30 * DAY_US, date.min)


def seed(mock: Hris, tenant: HrisTenant) -> None:
    """Fill a fresh tenant. A manager may stand behind those who report to them, so managers are not looked up."""
    mock.people.update(tenant.people)
    for worker in tenant.workers:
        person = {
            "employee_id": worker.employee_id,
            "first_name": worker.first_name,
            "last_name": worker.last_name,
            "email": worker.email,
        }
        row = mock.store.insert("worker", person, label=f"worker {worker.employee_id}")
        rules.add_event(mock.store, row["wid"], HIRE, worker.hire_date, _ENTRY, _job(tenant, worker), [])
    for rate in tenant.cost_rates:
        values = {
            "job_profile": rate.job_profile,
            "company": rate.company,
            "rate_type": rate.rate_type,
            "amount": to_scaled(rate.amount),
            "currency": rate.currency,
        }
        rules_rates.set_rate(mock.store, values, rate.effective_date, _ENTRY)


def _job(tenant: HrisTenant, worker: HrisWorker) -> dict[str, str | int | None]:
    annual_base = tenant.annual_base_default if worker.annual_base is None else worker.annual_base
    return {
        "grade": worker.grade,
        "company": worker.company,
        "location": worker.location,
        "manager_employee_id": worker.manager_employee_id,
        "fte": plain(worker.fte),
        "annual_base": to_scaled(annual_base),
        "currency": worker.currency or tenant.currency_default,
    }
