"""Salesforce's REST surface: entry points and limits here, the rest by subject in ``routes_*.py``."""

from __future__ import annotations

from mocks.crm import routes_oauth, routes_query, routes_records, routes_soap, routes_streaming
from mocks.crm.sessions import CALLS_PER_DAY
from mocks.crm.versions import DATA, VERSIONS, DataRoutes, label
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.wire import Response

ROUTES = DataRoutes()
_RESOURCES = ("sobjects", "query", "limits")


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
    """Allowances; only the calls of the day are counted."""
    left = CALLS_PER_DAY - call.mock.sessions.calls(call.now_us)
    counted = {"DailyApiRequests": {"Max": CALLS_PER_DAY, "Remaining": max(0, left)}}
    fixed = {
        "DailyBulkApiBatches": 15_000,
        "DailyBulkV2QueryJobs": 10_000,
        "DailyDurableStreamingApiEvents": 200_000,
        "DailyStreamingApiEvents": 200_000,
        "HourlyPublishedPlatformEvents": 50_000,
    }
    return json_response(200, {**counted, **{name: {"Max": most, "Remaining": most} for name, most in fixed.items()}})


for _part in (routes_oauth, routes_soap, routes_records, routes_query, routes_streaming):
    ROUTES.include(_part.ROUTES)
