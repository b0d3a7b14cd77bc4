"""The drop folders over HTTP, which stands in for SFTP: list, read, put. Nothing is deleted."""

from __future__ import annotations

from mocks.files import rules
from mocks.files.errors import FilesRefusal
from mocks.kit.answers import empty_response, json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.clock import iso_z
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("GET", "/v1/<partner>/<folder>", "folder.list")
def list_folder(call: Call, partner: str, folder: str) -> Response:
    """``{"files": [{name, size, modified, sha256}]}``, in the order they appeared."""
    where = rules.folder_of(partner, folder)
    # Without the contents, which may be large.
    rows = call.store.select(
        'SELECT "name", "size", "sha256", "written_us" FROM "file" WHERE "folder" = ? ORDER BY "written_us", "name"',
        (where,),
    )
    return json_response(200, {"files": [_shown(call, row) for row in rows]})


@ROUTES.add("GET", "/v1/<partner>/<folder>/<name>", "file.read")
def read_file(call: Call, partner: str, folder: str, name: str) -> Response:
    """The content as it was written."""
    row = call.store.one("file", {"path": f"{rules.folder_of(partner, folder)}/{name}"})
    if row is None:
        raise FilesRefusal(404, "no_such_file", f"there is no file {name} in {partner}/{folder}")
    response = empty_response(200, {"Content-Type": "text/csv; charset=utf-8", "X-Content-SHA256": row["sha256"]})
    response.body = row["content"].encode()
    return response


@ROUTES.add("PUT", "/v1/<partner>/<folder>/<name>", "file.put")
def put_file(call: Call, partner: str, folder: str, name: str) -> Response:
    """201 for a new file, 200 for the same again, 409 for other content under a used name."""
    row, new = rules.receive(call.store, partner, folder, name, call.request.body, call.now_us)
    if new:
        call.mock.file_received(row)
    return json_response(201 if new else 200, _shown(call, row))


def _shown(call: Call, row: Row) -> dict[str, str | int]:
    return {
        "name": row["name"],
        "size": row["size"],
        "modified": iso_z(call.mock.context.clock.epoch, row["written_us"]),
        "sha256": row["sha256"],
    }
