"""Cases: closing one stamps it, reopening takes the stamp away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.records_service import CLOSED
from mocks.crm.rules_numbers import free_number
from sandbox.core.observe import Row
from sandbox.core.wire import canonical


class CaseBehaviour:
    """Number, and what the status says of being closed."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Derive number, ``IsClosed`` and ``ClosedDate``; a case without a status keeps or takes the first."""
        if old is None:
            new["CaseNumber"] = free_number(desk, "Case", "CaseNumber", canonical(given).decode())
        if new["Status"] is None:
            raise errors.bad_choice("Status", "Status", None)
        new["IsClosed"] = int(new["Status"] == CLOSED)
        if not new["IsClosed"]:
            new["ClosedDate"] = None
        elif old is None or not old["IsClosed"]:
            new["ClosedDate"] = desk.now_us
        if old is not None and new["ParentId"] == old["Id"]:
            raise errors.cross_reference("ParentId")

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on a case."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Always."""
