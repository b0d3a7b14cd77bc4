"""Values of custom fields, in the wire forms of the contract (psa-kantata.md section 12); fields come with a tenant."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.kit.app import Principal
from mocks.kit.records import BadValue
from mocks.kit.store import Store
from mocks.psa.associations import by_ids
from mocks.psa.errors import invalid, invalid_all, validation
from mocks.psa.forms import whole_if_form
from mocks.psa.intake import id_list
from mocks.psa.records_settings import CUSTOM_FIELD_CHOICE, FIELD_SUBJECTS, REQUIRED_FIELD
from mocks.psa.resources import BY_SUBJECT
from mocks.psa.rules import ADMINISTRATORS, LEADING, Given, change, demand, pointed_to
from sandbox.core.money import exponent
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

_CURRENCY = re.compile(r"[A-Z]{3}")
_LARGE = 10**15
_TEXT_MAX = 10_000


def put_value(store: Store, given: Given, principal: Principal) -> Row:
    """Set a field of a record: a value it has is overridden (contract). Raises 403 and 422."""
    subject_type = given["subject_type"]
    if subject_type not in FIELD_SUBJECTS:
        raise invalid("subject_type", f"subject_type must be one of {', '.join(FIELD_SUBJECTS)}")
    _demand_right(subject_type, principal)
    subject = pointed_to(store, BY_SUBJECT[subject_type].record_type.name, given["subject_id"], "subject_id")
    field = pointed_to(store, "custom_field", given["custom_field_id"], "custom_field_id")
    if field["subject_type"] != subject_type:
        raise invalid("custom_field_id", f"{field['name']} is a field of {field['subject_type']}")
    values: dict[str, Any] = {**_stored(store, field, given.get("value")), "setter_id": principal.user_id}
    known = store.one("custom_field_value", {"subject_id": subject["id"], "custom_field_id": field["id"]})
    if known is not None:
        return change(store, known, "custom_field_value", values)
    workspace_id = {"Workspace": subject["id"], "Story": subject.get("workspace_id")}.get(subject_type)
    values |= {
        "subject_type": subject_type,
        "subject_id": subject["id"],
        "custom_field_id": field["id"],
        "custom_field_name": field["name"],
        "value_type": field["value_type"],
        "workspace_id": workspace_id,
    }
    return store.insert("custom_field_value", values, label=f"{subject['id']} {field['id']}")


def alter_value(store: Store, row: Row, given: Given, principal: Principal) -> Row:
    """Another value; the field and the record stay."""
    _demand_right(row["subject_type"], principal)
    for name in ("subject_type", "subject_id", "custom_field_id"):
        if given.get(name, row[name]) != row[name]:
            raise invalid(name, f"{name} of a value cannot be changed")
    if "value" not in given:
        return row
    field = pointed_to(store, "custom_field", row["custom_field_id"], "custom_field_id")
    values = {**_stored(store, field, given["value"]), "setter_id": principal.user_id}
    return change(store, row, "custom_field_value", values)


def delete_value(store: Store, row: Row, principal: Principal) -> None:
    """Empty a field."""
    _demand_right(row["subject_type"], principal)
    if row["custom_field_id"] in _required(store, row["subject_type"]):
        raise invalid("value", f"{row['custom_field_name']} can't be blank")
    store.delete("custom_field_value", row["id"])


def demand_required(store: Store, subject_type: str, subject_id: str) -> None:
    """Raises 422, with every field of the subject that is required and has no value."""
    missing = [
        validation("custom_fields", f"{name} can't be blank")
        for field_id, name in _required(store, subject_type).items()
        if store.one("custom_field_value", {"subject_id": subject_id, "custom_field_id": field_id}) is None
    ]
    if missing:
        raise invalid_all(missing)


def _required(store: Store, subject_type: str) -> dict[str, str]:
    """Ids and names of the fields that are required of a subject, by name."""
    if REQUIRED_FIELD.name not in store.types:
        return {}
    fields = (
        store.get("custom_field", each["custom_field_id"])
        for each in store.find(REQUIRED_FIELD.name, {"subject_type": subject_type})
    )
    return dict(sorted(((each["id"], each["name"]) for each in fields if each), key=lambda pair: pair[1]))


def delete_values_of(store: Store, subject_id: str) -> None:
    """The values of a record that goes."""
    for row in store.find("custom_field_value", {"subject_id": subject_id}):
        store.delete("custom_field_value", row["id"])


def _demand_right(subject_type: str, principal: Principal) -> None:
    demand(principal, LEADING if subject_type in ("Workspace", "Story") else ADMINISTRATORS)


def _stored(store: Store, field: Row, value: Any) -> dict[str, str]:
    """A value as stored and as displayed; raises 422."""
    kind = field["value_type"]
    expected = _EXPECTED[kind]
    if kind == "number":
        value = whole_if_form(value)
    elif kind == "currency" and isinstance(value, list):
        value = [whole_if_form(each) for each in value]
    if kind in ("single", "multi"):
        return _chosen(store, field, value, expected)
    shown = _display(kind, value)
    if shown is None:
        raise invalid("value", f"{field['name']}: the value must be {expected}")
    return {"value": canonical(value).decode(), "display_value": shown}


_EXPECTED = {
    "string": "text",
    "date": "a date YYYY-MM-DD",
    "number": "a whole number",
    "currency": "[minor units, currency code]",
    "single": "a list of one choice id",
    "multi": "a list of choice ids",
}


def _display(kind: str, value: Any) -> str | None:
    """How a value reads; None when it does not fit its kind."""
    if kind == "string":
        return value if isinstance(value, str) and 0 < len(value) <= _TEXT_MAX else None
    if kind == "number":
        return str(value) if _whole(value) else None
    if kind == "date":
        return value if isinstance(value, str) and _is_date(value) else None
    if not (isinstance(value, list) and len(value) == 2 and _whole(value[0]) and isinstance(value[1], str)):
        return None
    amount, currency = value
    if _CURRENCY.fullmatch(currency) is None:
        return None
    return f"{Decimal(amount).scaleb(-exponent(currency)):,f} {currency}"


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGE


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _chosen(store: Store, field: Row, value: Any, expected: str) -> dict[str, str]:
    try:
        ids = id_list("value", value)
    except BadValue as bad:
        raise invalid("value", f"{field['name']}: the value must be {expected}") from bad
    choices = by_ids(store, CUSTOM_FIELD_CHOICE, ids)
    several = field["value_type"] == "multi"
    if not ids or len(choices) != len(ids) or (len(ids) > 1 and not several):
        raise invalid("value", f"{field['name']}: the value must be {expected}")
    if any(choice["custom_field_id"] != field["id"] for choice in choices):
        raise invalid("value", f"{field['name']} does not have this choice")
    return {
        "value": canonical([int(each) for each in ids]).decode(),
        "display_value": ", ".join(choice["label"] for choice in choices),
    }
