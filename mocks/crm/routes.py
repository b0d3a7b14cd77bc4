"""Salesforce's REST surface: entry points and limits here, the rest by subject in ``routes_*.py``."""

from __future__ import annotations

from mocks.crm import (
    routes_bulk,
    routes_collections,
    routes_composite,
    routes_oauth,
    routes_query,
    routes_records,
    routes_replication,
    routes_soap,
    routes_streaming,
)
from mocks.crm.sessions import ALLOWANCES
from mocks.crm.versions import DATA, VERSIONS, DataRoutes, label
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

ROUTES = DataRoutes()
_RESOURCES = ("sobjects", "query", "queryAll", "composite", "limits")


@ROUTES.add("GET", DATA, "versions.list", needs_login=False)
def list_versions(call: Call) -> Response:
    """Every version of the API."""
    versions = [
        {"label": label(number), "url": f"{DATA}/{version}", "version": version.removeprefix("v")}
        for version, number in VERSIONS.items()
    ]
    return json_response(200, versions)


@ROUTES.data("GET", "", "resources.list")
def list_resources(call: Call, version: str) -> Response:
    """Resource names and where they are."""
    return json_response(200, {name: f"{DATA}/{version}/{name}" for name in _RESOURCES})


@ROUTES.data("GET", "/limits", "limits.read")
def limits(call: Call, version: str) -> Response:
    """Allowances of a day and what is left of them."""
    most = {"DailyApiRequests": call.mock.calls_per_day, **ALLOWANCES}
    used = call.mock.sessions.used(call.now_us)
    content = {name: {"Max": count, "Remaining": max(0, count - used.get(name, 0))} for name, count in most.items()}
    return json_response(200, content)


for _part in (
    routes_oauth,
    routes_soap,
    routes_records,
    routes_replication,
    routes_query,
    routes_collections,
    routes_composite,
    routes_bulk,
    routes_streaming,
):
    ROUTES.include(_part.ROUTES)
