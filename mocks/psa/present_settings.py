"""Custom fields, project statuses, locks and change orders as Kantata shows them."""

from __future__ import annotations

from mocks.psa import records
from mocks.psa.present import Frame, Shown, cents, currency_of, stamps
from sandbox.core.observe import Row
from sandbox.core.wire import loads


def custom_field(row: Row, frame: Frame) -> Shown:
    """A field an account adds to its records."""
    return {
        "id": row["id"],
        "name": row["name"],
        "subject_type": row["subject_type"],
        "value_type": row["value_type"],
        **stamps(row, frame),
    }


def custom_field_choice(row: Row, frame: Frame) -> Shown:
    """A choice of a single or multi field."""
    return {
        "id": row["id"],
        "custom_field_id": row["custom_field_id"],
        "label": row["label"],
        "active": True,
        **stamps(row, frame),
    }


def custom_field_value(row: Row, frame: Frame) -> Shown:
    """A value: text, date, whole number, ``[minor units, currency]`` or a list of choice ids (section 12)."""
    return {
        "id": row["id"],
        "account_id": frame.account_id,
        "subject_type": row["subject_type"],
        "subject_id": int(row["subject_id"]),
        "custom_field_id": row["custom_field_id"],
        "custom_field_name": row["custom_field_name"],
        "type": row["value_type"],
        "value": loads(row["value"].encode()),
        "display_value": row["display_value"],
        "setter_id": row["setter_id"],
        **stamps(row, frame),
    }


def _status(key: str) -> Shown:
    message, color = records.STATUSES[key]
    return {"color": color, "key": key, "message": message}


def workspace_status_change(row: Row, frame: Frame) -> Shown:
    """A project going from one status to another."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "user_id": row["user_id"],
        "from_status": _status(row["from_status_key"]),
        "to_status": _status(row["to_status_key"]),
        **stamps(row, frame),
    }


def story_state_change(row: Row, frame: Frame) -> Shown:
    """A task that went to another state."""
    return {
        "id": row["id"],
        "story_id": row["story_id"],
        "workspace_id": row["workspace_id"],
        "user_id": row["user_id"],
        "state": row["state"],
        "formatted_state": row["state"].title(),
        **stamps(row, frame),
    }


def line_item_lock(row: Row, frame: Frame) -> Shown:
    """The day before which time is locked."""
    return {
        "id": row["id"],
        "account_id": frame.account_id,
        "creator_id": row["creator_id"],
        "locked_to": row["locked_to"],
        **stamps(row, frame),
    }


def _change_order(row: Row, frame: Frame) -> Shown:
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "status": row["status"],
        "requester_id": row["requester_id"],
        "resolver_id": row["resolver_id"],
        "reason": row["reason"],
        **stamps(row, frame),
    }


def budget_change_order(row: Row, frame: Frame) -> Shown:
    """Another price, to be approved. The contract's definition is empty: the attributes are ours."""
    currency = row["currency"]
    return {
        **_change_order(row, frame),
        "from_price_in_cents": cents(row["from_price"], currency),
        "to_price_in_cents": cents(row["to_price"], currency),
        **currency_of(currency),
    }


def schedule_change_order(row: Row, frame: Frame) -> Shown:
    """Another due date, to be approved; ours like the other."""
    return {
        **_change_order(row, frame),
        "from_due_date": row["from_due_date"],
        "to_due_date": row["to_due_date"],
    }
