"""Passwords of users, with or without a security token, and who a name stands for (section 1)."""

from __future__ import annotations

from hmac import compare_digest
from typing import Literal

from mocks.kit.store import Store
from sandbox.core.observe import Row
from sandbox.core.tenants import CrmUser

Verdict = Literal["good", "token missing", "wrong"]


class Credentials:
    """The users of a tenant who can log in, by name in any case."""

    def __init__(self, users: tuple[CrmUser, ...]) -> None:
        self._users = {user.username.lower(): user for user in users}

    def example(self) -> tuple[str, str]:
        """The first user's name and what logs it in, as the OpenAPI document shows them."""
        user = next(iter(self._users.values()))
        return user.username, user.password + user.security_token

    def check(self, username: str, given: str) -> Verdict:
        """What a password as sent is worth.

        A user with a security token sends it appended: no network is trusted here, so the password alone does not do.
        """
        user = self._users.get(username.lower())
        if user is None:
            return "wrong"
        if same(given, user.password + user.security_token):
            return "good"
        return "token missing" if same(given, user.password) else "wrong"


def user_named(store: Store, username: str) -> Row | None:
    """The record of an active user by name in any case."""
    found = store.find("User", {"Username": username.lower(), "IsActive": 1})
    return found[0] if found else None


def same(given: str, expected: str) -> bool:
    """Equality that takes as long whatever the difference."""
    return compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
