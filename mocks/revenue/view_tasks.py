"""Tasks of paging through a view: what has been begun, read to its end, cancelled or left lying.

They live beside the business data and outside its transactions: reading changes no record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.core.clock import MINUTE_US

ACTIVE, COMPLETED, DRAINING, STALE = "active", "completed", "draining", "stale"
# How long a task waits for its next page, and how many are kept: assumed.
STALE_AFTER_US = 30 * MINUTE_US
_KEPT_MAX = 200


class ViewTasks:
    """The tasks of a tenant; ``volatile`` is where they are kept, by id in order of their start."""

    def __init__(self, volatile: Callable[[], dict[str, Any]], now_us: Callable[[], int]) -> None:
        self._volatile = volatile
        self._now_us = now_us

    def start(self, view: str) -> str:
        """A new task; returns its id."""
        volatile = self._volatile()
        volatile["view_tasks_started"] = number = volatile.get("view_tasks_started", 0) + 1
        kept = self._kept
        while len(kept) >= _KEPT_MAX:
            del kept[next(iter(kept))]
        kept[str(number)] = {"view": view, "state": ACTIVE, "page": 0, "seen_us": self._now_us()}
        return str(number)

    def read(self, task_id: str, page: int, *, whole: bool) -> None:
        """A page went out; ``whole`` when it was the last one."""
        found = self._kept[task_id]
        found.update(page=max(page, found["page"]), seen_us=self._now_us())
        if whole:
            found["state"] = COMPLETED

    def cancel(self, task_id: str) -> None:
        """Nothing more is read."""
        self._kept[task_id]["state"] = DRAINING

    def is_open(self, task_id: str) -> bool:
        """Whether its pages can be read: not cancelled, not left lying, not forgotten."""
        return task_id in self._kept and self._state(self._kept[task_id]) in (ACTIVE, COMPLETED)

    def one(self, task_id: str) -> dict[str, str] | None:
        """A task as it is shown; its state stands under both names that are known."""
        found = self._kept.get(task_id)
        if found is None:
            return None
        state = self._state(found)
        message = f"{found['view']}, {found['page']} page(s) read"
        return {"task_id": task_id, "status": state, "task_state": state, "message": message}

    def all(self) -> list[dict[str, str]]:
        """Every task that is kept."""
        return [shown for task_id in self._kept if (shown := self.one(task_id)) is not None]

    def _state(self, found: dict[str, Any]) -> str:
        left = found["state"] == ACTIVE and self._now_us() - found["seen_us"] > STALE_AFTER_US
        state: str = STALE if left else found["state"]
        return state

    @property
    def _kept(self) -> dict[str, dict[str, Any]]:
        kept: dict[str, dict[str, Any]] = self._volatile().setdefault("view_tasks", {})
        return kept
