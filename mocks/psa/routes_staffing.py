"""Staffing: resources and allocations of projects, skills, time off, cost rates."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes_staffing, rules_capacity, rules_staffing
from mocks.psa.envelope import deleted, written
from mocks.psa.errors import invalid
from mocks.psa.query import params_of
from mocks.psa.resources_staffing import (
    COST_RATES,
    SKILL_MEMBERSHIPS,
    SKILLS,
    TIME_OFF_ENTRIES,
    WORKSPACE_ALLOCATIONS,
    WORKSPACE_RESOURCES,
)
from mocks.psa.rules import ADMINISTRATORS, LEADING, delete_with_references, demand, pointed_to, required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/workspace_resources", "workspace_resources.create")
def create_resources(call: Call) -> Response:
    """Put one resource or several on projects."""
    demand(call.principal, LEADING)
    items = intakes_staffing.WORKSPACE_RESOURCE.many(call.request)
    return written(call, WORKSPACE_RESOURCES, [rules_staffing.create_resource(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/workspace_resources/<record_id>", "workspace_resources.update")
def change_resource(call: Call, record_id: str) -> Response:
    """Another label or role, or a name."""
    demand(call.principal, LEADING)
    resource = required(call.store, WORKSPACE_RESOURCES, record_id)
    given = intakes_staffing.WORKSPACE_RESOURCE.change(call.request)
    return written(call, WORKSPACE_RESOURCES, [rules_staffing.alter_resource(call.store, resource, given)])


@ROUTES.add("DELETE", "/api/v1/workspace_resources/<record_id>", "workspace_resources.delete")
def delete_resource(call: Call, record_id: str) -> Response:
    """Take a resource off its project, allocations and all."""
    demand(call.principal, LEADING)
    rules_staffing.delete_resource(call.store, required(call.store, WORKSPACE_RESOURCES, record_id))
    return deleted()


@ROUTES.add("POST", "/api/v1/workspace_allocations", "workspace_allocations.create")
def create_allocations(call: Call) -> Response:
    """Book one span of days or several."""
    demand(call.principal, LEADING)
    items = intakes_staffing.WORKSPACE_ALLOCATION.many(call.request)
    user_id = call.principal.user_id
    return written(call, WORKSPACE_ALLOCATIONS, [rules_staffing.allocate(call.store, item, user_id) for item in items])


@ROUTES.add("PUT", "/api/v1/workspace_allocations/split", "workspace_allocations.split")
def split_allocation(call: Call) -> Response:
    """Two out of one: ``?workspace_allocation_id=1&split_date=2026-02-01``; answers both."""
    demand(call.principal, LEADING)
    params = params_of(call.request)
    wanted = params.get("workspace_allocation_id")
    allocation = pointed_to(call.store, "workspace_allocation", wanted, "workspace_allocation_id")
    split_date = intakes_staffing.day(params.get("split_date"))
    if split_date is None:
        raise invalid("split_date", "split_date must be a date YYYY-MM-DD")
    both = rules_staffing.split(call.store, allocation, split_date, call.principal.user_id)
    return written(call, WORKSPACE_ALLOCATIONS, both)


@ROUTES.add("PUT", "/api/v1/workspace_allocations/<record_id>", "workspace_allocations.update")
def change_allocation(call: Call, record_id: str) -> Response:
    """Other days or minutes, soft or hard."""
    demand(call.principal, LEADING)
    allocation = required(call.store, WORKSPACE_ALLOCATIONS, record_id)
    given = intakes_staffing.WORKSPACE_ALLOCATION.change(call.request)
    after = rules_staffing.alter_allocation(call.store, allocation, given, call.principal.user_id)
    return written(call, WORKSPACE_ALLOCATIONS, [after])


@ROUTES.add("DELETE", "/api/v1/workspace_allocations/<record_id>", "workspace_allocations.delete")
def delete_allocation(call: Call, record_id: str) -> Response:
    """Free a resource again."""
    demand(call.principal, LEADING)
    rules_staffing.delete_allocation(call.store, required(call.store, WORKSPACE_ALLOCATIONS, record_id))
    return deleted()


# -- people ---------------------------------------------------------------------------------------------------------


@ROUTES.add("POST", "/api/v1/skills", "skills.create")
def create_skill(call: Call) -> Response:
    """A skill of the account."""
    demand(call.principal, ADMINISTRATORS)
    return written(call, SKILLS, [rules_capacity.create_skill(call.store, intakes_staffing.SKILL.one(call.request))])


@ROUTES.add("POST", "/api/v1/skill_memberships", "skill_memberships.create")
def create_skill_memberships(call: Call) -> Response:
    """Say what somebody can do."""
    demand(call.principal, LEADING)
    items = intakes_staffing.SKILL_MEMBERSHIP.many(call.request)
    return written(call, SKILL_MEMBERSHIPS, [rules_capacity.join_skill(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/skill_memberships/<record_id>", "skill_memberships.update")
def change_skill_membership(call: Call, record_id: str) -> Response:
    """Another level."""
    demand(call.principal, LEADING)
    membership = required(call.store, SKILL_MEMBERSHIPS, record_id)
    given = intakes_staffing.SKILL_MEMBERSHIP.change(call.request)
    return written(call, SKILL_MEMBERSHIPS, [rules_capacity.alter_skill(call.store, membership, given)])


@ROUTES.add("DELETE", "/api/v1/skill_memberships/<record_id>", "skill_memberships.delete")
def delete_skill_membership(call: Call, record_id: str) -> Response:
    """Somebody cannot do it any more."""
    demand(call.principal, LEADING)
    required(call.store, SKILL_MEMBERSHIPS, record_id)
    call.store.delete("skill_membership", record_id)
    return deleted()


@ROUTES.add("POST", "/api/v1/time_off_entries", "time_off_entries.create")
def create_time_off(call: Call) -> Response:
    """One day off or several; hours of the same day add up."""
    demand(call.principal, LEADING)
    items = intakes_staffing.TIME_OFF_ENTRY.many(call.request)
    return written(call, TIME_OFF_ENTRIES, [rules_capacity.take_off(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/time_off_entries/<record_id>", "time_off_entries.update")
def change_time_off(call: Call, record_id: str) -> Response:
    """Other hours."""
    demand(call.principal, LEADING)
    entry = required(call.store, TIME_OFF_ENTRIES, record_id)
    given = intakes_staffing.TIME_OFF_ENTRY.change(call.request)
    return written(call, TIME_OFF_ENTRIES, [rules_capacity.alter_time_off(call.store, entry, given)])


@ROUTES.add("DELETE", "/api/v1/time_off_entries/<record_id>", "time_off_entries.delete")
def delete_time_off(call: Call, record_id: str) -> Response:
    """Somebody comes to work after all."""
    demand(call.principal, LEADING)
    required(call.store, TIME_OFF_ENTRIES, record_id)
    delete_with_references(call.store, "TimeOffEntry", record_id)
    return deleted()


@ROUTES.add("POST", "/api/v1/cost_rates", "cost_rates.create")
def put_cost_rates(call: Call) -> Response:
    """Set one cost rate or several; those known are overridden."""
    demand(call.principal, ADMINISTRATORS)
    items = intakes_staffing.COST_RATE.many(call.request)
    return written(call, COST_RATES, [rules_capacity.put_cost_rate(call.store, item) for item in items])


@ROUTES.add("PUT", "/api/v1/cost_rates/<record_id>", "cost_rates.update")
def change_cost_rate(call: Call, record_id: str) -> Response:
    """Another amount."""
    demand(call.principal, ADMINISTRATORS)
    rate = required(call.store, COST_RATES, record_id)
    given = intakes_staffing.COST_RATE.change(call.request)
    return written(call, COST_RATES, [rules_capacity.alter_cost_rate(call.store, rate, given)])
