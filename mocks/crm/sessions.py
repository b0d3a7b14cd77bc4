"""Logins and sessions: tokens bound to a user, forgotten after two hours of silence, and the meter of calls.

All of it is volatile: a business transaction that rolls back undoes none of it, a snapshot keeps it.
"""

from __future__ import annotations

from typing import Any

from mocks.kit.app import Mock, Principal
from sandbox.core.clock import DAY_US, HOUR_US
from sandbox.core.ids import secret_for

# Default session time-out of an organisation (section 1).
IDLE_US = 2 * HOUR_US
CALLS_PER_DAY = 15_000
# What else a day grants, by the names of the limits resource (section 2). Counted are bulk jobs; nothing is refused.
ALLOWANCES = {
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyDurableStreamingApiEvents": 200_000,
    "DailyStreamingApiEvents": 200_000,
    "HourlyPublishedPlatformEvents": 50_000,
}


class Sessions:
    """The sessions of one organisation, kept in the mock's volatile state."""

    def __init__(self, mock: Mock, org_id: str) -> None:
        # The mock and not its dictionary: a restore puts another dictionary there.
        self._mock = mock
        self._org_id = org_id

    def open(self, user_id: str, username: str, now_us: int, refresh_token: str = "") -> str:
        """A new access token. Its label counts logins, so the same history gives the same tokens.

        ``refresh_token`` is the one it hangs on: revoking either ends both.
        """
        self._forget_idle(now_us)
        self._mock.volatile["logins"] = count = self._mock.volatile.get("logins", 0) + 1
        secret = secret_for(self._mock.context.seed_label, "crm", "session", username, str(count))
        token = f"{self._org_id[:15]}!{secret}"
        session = {"user_id": user_id, "username": username, "until_us": now_us + IDLE_US}
        self._all[token] = {**session, "refresh_token": refresh_token} if refresh_token else session
        return token

    def use(self, token: str, now_us: int) -> Principal | None:
        """Who holds the token, and a new lease of it; None when nobody does any more."""
        session = self._all.get(token)
        if session is None:
            return None
        if session["until_us"] <= now_us:
            del self._all[token]
            return None
        session["until_us"] = max(session["until_us"], now_us + IDLE_US)
        return Principal(session["username"], session["user_id"])

    def holder(self, token: str) -> str:
        """User name of who holds the token, expired or not; empty when nobody does. Prolongs nothing."""
        session = self._all.get(token)
        return str(session["username"]) if session is not None else ""

    def close(self, token: str) -> bool:
        """Forget a token; False when it was none."""
        return self._all.pop(token, None) is not None

    def look(self, token: str, now_us: int) -> dict[str, Any] | None:
        """The session of a token as it stands, without a new lease; None when it ended."""
        session = self._all.get(token)
        return session if session is not None and session["until_us"] > now_us else None

    def close_all(self, refresh_token: str) -> None:
        """Forget every session that hangs on a refresh token."""
        for token in [token for token, kept in self._all.items() if kept.get("refresh_token") == refresh_token]:
            del self._all[token]

    def count_call(self, now_us: int, name: str = "DailyApiRequests") -> None:
        """One more of an allowance used today (days of 24 hours since the epoch; the vendor's window rolls)."""
        used = self._meter(now_us)["used"]
        used[name] = used.get(name, 0) + 1

    def calls(self, now_us: int) -> int:
        """Calls to the data API so far today."""
        return int(self._meter(now_us)["used"].get("DailyApiRequests", 0))

    def used(self, now_us: int) -> dict[str, int]:
        """What was used today, by allowance."""
        return dict(self._meter(now_us)["used"])

    @property
    def _all(self) -> dict[str, dict[str, Any]]:
        sessions: dict[str, dict[str, Any]] = self._mock.volatile.setdefault("sessions", {})
        return sessions

    def _meter(self, now_us: int) -> dict[str, Any]:
        today = now_us // DAY_US
        meter: dict[str, Any] = self._mock.volatile.setdefault("meter", {"day": today, "used": {}})
        if meter["day"] != today:
            meter.update(day=today, used={})
        return meter

    def _forget_idle(self, now_us: int) -> None:
        for token in [token for token, session in self._all.items() if session["until_us"] <= now_us]:
            del self._all[token]


def bearer(authorization: str) -> str:
    """The token of ``Bearer T`` or ``OAuth T``; empty when it is another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") else ""
