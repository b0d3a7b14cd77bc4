"""One record's write as a request words it: object and id by name, values as JSON. Used alone and by every batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors, rules, rules_uniques
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.organisation import Desk
from mocks.crm.records import Schema
from mocks.crm.values import full_id, stored
from mocks.crm.versions import sobject_of
from mocks.kit.app import Call
from mocks.kit.store import Store
from sandbox.core.observe import Row


def desk_of(call: Call) -> Desk:
    """The desk a request writes at."""
    mock = call.mock
    if mock.policies is None:
        return Desk(call.store, mock.org, call.principal.user_id, call.now_us)
    insists = "allowsave=true" in call.request.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
    return Desk(call.store, mock.org, call.principal.user_id, call.now_us, mock.policies, insists)


def writable(schema: Schema, name: str, deed: str) -> SObject:
    """The object of that name; raises CrmRefusal when there is none or nobody writes it."""
    sobject = sobject_of(schema, name)
    if not sobject.writable:
        raise errors.operation_refused(sobject.name, deed)
    return sobject


def external_field(sobject: SObject, field: str) -> Column:
    """A field that identifies records from outside; raises CrmRefusal."""
    column = sobject.by_lower.get(field.lower())
    if column is None or not column.external_id:
        raise errors.not_found(f"Provided external ID field does not exist or is not accessible: {field}")
    return column


def live(
    store: Store,
    sobject: SObject,
    record_id: str,
    in_bin: errors.CrmRefusal,
    unknown: errors.CrmRefusal | None = None,
) -> Row:
    """The record of an id of 15 or 18 characters; raises ``in_bin`` when it was deleted, else why there is none."""
    row = store.get(sobject.name, record_id)
    if row is not None:
        return row
    whole = full_id(record_id)
    if whole is None:
        raise errors.malformed_id(record_id[:255])
    row = store.get(sobject.name, whole, deleted=True)
    if row is None:
        raise unknown or errors.not_found()
    if row["_deleted"]:
        raise in_bin
    return row


# -- items of a batch -------------------------------------------------------------------------------------------------


def object_of_item(item: Any) -> str:
    """The object an item of a batch names in its attributes; raises CrmRefusal."""
    attributes = item.get("attributes") if isinstance(item, dict) else None
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise errors.CrmRefusal(400, "INVALID_TYPE", "attributes.type names the object of a record", [])
    return name


def object_of_id(schema: Schema, record_id: str) -> SObject:
    """The object an id belongs to by its prefix; raises CrmRefusal."""
    if full_id(record_id) is None:
        raise errors.malformed_id(record_id[:255])
    sobject = schema.by_prefix.get(record_id[:3])
    if sobject is None:
        raise unknown_id()
    return sobject


def unknown_id() -> errors.CrmRefusal:
    """In a batch an id nobody has is a reference that leads nowhere."""
    return errors.CrmRefusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


def create(desk: Desk, name: str, body: Mapping[str, Any]) -> Row:
    """A new record; raises CrmRefusal."""
    sobject = _of_batch(desk.org.schema, name, "inserted")
    return rules.create(desk, sobject, sobject.accept(body, desk.org.epoch, creating=True))


def update(desk: Desk, name: str, body: Mapping[str, Any]) -> Row:
    """Some fields of the record whose id stands among the values; returns it as it was. Raises CrmRefusal."""
    sobject = _of_batch(desk.org.schema, name, "updated")
    record_id, values = without(body, "Id")
    if not isinstance(record_id, str) or not record_id:
        raise errors.CrmRefusal(400, "MISSING_ARGUMENT", "Id not specified in an update call", [])
    row = live(desk.store, sobject, record_id, errors.entity_is_deleted(), unknown_id())
    rules.update(desk, sobject, row, sobject.accept(values, desk.org.epoch, creating=False))
    return row


def upsert(desk: Desk, name: str, field: str, body: Mapping[str, Any]) -> tuple[Row, bool]:
    """Create or update by the external id that stands among the values; says whether it created. Raises CrmRefusal.

    By ``Id`` an item with one updates and an item without creates.
    """
    if field.lower() == "id":
        record_id, values = without(body, "Id")
        return (update(desk, name, body), False) if record_id else (create(desk, name, values), True)
    sobject = _of_batch(desk.org.schema, name, "updated")
    column = external_field(sobject, field)
    code, values = without(body, column.name)
    code = stored(column, code)
    if code is None:
        raise errors.CrmRefusal(400, "MISSING_ARGUMENT", f"{column.name} not specified", [])
    ids = rules_uniques.matching(desk, sobject, column, code)
    if len(ids) > 1:
        raise errors.CrmRefusal(
            400, "DUPLICATE_EXTERNAL_ID", f"{column.name}: more than one record found for external id field: {ids}", []
        )
    given = sobject.accept(values, desk.org.epoch, creating=not ids)
    if not ids:
        return rules.create(desk, sobject, {**given, column.name: code}), True
    row = live(desk.store, sobject, ids[0], errors.entity_is_deleted())
    rules.update(desk, sobject, row, given)
    return row, False


def delete(desk: Desk, record_id: str) -> Row:
    """A record into the bin, whatever its object; returns it as it was. Raises CrmRefusal."""
    sobject = _of_batch(desk.org.schema, object_of_id(desk.org.schema, record_id).name, "deleted")
    row = live(desk.store, sobject, record_id, errors.entity_is_deleted(), unknown_id())
    rules.delete(desk, sobject, row)
    return row


def without(body: Mapping[str, Any], name: str) -> tuple[Any, dict[str, Any]]:
    """The value of a name in any case, and the rest."""
    wanted = name.lower()
    value = next((value for key, value in body.items() if key.lower() == wanted), None)
    return value, {key: each for key, each in body.items() if key.lower() != wanted}


def _of_batch(schema: Schema, name: str, deed: str) -> SObject:
    """As ``writable``; in a batch an object nobody knows is a wrong type, not a wrong address."""
    try:
        return writable(schema, name, deed)
    except errors.CrmRefusal as refusal:
        if refusal.code == "NOT_FOUND":
            raise errors.CrmRefusal(400, "INVALID_TYPE", f"sObject type '{name[:255]}' is not supported.", []) from None
        raise
