"""Time entries and timesheets: log, change, submit, decide."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_timesheets
from mocks.psa.associations import by_ids
from mocks.psa.envelope import deleted, written
from mocks.psa.errors import invalid, malformed, not_found
from mocks.psa.intake import BULK_MAX, Given
from mocks.psa.query import ids_of
from mocks.psa.records import TIME_ENTRY, TIMESHEET_SUBMISSION
from mocks.psa.resources import RESOLUTIONS, TIME_ENTRIES, TIMESHEET_SUBMISSIONS
from mocks.psa.rules import required
from mocks.psa.rules_time import TimeDesk
from sandbox.core.observe import Row
from sandbox.core.wire import Response

ROUTES = Routes()


def _desk(call: Call) -> TimeDesk:
    return TimeDesk(call.store, call.mock.rates, call.principal)


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
    ids = list(dict.fromkeys(ids_of(call.request.params().get("ids", ""))))
    if not 0 < len(ids) <= BULK_MAX:
        raise malformed(f"ids must name 1 to {BULK_MAX} time entries.")
    entries = by_ids(call.store, TIME_ENTRY, ids)
    if len(entries) != len(ids):
        raise not_found(TIME_ENTRIES.what, ",".join(ids))
    desk = _desk(call)
    for entry in entries:
        desk.delete(entry)
    return deleted()


# -- timesheets -----------------------------------------------------------------------------------------------------


@ROUTES.add("POST", "/api/v1/timesheet_submissions", "timesheet_submissions.create")
def submit_timesheet(call: Call) -> Response:
    """Hand in entries of one project."""
    items = intakes.TIMESHEET_SUBMISSION.many(call.request)
    rows = [rules_timesheets.submit(call.store, item, call.principal) for item in items]
    return written(call, TIMESHEET_SUBMISSIONS, rows)


@ROUTES.add("PUT", "/api/v1/timesheet_submissions/<record_id>/approve", "timesheet_submissions.approve")
def approve_timesheet(call: Call, record_id: str) -> Response:
    """Approve one."""
    return _decide(call, record_id, "approve")


@ROUTES.add("PUT", "/api/v1/timesheet_submissions/<record_id>/reject", "timesheet_submissions.reject")
def reject_timesheet(call: Call, record_id: str) -> Response:
    """Reject one."""
    return _decide(call, record_id, "reject")


@ROUTES.add("PUT", "/api/v1/timesheet_submissions/<record_id>/cancel", "timesheet_submissions.cancel")
def cancel_timesheet(call: Call, record_id: str) -> Response:
    """Cancel one."""
    return _decide(call, record_id, "cancel")


@ROUTES.add("POST", "/api/v1/timesheet_approvals", "timesheet_approvals.create")
def approve_timesheets(call: Call) -> Response:
    """Approve several."""
    return _decide_many(call, "approve")


@ROUTES.add("POST", "/api/v1/timesheet_rejections", "timesheet_rejections.create")
def reject_timesheets(call: Call) -> Response:
    """Reject several."""
    return _decide_many(call, "reject")


@ROUTES.add("POST", "/api/v1/timesheet_cancellations", "timesheet_cancellations.create")
def cancel_timesheets(call: Call) -> Response:
    """Cancel several."""
    return _decide_many(call, "cancel")


def _decide(call: Call, record_id: str, verb: str) -> Response:
    submission = required(call.store, TIMESHEET_SUBMISSIONS, record_id)
    given: Given = intakes.RESOLUTION.one(call.request) if call.request.body else {}
    after, _ = rules_timesheets.decide(
        call.store, submission, verb, call.principal, given.get("description"), call.now_us
    )
    return written(call, TIMESHEET_SUBMISSIONS, [after])


def _decide_many(call: Call, verb: str) -> Response:
    given = intakes.RESOLUTION.one(call.request)
    ids = given.get("submission_ids") or []
    submissions = by_ids(call.store, TIMESHEET_SUBMISSION, ids)
    if not ids or len(submissions) != len(ids):
        raise invalid("submission_ids", "submission_ids must name timesheet submissions that exist")
    resolutions: list[Row] = []
    for submission in submissions:
        _, resolution = rules_timesheets.decide(
            call.store, submission, verb, call.principal, given.get("description"), call.now_us
        )
        resolutions.append(resolution)
    return written(call, RESOLUTIONS, resolutions)
