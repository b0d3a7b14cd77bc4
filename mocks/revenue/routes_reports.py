"""Reports that people have run: which there are, their files, and addresses that open a file without a token."""

from __future__ import annotations

from urllib.parse import quote

from mocks.kit.answers import external_url, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue.answers import nothing, success
from mocks.revenue.errors import RevenueRefusal
from mocks.revenue.rules_reports import LAYOUTS, is_kept
from mocks.revenue.rules_rows import read_date
from mocks.revenue.views import vendor_date
from sandbox.core.clock import MINUTE_US, moment
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
V1, V2 = "/api/integration/v1", "/api/integration/v2"

SIGNED_US = 30 * MINUTE_US
_DIGITS_MAX = 15


@ROUTES.add("GET", V1 + "/reports/list", "report.list")
def reports(call: Call) -> Response:
    """Reports run on a date, oldest first; 204 when there are none. Every value is text."""
    text = call.request.params().get("createddate", "")
    day = read_date(text)
    if day is None:
        raise RevenueRefusal(400, f"Invalid date format for {text}")
    found = call.store.find("report", {"report_date": day}, order='"position"')
    return success(result=[_report(call, row) for row in found]) if found else nothing()


@ROUTES.add("GET", V1 + "/reports/<report_id>", "report.read")
def report(call: Call, report_id: str) -> Response:
    """A report by its id, as a list of one; 204 when there is none, or it was run on another date than ``createddate``.

    Seen in the vendor's SDK alone.
    """
    found = call.store.get("report", report_id)
    text = call.request.params().get("createddate")
    day = None if text is None else read_date(text)
    if text is not None and day is None:
        raise RevenueRefusal(400, f"Invalid date format for {text}")
    if found is None or day not in (None, found["report_date"]):
        return nothing()
    return success(result=[_report(call, found)])


@ROUTES.add("GET", V1 + "/reports/download/<filename>", "report.download")
def download(call: Call, filename: str) -> Response:
    """The file of a report; 204 when there is none, none yet or none any more."""
    found = call.store.one("report", {"file_name": filename})
    return _file(found) if found is not None and is_kept(found["made_us"], call.now_us) else nothing()


@ROUTES.add("GET", V2 + "/reports/signedurl/<report_id>", "report.url")
def signed_url(call: Call, report_id: str) -> Response:
    """An address that opens the file for half an hour."""
    if not (report_id.isascii() and report_id.isdecimal() and len(report_id) <= _DIGITS_MAX):
        raise RevenueRefusal(400, f"Invalid report id {report_id!r}")
    found = call.store.get("report", report_id)
    if found is None or not is_kept(found["made_us"], call.now_us):
        error = f"Report {report_id} not found"
        return json_response(404, {"error": error, "Error": error, "success": False, "Success": False})
    seal = call.mock.seals.seal("report", {"id": report_id, "until": call.now_us + SIGNED_US})
    address = external_url(call.request, f"{V2}/reports/signed/{report_id}?signature={quote(seal)}")
    return json_response(200, {"signed_url": address, "success": True})


@ROUTES.add("GET", V2 + "/reports/signed/<report_id>", "report.signed", needs_login=False)
def signed(call: Call, report_id: str) -> Response:
    """What a signed address opens; the vendor's lies on another host."""
    claims = call.mock.seals.content("report", call.request.params().get("signature", ""))
    if claims is None or claims["id"] != report_id or call.now_us >= claims["until"]:
        raise RevenueRefusal(403, "The signature is wrong or has expired")
    found = call.store.get("report", report_id)
    return _file(found) if found is not None and is_kept(found["made_us"], call.now_us) else nothing()


def _file(report: Row) -> Response:
    headers = {
        "Content-Type": "text/csv;charset=UTF-8",
        "Content-Disposition": f'attachment; filename="{report["file_name"]}"',
    }
    return Response(200, headers, report["content"].encode())


def _report(call: Call, row: Row) -> dict[str, str]:
    layout = LAYOUTS[row["layout"]]
    created = moment(call.mock.context.clock.epoch, row["_created_us"])
    return {
        "category": layout.category,
        "file_name": row["file_name"],
        "id": row["id"],
        "layout_name": layout.name,
        "rep_desc": f"{layout.description}, {row['org_code']}",
        "rep_name": layout.name,
        "report_date": vendor_date(created.date()),
        "status": row["status"],
    }
