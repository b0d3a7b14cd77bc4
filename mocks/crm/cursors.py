"""Query locators: the snapshot of ids that the further pages of a query are read from (section 6).

Volatile: the vendor's cursors are no records either. They live two days; a user keeps the newest ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mocks.kit.app import Mock
from sandbox.core.clock import DAY_US
from sandbox.core.ids import salesforce_id

LIFETIME_US = 2 * DAY_US
PER_USER = 10


@dataclass(frozen=True, slots=True)
class Cursor:
    """An open query: its text, all its ids, how many go on a page, and whether deleted rows are among them."""

    text: str
    ids: list[str]
    size: int
    everything: bool = False


class Cursors:
    """The open queries of one organisation."""

    def __init__(self, mock: Mock) -> None:
        self._mock = mock

    def open(self, user_id: str, cursor: Cursor, now_us: int) -> str:
        """Keep a query for its user; returns the locator without a position."""
        self._forget(user_id, now_us)
        self._mock.volatile["locators"] = count = self._mock.volatile.get("locators", 0) + 1
        locator = salesforce_id("01g", self._mock.context.seed_label, "crm", "locator", str(count))
        self._all[locator] = {
            "user_id": user_id,
            "number": count,
            "until_us": now_us + LIFETIME_US,
            "text": cursor.text,
            "ids": cursor.ids,
            "size": cursor.size,
            "everything": cursor.everything,
        }
        return locator

    def find(self, user_id: str, locator: str, now_us: int) -> Cursor | None:
        """The query of a locator; None when it is another user's, expired or unknown."""
        kept = self._all.get(locator)
        if kept is None or kept["user_id"] != user_id or kept["until_us"] <= now_us:
            return None
        return Cursor(kept["text"], kept["ids"], kept["size"], kept["everything"])

    @property
    def _all(self) -> dict[str, dict[str, Any]]:
        cursors: dict[str, dict[str, Any]] = self._mock.volatile.setdefault("cursors", {})
        return cursors

    def _forget(self, user_id: str, now_us: int) -> None:
        for locator in [locator for locator, kept in self._all.items() if kept["until_us"] <= now_us]:
            del self._all[locator]
        own = [locator for locator, kept in self._all.items() if kept["user_id"] == user_id]
        # By number, oldest first: the order of a restored dictionary says nothing.
        own.sort(key=lambda locator: int(self._all[locator]["number"]))
        for locator in own[: max(0, len(own) - PER_USER + 1)]:
            del self._all[locator]
