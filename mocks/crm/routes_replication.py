"""What was written or deleted within a span of time, for copies kept elsewhere (section 4, replication calls).

The next poll begins at ``latestDateCovered``. Seconds are cut off both ends, as the vendor documents.
"""

from __future__ import annotations

from mocks.crm import errors
from mocks.crm.values import stamp
from mocks.crm.versions import DataRoutes, sobject_of
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from sandbox.core.clock import DAY_US, MINUTE_US, SECOND_US, parse_iso
from sandbox.core.wire import Response

ROUTES = DataRoutes()
UPDATED_US, DELETED_US = 30 * DAY_US, 15 * DAY_US
_IDS_MAX = 600_000


@ROUTES.data("GET", "/sobjects/<sobject>/updated", "replication.updated")
def updated(call: Call, version: str, sobject: str) -> Response:
    """Ids of the live records whose last write lies in the span."""
    found = sobject_of(call.mock.schema, sobject)
    start, end = _span(call)
    if start < _minute(call.now_us - UPDATED_US):
        raise _bad_date("startDate may be at most 30 days ago")
    sql = (
        f'SELECT "Id" FROM "{found.name}" WHERE "_deleted" = 0 AND "_modified_us" >= ? AND "_modified_us" < ? '
        'ORDER BY "_modified_us", "Id" LIMIT ?'
    )
    ids = [record_id for (record_id,) in call.store.read(sql, (start, end, _IDS_MAX + 1))]
    _check_count(ids)
    return json_response(200, {"ids": ids, "latestDateCovered": _covered(call, end)})


@ROUTES.data("GET", "/sobjects/<sobject>/deleted", "replication.deleted")
def deleted(call: Call, version: str, sobject: str) -> Response:
    """Ids of the records deleted in the span, as far as it lies within the last fifteen days."""
    found = sobject_of(call.mock.schema, sobject)
    start, end = _span(call)
    earliest = call.now_us - DELETED_US
    sql = (
        f'SELECT "Id", "_modified_us" FROM "{found.name}" WHERE "_deleted" = 1 AND "_modified_us" >= ? '
        'AND "_modified_us" < ? ORDER BY "_modified_us", "Id" LIMIT ?'
    )
    rows = call.store.read(sql, (max(start, earliest), end, _IDS_MAX + 1))
    _check_count(rows)
    epoch = call.mock.org.epoch
    content = {
        "deletedRecords": [{"id": record_id, "deletedDate": stamp(epoch, us)} for record_id, us in rows],
        "earliestDateAvailable": stamp(epoch, earliest),
        "latestDateCovered": _covered(call, end),
    }
    return json_response(200, content)


def _span(call: Call) -> tuple[int, int]:
    params = call.request.params()
    start, end = (_instant(call, name, params.get(name, "")) for name in ("start", "end"))
    if end - start < MINUTE_US:
        raise _bad_date("endDate must be at least one minute greater than startDate")
    return start, end


def _instant(call: Call, name: str, text: str) -> int:
    try:
        # A plus that was not encoded arrives as a space.
        return _minute(parse_iso(call.mock.org.epoch, text.replace(" ", "+")))
    except (ValueError, OverflowError):
        raise _bad_date(f"{name} must be an instant like 2026-01-12T09:00:00Z, got {text[:80]}") from None


def _minute(us: int) -> int:
    return us // MINUTE_US * MINUTE_US


def _covered(call: Call, end: int) -> str:
    """Up to where the answer is complete: never later than now."""
    return stamp(call.mock.org.epoch, min(end, call.now_us // SECOND_US * SECOND_US))


def _check_count(found: list[object]) -> None:
    if len(found) > _IDS_MAX:
        raise errors.CrmRefusal(400, "EXCEEDED_ID_LIMIT", f"more than {_IDS_MAX} ids: ask for a shorter span")


def _bad_date(message: str) -> errors.CrmRefusal:
    return errors.CrmRefusal(400, "INVALID_REPLICATION_DATE", message)
