"""Values of custom fields, and locks of time."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes
from mocks.psa import intakes, rules_custom_fields, rules_locks
from mocks.psa.associations import by_ids
from mocks.psa.envelope import deleted, today, written
from mocks.psa.errors import malformed, not_found
from mocks.psa.intake import BULK_MAX
from mocks.psa.query import ids_of, params_of
from mocks.psa.resources_settings import CUSTOM_FIELD_VALUES, LINE_ITEM_LOCKS
from mocks.psa.rules import ADMINISTRATORS, demand, required
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/api/v1/custom_field_values", "custom_field_values.create")
def put_values(call: Call) -> Response:
    """Set one value or several; what a field held is overridden."""
    items = intakes.CUSTOM_FIELD_VALUE.many(call.request)
    rows = [rules_custom_fields.put_value(call.store, item, call.principal) for item in items]
    return written(call, CUSTOM_FIELD_VALUES, rows)


@ROUTES.add("PUT", "/api/v1/custom_field_values/<record_id>", "custom_field_values.update")
def change_value(call: Call, record_id: str) -> Response:
    """Another value."""
    row = required(call.store, CUSTOM_FIELD_VALUES, record_id)
    given = intakes.CUSTOM_FIELD_VALUE.change(call.request)
    return written(call, CUSTOM_FIELD_VALUES, [rules_custom_fields.alter_value(call.store, row, given, call.principal)])


@ROUTES.add("DELETE", "/api/v1/custom_field_values/<record_id>", "custom_field_values.delete")
def delete_value(call: Call, record_id: str) -> Response:
    """Empty a field."""
    row = required(call.store, CUSTOM_FIELD_VALUES, record_id)
    rules_custom_fields.delete_value(call.store, row, call.principal)
    return deleted()


@ROUTES.add("DELETE", "/api/v1/custom_field_values", "custom_field_values.delete_many")
def delete_values(call: Call) -> Response:
    """Empty several, all or none: ``?ids=1,2``."""
    ids = list(dict.fromkeys(ids_of(params_of(call.request).get("ids", ""))))
    if not 0 < len(ids) <= BULK_MAX:
        raise malformed(f"ids must name 1 to {BULK_MAX} custom field values.")
    rows = by_ids(call.store, CUSTOM_FIELD_VALUES.record_type, ids)
    if len(rows) != len(ids):
        raise not_found(CUSTOM_FIELD_VALUES.what, ",".join(ids))
    for row in rows:
        rules_custom_fields.delete_value(call.store, row, call.principal)
    return deleted()


@ROUTES.add("POST", "/api/v1/line_item_locks", "line_item_locks.create")
def lock_time(call: Call) -> Response:
    """Lock time before a Saturday."""
    demand(call.principal, ADMINISTRATORS)
    given = intakes.LINE_ITEM_LOCK.one(call.request)
    lock = rules_locks.create(call.store, given, today(call), call.principal.user_id)
    return written(call, LINE_ITEM_LOCKS, [lock])
