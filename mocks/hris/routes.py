"""Workday's report surface (RaaS): parse, run the report, render it in the format asked for."""

from __future__ import annotations

from mocks.hris import formats, routes_absence, routes_processes, routes_query, routes_soap, routes_workers
from mocks.hris.columns import columns_of
from mocks.hris.errors import HrisRefusal
from mocks.hris.prompts import prompts
from mocks.hris.reports import Run
from mocks.hris.reports_absence import REPORTS
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.errors import nearest
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("GET", "/ccx/service/customreport2/<tenant>/<owner>/<report>", "report.run")
def run_report(call: Call, tenant: str, owner: str, report: str) -> Response:
    """The entries of a report, or with ``?xsds`` its schema: strings only, blank columns left out, no paging."""
    if tenant != call.mock.tenant_name or owner != call.mock.report_owner or report not in REPORTS:
        raise HrisRefusal(404, f"Report {owner}/{report} was not found.")
    params = call.request.params()
    setup = call.mock.setup
    fields = call.mock.worker_fields
    columns = {**columns_of(report, with_salaries=setup.salary_in_workers_report), **fields.columns(report)}
    if "xsds" in params:
        return formats.schema(report, columns)
    if "wsdl" in params:
        raise HrisRefusal(400, "The WSDL of a report is not offered by this sandbox.", field="wsdl")
    wanted = params.get("format")
    if wanted not in formats.FORMATS:
        close = nearest(wanted or "", [each for each in formats.FORMATS if each])
        hint = f" Did you mean {close!r}?" if close else ""
        raise HrisRefusal(400, f"Format {wanted!r} is not offered by this sandbox.{hint}", field="format")
    try:
        asked = prompts(params, call.mock.context.clock.epoch, call.now_us)
        entries = [fields.extended(report, each) for each in REPORTS[report](Run(call.store, setup, asked, params))]
    except ValueError as wrong:
        name, _, text = str(wrong).partition(": ")
        raise HrisRefusal(400, text, field=name) from wrong
    return formats.FORMATS[wanted](report, columns, entries)


for _part in (routes_query, routes_workers, routes_absence, routes_processes, routes_soap):
    ROUTES.include(_part.ROUTES)
