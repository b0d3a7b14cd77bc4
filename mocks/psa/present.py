"""Rows as Kantata shows them: one function per record type, ids as strings, money in minor units.

A few attributes are integers in the contract (psa-kantata.md section 2): account_id, rate_card_id, subject_id, the
invoice_id of external payments.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from mocks.psa import records
from sandbox.core.money import SCALE, exponent, from_scaled
from sandbox.core.observe import Row

Shown = dict[str, Any]

# The account's default currency: of projects that name none, and of the rates of memberships (assumed).
ACCOUNT_CURRENCY = "USD"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF", "INR": "₹"}


_STAMPS_MAX = 100_000


class Frame:
    """What a rendering needs beside the row: the account, and instants as text."""

    def __init__(self, epoch: datetime, account_id: int) -> None:
        self.epoch = epoch
        self.account_id = account_id
        self._stamps: dict[int, str] = {}

    def stamp(self, us: int) -> str:
        """``2026-01-12T09:00:00+00:00``; fractions of a second are cut off."""
        known = self._stamps.get(us)
        if known is None:
            if len(self._stamps) >= _STAMPS_MAX:
                self._stamps.clear()
            known = self._stamps[us] = (self.epoch + timedelta(microseconds=us - us % 1_000_000)).isoformat()
        return known


@lru_cache(maxsize=64)
def minor_scale(currency: str) -> int:
    """How many units of 1e-4 make one minor unit of a currency."""
    return int(SCALE // 10 ** exponent(currency))


@lru_cache(maxsize=64)
def currency_of(currency: str) -> Shown:
    """The three attributes that say in which money the others are."""
    return {
        "currency": currency,
        "currency_base_unit": 10 ** exponent(currency),
        "currency_symbol": SYMBOLS.get(currency, currency),
    }


def _number(row_id: str | None) -> int | None:
    return None if row_id is None else int(row_id)


def cents(scaled: int | None, currency: str) -> int | None:
    """Minor units of a stored amount."""
    return None if scaled is None else scaled // minor_scale(currency)


def stamps(row: Row, frame: Frame) -> Shown:
    """When a row was made and last written."""
    return {
        "created_at": frame.stamp(row["_created_us"]),
        "updated_at": frame.stamp(row["_modified_us"]),
    }


def user(row: Row, frame: Frame) -> Shown:
    """A person."""
    return {
        "id": row["id"],
        "full_name": row["full_name"],
        "email_address": row["email_address"],
        "headline": row["headline"],
        "photo_path": None,
        **stamps(row, frame),
    }


def account_membership(row: Row, frame: Frame) -> Shown:
    """What a person may do on the account."""
    return {
        "id": row["id"],
        "account_id": frame.account_id,
        "user_id": row["user_id"],
        "permission": row["permission"],
        "default_role_id": row["default_role_id"],
        "manager_id": row["manager_id"],
        "bill_rate_in_cents": cents(row["bill_rate"], ACCOUNT_CURRENCY),
        "cost_rate_in_cents": cents(row["cost_rate"], ACCOUNT_CURRENCY),
        "billability_target": row["billability_target"],
        "can_log_in": not row["disabled"],
        "disabled": row["disabled"] == 1,
        **stamps(row, frame),
    }


def role(row: Row, frame: Frame) -> Shown:
    """A job role."""
    return {"id": row["id"], "name": row["name"], **stamps(row, frame)}


def rate_card(row: Row, frame: Frame) -> Shown:
    """A rate card; its title is that of its set."""
    return {
        "id": row["id"],
        "title": row["title"],
        "currency": row["currency"],
        "rate_card_set_id": row["rate_card_set_id"],
        **stamps(row, frame),
    }


def rate_card_version(row: Row, frame: Frame) -> Shown:
    """Rates from a date on."""
    return {
        "id": row["id"],
        "rate_card_id": row["rate_card_id"],
        "effective_date": row["effective_date"],
        **stamps(row, frame),
    }


def rate_card_role(row: Row, frame: Frame) -> Shown:
    """A rate, in minor units per hour."""
    return {
        "id": row["id"],
        "rate_card_version_id": row["rate_card_version_id"],
        "role_id": row["role_id"],
        "rate": cents(row["rate"], row["currency"]),
        "currency": row["currency"],
        **stamps(row, frame),
    }


def workspace_group(row: Row, frame: Frame) -> Shown:
    """A client company or another group of projects."""
    shown = {each.name: row[each.name] for each in records.WORKSPACE_GROUP.fields}
    return {"id": row["id"], **shown, "company": row["company"] == 1, **stamps(row, frame)}


def external_reference(row: Row, frame: Frame) -> Shown:
    """The key a record has in another system."""
    shown = {each.name: row[each.name] for each in records.EXTERNAL_REFERENCE.fields}
    shown["subject_id"] = int(row["subject_id"])
    return {"id": row["id"], **shown, "locked": row["locked"] == 1, **stamps(row, frame)}


def formatted(scaled: int, currency: str) -> str:
    """A stored amount in main units as people write it; the form is assumed (psa-kantata.md section 3)."""
    text = f"{from_scaled(scaled).quantize(Decimal(1).scaleb(-exponent(currency))):,f}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{text}" if symbol else f"{currency} {text}"


def _price(row: Row) -> Shown:
    if row["price"] is None:
        return {"price": None, "price_in_cents": None}
    currency = row["currency"]
    return {"price": formatted(row["price"], currency), "price_in_cents": cents(row["price"], currency)}


def workspace(row: Row, frame: Frame) -> Shown:
    """A project."""
    message, color = records.STATUSES[row["status_key"]]
    return {
        "id": row["id"],
        "account_id": frame.account_id,
        "title": row["title"],
        "description": row["description"],
        "stage": row["stage"],
        "archived": row["archived"] == 1,
        "start_date": row["start_date"],
        "due_date": row["due_date"],
        "effective_due_date": row["due_date"],
        "access_level": row["access_level"],
        "budgeted": row["budgeted"] == 1,
        **_price(row),
        **currency_of(row["currency"]),
        "rate_card_id": _number(row["rate_card_id"]),
        "change_orders_enabled": row["change_orders_enabled"] == 1,
        "require_time_approvals": row["require_time_approvals"] == 1,
        "require_expense_approvals": row["require_expense_approvals"] == 1,
        "time_trackable": row["time_trackable"] == 1,
        "tasks_default_non_billable": row["tasks_default_non_billable"] == 1,
        "stories_are_fixed_fee_by_default": row["stories_are_fixed_fee_by_default"] == 1,
        "status": {"color": color, "key": row["status_key"], "message": message},
        "creator_id": row["creator_id"],
        "primary_workspace_group_id": row["primary_workspace_group_id"],
        **stamps(row, frame),
    }


def participation(row: Row, frame: Frame) -> Shown:
    """A person on a project."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "user_id": row["user_id"],
        "role": row["role"],
        "access_level": row["access_level"],
        "is_team_lead": row["is_team_lead"] == 1,
        **stamps(row, frame),
    }


def story(row: Row, frame: Frame) -> Shown:
    """A task, deliverable, milestone or issue."""
    return {
        "id": row["id"],
        "workspace_id": row["workspace_id"],
        "parent_id": row["parent_id"],
        "story_type": row["story_type"],
        "title": row["title"],
        "description": row["description"],
        "start_date": row["start_date"],
        "due_date": row["due_date"],
        "billable": row["billable"] == 1,
        "fixed_fee": row["fixed_fee"] == 1,
        "budget_estimate_in_cents": cents(row["budget_estimate"], row["currency"]),
        "time_estimate_in_minutes": row["time_estimate_in_minutes"],
        "percentage_complete": row["percentage_complete"],
        "state": row["state"],
        "status": row["state"].title(),
        **currency_of(row["currency"]),
        **stamps(row, frame),
    }


def workspace_group_ids(row: Row) -> list[str]:
    """The groups of a project, as kept in its row."""
    ids: list[str] = orjson.loads(row["workspace_group_ids"])
    return ids


def approver_ids(row: Row) -> list[str]:
    """Who decides on the time and expenses of a project; none means everybody who leads."""
    ids: list[str] = orjson.loads(row["approver_ids"])
    return ids
