"""Workday's report surface (RaaS): parse, run the report, render JSON."""

from __future__ import annotations

from mocks.hris import routes_query
from mocks.hris.errors import HrisRefusal
from mocks.hris.prompts import prompts
from mocks.hris.reports import Run
from mocks.hris.reports_absence import REPORTS
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

ROUTES = Routes()
_FORMATS_LATER = ("csv", "simplexml", "gdata", "rss")


@ROUTES.add("GET", "/ccx/service/customreport2/<tenant>/<owner>/<report>", "report.run")
def run_report(call: Call, tenant: str, owner: str, report: str) -> Response:
    """``{"Report_Entry": [...]}``: strings only, blank columns left out, no paging."""
    if tenant != call.mock.tenant_name or owner != call.mock.report_owner or report not in REPORTS:
        raise HrisRefusal(404, f"Report {owner}/{report} was not found.")
    params = call.request.params()
    wanted = params.get("format", "xml")
    if wanted != "json":
        known = "" if wanted in _FORMATS_LATER or wanted == "xml" else " (unknown)"
        raise HrisRefusal(400, f"Format {wanted!r}{known} is not offered by this sandbox yet.", field="format")
    try:
        asked = prompts(params, call.mock.context.clock.epoch, call.now_us)
        entries = list(REPORTS[report](Run(call.store, call.mock.setup, asked, params)))
    except ValueError as wrong:
        name, _, text = str(wrong).partition(": ")
        raise HrisRefusal(400, text, field=name) from wrong
    return json_response(200, {"Report_Entry": entries}, content_type="application/json")


ROUTES.include(routes_query.ROUTES)
