"""Users and what they may do on the account: invited, changed, disabled."""

from __future__ import annotations

import re

from mocks.kit.store import Store
from mocks.psa.errors import invalid
from mocks.psa.rules import Given, change, picked, pointed_to, refer
from sandbox.core.observe import Row

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
    """Another permission or default role."""
    if given.get("default_role_id") is not None:
        pointed_to(store, "role", given["default_role_id"], "default_role_id")
    return change(store, membership, "account_membership", picked(given, ("permission", "default_role_id")))


def disable(store: Store, membership: Row) -> Row:
    """The user's token stops working, and nobody can put them on time or projects. Doing it twice changes nothing."""
    return change(store, membership, "account_membership", {"disabled": 1})


def active_membership(store: Store, user_id: str, field: str = "user_id") -> Row:
    """The membership of a user who may still work; raises 422 for a stranger or a disabled one."""
    membership = store.one("account_membership", {"user_id": user_id})
    if membership is None:
        raise invalid(field, f"{field} {user_id} does not exist")
    if membership["disabled"]:
        raise invalid(field, f"user {user_id} is disabled on this account")
    return membership
