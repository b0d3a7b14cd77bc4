"""What people can do, when they are away, and what an hour of them costs (psa-kantata.md sections 6, 7, 9)."""

from __future__ import annotations

import re
from decimal import Decimal

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.present import minor_scale
from mocks.psa.records_staffing import LEVEL_MAX
from mocks.psa.rules import Given, change, picked, pointed_to, refer
from mocks.psa.rules_people import RATE_MAX_CENTS, active_membership
from sandbox.core.money import plain, round_half_away
from sandbox.core.observe import Row

WORKDAY_HOURS = 8
_HOUR_PLACES = 2
_CURRENCY = re.compile(r"[A-Z]{3}")


def create_skill(store: Store, given: Given) -> Row:
    """Raises 422 for a name that is taken (assumed)."""
    if store.one("skill", {"name": given["name"]}) is not None:
        raise invalid("name", f"there is already a skill {given['name']!r}")
    return store.insert("skill", {"name": given["name"]})


def join_skill(store: Store, given: Given) -> Row:
    """Somebody can do something. Raises 422 for a second membership of the same two."""
    pointed_to(store, "skill", given["skill_id"], "skill_id")
    active_membership(store, given["user_id"])
    pair = {"skill_id": given["skill_id"], "user_id": given["user_id"]}
    if store.one("skill_membership", pair) is not None:
        raise invalid("skill_id", f"user {given['user_id']} has this skill already")
    values = {**pair, **picked(given, ("level",))}
    _check_level(values)
    return store.insert("skill_membership", values)


def alter_skill(store: Store, membership: Row, given: Given) -> Row:
    """Another level."""
    for name in ("skill_id", "user_id"):
        if given.get(name, membership[name]) != membership[name]:
            raise invalid(name, f"{name} of a skill membership cannot be changed")
    values = picked(given, ("level",))
    _check_level(values)
    return change(store, membership, "skill_membership", values)


def _check_level(values: Given) -> None:
    if "level" in values and not (values["level"] is not None and 1 <= values["level"] <= LEVEL_MAX):
        raise invalid("level", f"level must be between 1 and {LEVEL_MAX}")


# -- time off -------------------------------------------------------------------------------------------------------


def take_off(store: Store, given: Given) -> Row:
    """Hours away on a day: they add to those the day has (contract). Raises 422 beyond a working day."""
    active_membership(store, given["user_id"])
    day = {"user_id": given["user_id"], "requested_date": given["requested_date"]}
    known = store.one("time_off_entry", day)
    hours = _hours(given["hours"])
    if known is not None:
        hours = _hours(plain(Decimal(hours) + Decimal(known["hours"])))
    if known is None:
        entry = store.insert("time_off_entry", {**day, "hours": hours}, label=f"{day['user_id']} {day}")
    else:
        entry = change(store, known, "time_off_entry", {"hours": hours})
    refer(store, "TimeOffEntry", entry, given)
    return entry


def alter_time_off(store: Store, entry: Row, given: Given) -> Row:
    """Other hours; the day and the person stay."""
    for name in ("user_id", "requested_date"):
        if given.get(name, entry[name]) != entry[name]:
            raise invalid(name, f"{name} of a time off entry cannot be changed")
    refer(store, "TimeOffEntry", entry, given)
    values = {"hours": _hours(given["hours"])} if "hours" in given else {}
    return change(store, entry, "time_off_entry", values)


def _hours(text: str) -> str:
    hours = Decimal(text)
    if not 0 < hours <= WORKDAY_HOURS or hours != round_half_away(hours, _HOUR_PLACES):
        raise invalid("hours", f"hours of a day must be at most {WORKDAY_HOURS}, in hundredths")
    return plain(hours)


# -- cost rates -----------------------------------------------------------------------------------------------------


def put_cost_rate(store: Store, given: Given) -> Row:
    """The cost of an hour in a currency: one that is known is overridden, for future work (contract)."""
    pointed_to(store, "account_membership", given["account_membership_id"], "account_membership_id")
    currency = given["currency"]
    if _CURRENCY.fullmatch(currency) is None:
        raise invalid("currency", f"currency must be an ISO 4217 code, got {currency!r}")
    key = {"account_membership_id": given["account_membership_id"], "currency": currency}
    values = {"amount": cost(given["amount_in_subunits"], currency)}
    known = store.one("cost_rate", key)
    if known is not None:
        return change(store, known, "cost_rate", values)
    return store.insert("cost_rate", {**key, **values}, label=f"{key['account_membership_id']} {currency}")


def alter_cost_rate(store: Store, rate: Row, given: Given) -> Row:
    """Another amount."""
    for name in ("account_membership_id", "currency"):
        if given.get(name, rate[name]) != rate[name]:
            raise invalid(name, f"{name} of a cost rate cannot be changed")
    if "amount_in_subunits" not in given:
        return rate
    return change(store, rate, "cost_rate", {"amount": cost(given["amount_in_subunits"], rate["currency"])})


def cost(amount: int, currency: str) -> int:
    """An hourly rate at 1e-4; raises 422."""
    if not 0 <= amount <= RATE_MAX_CENTS:
        raise invalid("amount_in_subunits", f"amount_in_subunits must be between 0 and {RATE_MAX_CENTS}")
    return amount * minor_scale(currency)
