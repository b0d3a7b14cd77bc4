"""The billing schedule: milestones of a project."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_milestones
from mocks.psa.envelope import deleted, written
from mocks.psa.resources_billing import BILLING_MILESTONES
from mocks.psa.rules import LEADING, demand, required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/billing_milestones", "billing_milestones.create")
def create_milestones(call: Call) -> Response:
    """One milestone or several."""
    demand(call.principal, LEADING)
    items = intakes.BILLING_MILESTONE.many(call.request)
    return written(call, BILLING_MILESTONES, [rules_milestones.create(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/billing_milestones/<record_id>", "billing_milestones.update")
def change_milestone(call: Call, record_id: str) -> Response:
    """Change a milestone."""
    demand(call.principal, LEADING)
    milestone = required(call.store, BILLING_MILESTONES, record_id)
    given = intakes.BILLING_MILESTONE.change(call.request)
    return written(call, BILLING_MILESTONES, [rules_milestones.alter(call.store, milestone, given)])


@ROUTES.add("DELETE", "/api/v1/billing_milestones/<record_id>", "billing_milestones.delete")
def delete_milestone(call: Call, record_id: str) -> Response:
    """Take a milestone off the schedule."""
    demand(call.principal, LEADING)
    rules_milestones.delete(call.store, required(call.store, BILLING_MILESTONES, record_id))
    return deleted()
