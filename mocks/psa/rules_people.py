"""Users and what they may do on the account: invited, changed, disabled."""

from __future__ import annotations

import re

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.present import ACCOUNT_CURRENCY, minor_scale
from mocks.psa.rules import Given, change, picked, pointed_to, refer
from sandbox.core.observe import Row

# A million an hour, as for time.
RATE_MAX_CENTS = 10**8
_PERCENT_MAX = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def invite(store: Store, given: Given) -> Row:
    """A new user with a membership, at once (the vendor waits for acceptance). Raises 422 for a known email."""
    email = given["email_address"].lower()
    if _EMAIL.fullmatch(email) is None:
        raise invalid("email_address", f"email_address {email!r} is not an email address")
    if store.one("user", {"email_address": email}) is not None:
        raise invalid("email_address", f"{email} has already been invited")
    if given.get("default_role_id") is not None:
        pointed_to(store, "role", given["default_role_id"], "default_role_id")
    values = {**picked(given, ("full_name", "headline")), "email_address": email}
    user = store.insert("user", values, label=f"user {email}")
    membership = {**picked(given, ("permission", "default_role_id")), "user_id": user["id"]}
    store.insert("account_membership", membership, label=f"membership {email}")
    refer(store, "User", user, given)
    return user


def change_membership(store: Store, membership: Row, given: Given) -> Row:
    """Another permission, default role, manager, rates (minor units of the account's currency) or target (percent)."""
    if given.get("default_role_id") is not None:
        pointed_to(store, "role", given["default_role_id"], "default_role_id")
    if given.get("manager_id") is not None:
        if given["manager_id"] == membership["user_id"]:
            raise invalid("manager_id", "nobody is their own manager")
        active_membership(store, given["manager_id"], "manager_id")
    target = given.get("billability_target")
    if target is not None and not 0 <= target <= _PERCENT_MAX:
        raise invalid("billability_target", f"billability_target must be between 0 and {_PERCENT_MAX} percent")
    values = picked(given, ("permission", "default_role_id", "manager_id", "billability_target"))
    for name in ("bill_rate", "cost_rate"):
        if f"{name}_in_cents" in given:
            values[name] = _rate(given[f"{name}_in_cents"], f"{name}_in_cents")
    return change(store, membership, "account_membership", values)


def _rate(cents: int | None, field: str) -> int | None:
    if cents is not None and not 0 <= cents <= RATE_MAX_CENTS:
        raise invalid(field, f"{field} must be between 0 and {RATE_MAX_CENTS}")
    return None if cents is None else cents * minor_scale(ACCOUNT_CURRENCY)


def disable(store: Store, membership: Row) -> Row:
    """The user's token stops working, and nobody can put them on time or projects. Doing it twice changes nothing."""
    return change(store, membership, "account_membership", {"disabled": 1})


def enable(store: Store, membership: Row) -> Row:
    """The user's token works again; projects they were taken off stay as they are. Doing it twice changes nothing."""
    return change(store, membership, "account_membership", {"disabled": 0})


def active_membership(store: Store, user_id: str, field: str = "user_id") -> Row:
    """The membership of a user who may still work; raises 422 for a stranger or a disabled one."""
    membership = store.one("account_membership", {"user_id": user_id})
    if membership is None:
        raise invalid(field, f"{field} {user_id} does not exist")
    if membership["disabled"]:
        raise invalid(field, f"user {user_id} is disabled on this account")
    return membership
