"""Uploads of files and of plain CSV, their status, the upload templates and the rows that did not pass."""

from __future__ import annotations

from typing import Any

from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.revenue import errors, files, rules
from mocks.revenue.answers import nothing, stamp, success
from mocks.revenue.errors import RevenueRefusal, envelope
from mocks.revenue.multipart import uploaded_file
from mocks.revenue.records import CLIENT_ID, FAILED, IN_ERROR, PRE_STAGED, RECEIVED, STAGED_STATUS
from mocks.revenue.templates import DATE_FORMAT, PSA_EVT, PSA_RATE, PSA_TXN, TEMPLATES, Template
from sandbox.core.errors import nearest
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()
BASE = "/api/integration/v1"

_DATA_RECEIVED = ("Data Received", "Successfully Uploaded")
_DATA_STAGED = ("Data Staged Successfully", "Staged")
_FILE_RECEIVED = "File received successfully"
# Message and log of a file by its status: ours but for the first and the third message.
_FILE_STATUS = {
    RECEIVED: (_FILE_RECEIVED, "received"),
    PRE_STAGED: ("Data is in pre-stage", "pre-staged"),
    STAGED_STATUS: ("Data Staged Successfully", "staged"),
    FAILED: (errors.LOADING_FAILED, "failed"),
}
_ERROR_KINDS = {"transaction": PSA_TXN, "event": PSA_EVT, "rate": PSA_RATE}


@ROUTES.add("POST", BASE + "/csv/upload", "csv.upload")
def upload(call: Call) -> Response:
    """Take a file whole; its rows are staged later."""
    headers = call.request.headers
    template = _template(call, headers.get("templatename", ""))
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
    if found is None or found["file_name"] is not None:
        raise errors.no_data()
    message, status = _DATA_RECEIVED if found["status"] == RECEIVED else _DATA_STAGED
    return success(result={"client_id": CLIENT_ID, "id": int(found["id"]), "message": message, "status": status})


@ROUTES.add("POST", BASE + "/upload/file", "file.upload")
def upload_file(call: Call) -> Response:
    """Take a file as it is; what is wrong with it shows in its status."""
    name = call.request.headers.get("templatename", "")
    template = call.mock.uploads.templates.get(name)
    if template is None:
        raise RevenueRefusal(400, _no_template(name))
    file_name, content = uploaded_file(call.request)
    agenda, refused = call.mock.agenda, call.refused_items
    made = rules.receive_file(call.store, agenda, template, file_name, content, call.now_us, refused)
    result = {"file_request_id": int(made["id"]), "file_name": file_name}
    return success(message=_FILE_RECEIVED, result=result)


@ROUTES.add("GET", BASE + "/fileupload/status/<file_request_id>", "file.status")
def file_status(call: Call, file_request_id: str) -> Response:
    """How far a file has come; 204 for an id that no file has."""
    found = call.store.get("upload", file_request_id)
    if found is None or found["file_name"] is None:
        return nothing()
    message, log = _FILE_STATUS[found["status"]]
    if found["status"] == FAILED:
        log = found["file_log"]
    elif found["status"] == STAGED_STATUS:
        log = f"{found['row_count']} line(s) staged, {found['error_count']} in error"
    result = [{"file_log": log, "file_request_id": int(found["id"])}]
    if found["status"] == FAILED:
        return envelope(200, message, {"result": result, "Result": result})
    return success(message=message, result=result)


@ROUTES.add("GET", BASE + "/upload/mapping", "upload.mapping")
@ROUTES.add("POST", BASE + "/upload/mapping", "upload.mapping_post")
def mapping(call: Call) -> Response:
    """The columns of an upload template."""
    template = _template(call, call.request.params().get("templatename", ""))
    found = {"dateformat": DATE_FORMAT, "mapping": template.mapping}
    return json_response(200, {**found, **{key.capitalize(): value for key, value in found.items()}})


@ROUTES.add("GET", BASE + "/stage/error/<kind>", "stage.errors")
def stage_errors(call: Call, kind: str) -> Response:
    """The rows in error of every upload: transactions, events or rates."""
    template = _ERROR_KINDS.get(kind)
    if template is None:
        raise RevenueRefusal(400, f"Error type {kind!r} is not one of {', '.join(_ERROR_KINDS)}")
    rows = call.store.find(template.stage, {"processed_flag": IN_ERROR}, order='"position"')
    return success(result=[_stage_error(call, row) for row in rows]) if rows else nothing()


def _template(call: Call, name: str) -> Template:
    """An upload template by name; raises RevenueRefusal with the nearest."""
    found: Template | None = call.mock.uploads.templates.get(name)
    if found is None:
        raise errors.upload_failed(_no_template(name))
    return found


def _no_template(name: str) -> str:
    close = nearest(name, TEMPLATES)
    return f"template {name!r} does not exist" + (f"; did you mean {close}?" if close else "")


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
