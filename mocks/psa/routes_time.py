"""Time entries and timesheets: log, change, take back, submit, decide."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, routes_submissions, rules_submissions
from mocks.psa.associations import by_ids
from mocks.psa.envelope import deleted, written
from mocks.psa.errors import malformed, not_found
from mocks.psa.intake import BULK_MAX
from mocks.psa.query import ids_of, params_of
from mocks.psa.records import TIME_ENTRY
from mocks.psa.resources import TIME_ENTRIES, TIMESHEET_SUBMISSIONS
from mocks.psa.rules import required
from mocks.psa.rules_time import TimeDesk
from sandbox.core.wire import Response

ROUTES = Routes()


def _desk(call: Call) -> TimeDesk:
    return TimeDesk(call.store, call.mock.rates, call.principal, call.mock.locked_to)


@ROUTES.add("POST", "/api/v1/time_entries", "time_entries.create")
def create_time_entries(call: Call) -> Response:
    """Log one entry or several, all or none."""
    items = intakes.TIME_ENTRY.many(call.request)
    desk = _desk(call)
    return written(call, TIME_ENTRIES, [desk.log(item) for item in items])


@ROUTES.add("PUT", "/api/v1/time_entries/<record_id>", "time_entries.update")
def change_time_entry(call: Call, record_id: str) -> Response:
    """Change an open entry."""
    entry = required(call.store, TIME_ENTRIES, record_id)
    return written(call, TIME_ENTRIES, [_desk(call).change(entry, intakes.TIME_ENTRY.change(call.request))])


@ROUTES.add("DELETE", "/api/v1/time_entries/<record_id>", "time_entries.delete")
def delete_time_entry(call: Call, record_id: str) -> Response:
    """Take an open entry back."""
    _desk(call).delete(required(call.store, TIME_ENTRIES, record_id))
    return deleted()


@ROUTES.add("DELETE", "/api/v1/time_entries", "time_entries.delete_many")
def delete_time_entries(call: Call) -> Response:
    """Take several back, all or none: ``?ids=1,2``."""
    ids = list(dict.fromkeys(ids_of(params_of(call.request).get("ids", ""))))
    if not 0 < len(ids) <= BULK_MAX:
        raise malformed(f"ids must name 1 to {BULK_MAX} time entries.")
    entries = by_ids(call.store, TIME_ENTRY, ids)
    if len(entries) != len(ids):
        raise not_found(TIME_ENTRIES.what, ",".join(ids))
    desk = _desk(call)
    for entry in entries:
        desk.delete(entry)
    return deleted()


routes_submissions.add(ROUTES, rules_submissions.TIMESHEET, TIMESHEET_SUBMISSIONS, intakes.TIMESHEET_SUBMISSION)
