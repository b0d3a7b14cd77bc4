"""Kantata's REST surface: every collection can be listed and shown; what can be written stands in the files by noun."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import (
    envelope,
    resources,
    resources_billing,
    resources_expenses,
    resources_organizations,
    resources_settings,
    resources_staffing,
    routes_events,
    routes_expenses,
    routes_invoices,
    routes_milestones,
    routes_organizations,
    routes_people,
    routes_projects,
    routes_settings,
    routes_staffing,
    routes_time,
)
from mocks.psa.errors import invalid
from mocks.psa.query import params_of
from mocks.psa.resource import Resource
from mocks.psa.rules import ADMINISTRATORS, FINANCIAL, demand
from sandbox.core.wire import Response

ROUTES = Routes()

# Filters without which the vendor refuses to list (sections 6 and 12).
REQUIRED_FILTERS = {
    "participations": "workspace_id",
    "external_references": "subject_type",
    "custom_field_values": "subject_type",
}
# Who may read what not everybody may: the contract names these (rate card pages of developer.kantata.com).
_READERS = {
    "rate_cards": FINANCIAL,
    "rate_card_sets": FINANCIAL,
    "rate_card_versions": ADMINISTRATORS,
    "rate_card_roles": ADMINISTRATORS,
    "cost_rates": ADMINISTRATORS,
}


def _add_reading(resource: Resource) -> None:
    readers = _READERS.get(resource.key)
    needed = REQUIRED_FILTERS.get(resource.key)

    def read_index(call: Call) -> Response:
        if readers is not None:
            demand(call.principal, readers)
        params = params_of(call.request)
        if needed is not None and not params.get(needed):
            raise invalid(needed, f"{needed} is required")
        return envelope.index(call, resource, params)

    def read_one(call: Call, record_id: str) -> Response:
        if readers is not None:
            demand(call.principal, readers)
        return envelope.show(call, resource, record_id, params_of(call.request))

    ROUTES.add("GET", f"/api/v1/{resource.key}", f"{resource.key}.index")(read_index)
    ROUTES.add("GET", f"/api/v1/{resource.key}/<record_id>", f"{resource.key}.show")(read_one)


for _resource in (
    resources.USERS,
    resources.ACCOUNT_MEMBERSHIPS,
    resources.ROLES,
    resources.RATE_CARDS,
    resources.RATE_CARD_VERSIONS,
    resources.RATE_CARD_ROLES,
    resources.WORKSPACE_GROUPS,
    resources.EXTERNAL_REFERENCES,
    resources.WORKSPACES,
    resources.PARTICIPATIONS,
    resources.STORIES,
    resources.TIME_ENTRIES,
    resources.TIMESHEET_SUBMISSIONS,
    resources.INVOICES,
    resources.FIXED_FEE_ITEMS,
    resources.EXTERNAL_PAYMENTS,
    *resources_billing.ALL,
    *resources_expenses.ALL,
    *resources_organizations.ALL,
    *resources_settings.ALL,
    *resources_staffing.ALL,
):
    _add_reading(_resource)

for _part in (
    routes_people,
    routes_projects,
    routes_time,
    routes_expenses,
    routes_milestones,
    routes_invoices,
    routes_settings,
    routes_staffing,
    routes_organizations,
    routes_events,
):
    ROUTES.include(_part.ROUTES)
