"""The smallest sensible tenant: the workers the firm hands in, hired before the scenario begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mocks.hris import rules
from sandbox.core.clock import DAY_US

if TYPE_CHECKING:
    from mocks.hris.system import Hris
    from sandbox.core.tenants import HrisTenant

# Entered long before the epoch, so that no delta window of the scenario shows the seed by accident: assumed.
_ENTERED_US = -30 * DAY_US


def seed(mock: Hris, tenant: HrisTenant) -> None:
    """Fill a fresh tenant."""
    mock.people.update(tenant.people)
    for worker in tenant.workers:
        person = {
            "employee_id": worker.employee_id,
            "first_name": worker.first_name,
            "last_name": worker.last_name,
            "email": worker.email,
        }
        job = {
            "grade": worker.grade,
            "company": worker.company,
            "location": worker.location,
            "manager_employee_id": worker.manager_employee_id,
        }
        rules.hire(mock.store, person, job, worker.hire_date, _ENTERED_US)
