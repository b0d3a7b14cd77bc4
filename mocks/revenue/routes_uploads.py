"""CSV uploads, their status, the upload templates and the rows that did not pass."""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import errors, files, rules
from mocks.revenue.answers import nothing, stamp, success
from mocks.revenue.errors import RevenueRefusal
from mocks.revenue.records import CLIENT_ID, IN_ERROR, RECEIVED
from mocks.revenue.templates import DATE_FORMAT, PSA_EVT, PSA_RATE, PSA_TXN, TEMPLATES, Template
from sandbox.core.errors import nearest
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
BASE = "/api/integration/v1"

_DATA_RECEIVED = ("Data Received", "Successfully Uploaded")
_DATA_STAGED = ("Data Staged Successfully", "Staged")
_ERROR_KINDS = {"transaction": PSA_TXN, "event": PSA_EVT, "rate": PSA_RATE}


@ROUTES.add("POST", BASE + "/csv/upload", "csv.upload")
def upload(call: Call) -> Response:
    """Take a file whole; its rows are staged later."""
    headers = call.request.headers
    template = _template(headers.get("templatename", ""))
    filename = headers.get("filename", "").strip()
    if not filename:
        raise errors.upload_failed("header filename is missing")
    rows = files.read(template, call.request.body)
    agenda, refused = call.mock.agenda, call.refused_items
    made = rules.receive_upload(call.store, agenda, template, filename, rows, call.now_us, refused)
    message, status = _DATA_RECEIVED
    result = {"client_id": CLIENT_ID, "id": made["id"], "message": message, "status": status}
    return success(message="Data Staged Successfully", result=result)


@ROUTES.add("GET", BASE + "/csv/upload/status", "csv.status")
def upload_status(call: Call) -> Response:
    """Whether the rows of an upload are staged yet."""
    found = call.store.get("upload", call.request.params().get("id", ""))
    if found is None:
        raise errors.no_data()
    message, status = _DATA_RECEIVED if found["status"] == RECEIVED else _DATA_STAGED
    return success(result={"client_id": CLIENT_ID, "id": int(found["id"]), "message": message, "status": status})


@ROUTES.add("GET", BASE + "/upload/mapping", "upload.mapping")
@ROUTES.add("POST", BASE + "/upload/mapping", "upload.mapping_post")
def mapping(call: Call) -> Response:
    """The columns of an upload template."""
    template = _template(call.request.params().get("templatename", ""))
    return json_response(200, {"Dateformat": DATE_FORMAT, "Mapping": template.mapping})


@ROUTES.add("GET", BASE + "/stage/error/<kind>", "stage.errors")
def stage_errors(call: Call, kind: str) -> Response:
    """The rows in error of every upload: transactions, events or rates."""
    template = _ERROR_KINDS.get(kind)
    if template is None:
        raise RevenueRefusal(400, f"Error type {kind!r} is not one of {', '.join(_ERROR_KINDS)}")
    rows = call.store.find(template.stage, {"processed_flag": IN_ERROR}, order='"position"')
    return success(result=[_stage_error(call, row) for row in rows]) if rows else nothing()


def _template(name: str) -> Template:
    """An upload template by name; raises RevenueRefusal with the nearest."""
    if name not in TEMPLATES:
        close = nearest(name, TEMPLATES)
        hint = f"; did you mean {close}?" if close else ""
        raise errors.upload_failed(f"template {name!r} does not exist{hint}")
    return TEMPLATES[name]


def _stage_error(call: Call, row: Row) -> dict[str, Any]:
    return {
        "id": int(row["id"]),
        "client_id": CLIENT_ID,
        "type": row.get("type", row.get("event_type", row.get("rate_type"))),
        "so_num": row.get("so_num"),
        "so_line_num": None,
        "so_line_id": row.get("so_line_id"),
        "inv_line_id": row.get("inv_line_id"),
        "inv_line_num": row.get("inv_line_num"),
        "err_msg": row["err_msg"],
        "processed_flag": row["processed_flag"],
        "upload_id": row["upload_id"],
        "sec_atr_val": row.get("business_unit", row.get("org_code")),
        "crtd_by": row["_creator"],
        "crtd_dt": stamp(call, row["_created_us"]),
        "updt_by": row["_creator"],
        "updt_dt": stamp(call, row["_modified_us"]),
    }
