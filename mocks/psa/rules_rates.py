"""Bill rates: of the project's rate card, the version in force on the day, the role of the entry."""

from __future__ import annotations

from bisect import bisect_right

from mocks.kit.store import Store
from sandbox.core.money import exponent, line_net_minor
from sandbox.core.observe import Row


class RateBook:
    """Every rate of the account, read once: rate cards are fixed by the tenant (README)."""

    def __init__(self, store: Store) -> None:
        self._days: dict[str, list[str]] = {}
        self._versions: dict[str, list[dict[str, int]]] = {}
        rates: dict[str, dict[str, int]] = {}
        for row in store.find("rate_card_role"):
            rates.setdefault(row["rate_card_version_id"], {})[row["role_id"]] = row["rate"]
        for version in store.find("rate_card_version", order='"rate_card_id", "effective_date"'):
            self._days.setdefault(version["rate_card_id"], []).append(version["effective_date"])
            self._versions.setdefault(version["rate_card_id"], []).append(rates.get(version["id"], {}))

    def rate(self, rate_card_id: str | None, role_id: str | None, day: str) -> int | None:
        """Rate per hour at 1e-4, or None when nothing says one. ``day`` is ISO text."""
        if rate_card_id is None or role_id is None:
            return None
        position = bisect_right(self._days.get(rate_card_id, []), day)
        return self._versions[rate_card_id][position - 1].get(role_id) if position else None


def net_minor(entry: Row) -> int:
    """Value of a time entry in minor units: minutes at its rate, rounded half away from zero (posting-map 3)."""
    return line_net_minor(entry["time_in_minutes"], entry["rate"], exponent(entry["currency"]))
