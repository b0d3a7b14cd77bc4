"""Zuora Revenue's integration API: authentication, reference lists, and the routes of uploads, jobs and journals.

Served under ``/api/integration`` and ``/integration`` (the vendor's SDK leaves out ``/api``); the mock's ``rewrite``
makes them one.
"""

from __future__ import annotations

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import routes_jobs, routes_journal, routes_reports, routes_uploads, routes_views
from mocks.revenue.rules import PROGRAMS
from sandbox.core.wire import Response

BASE = "/api/integration"
ROUTES = Routes()


@ROUTES.add("POST", BASE + "/v1/authenticate", "auth.token", needs_login=False)
def authenticate(call: Call) -> Response:
    """A token in a header of the answer; user and password by Basic, role and client name by headers."""
    token = call.mock.log_in(call.request)
    body = {"Message": "Token Generated", "message": "Token Generated", "status": "success", "Status": "success"}
    return json_response(200, body, {"Revpro-Token": token})


@ROUTES.add("GET", BASE + "/v1/programs", "program.list")
def programs(call: Call) -> Response:
    """Every program that can be named, offered here or not."""
    listed = [
        {
            "program_id": program.program_id,
            "program_name": program.name,
            "parameters": [
                {
                    "id": parameter.parameter_id,
                    "mandatory": "Y" if parameter.mandatory else "N",
                    "name": parameter.name,
                    "sequence": parameter.sequence,
                    "type": "VARCHAR2",
                }
                for parameter in program.parameters
            ],
        }
        for program in PROGRAMS
    ]
    return json_response(200, {"data": listed})


@ROUTES.add("GET", BASE + "/v1/revenue-orgs", "org.list")
def revenue_orgs(call: Call) -> Response:
    """The organisations of the tenant."""
    orgs = call.store.find("org", order='"org_id"')
    return json_response(200, {"data": [{"org_id": org["org_id"], "org_name": org["name"]} for org in orgs]})


for _part in (routes_uploads, routes_jobs, routes_journal, routes_reports, routes_views):
    ROUTES.include(_part.ROUTES)
