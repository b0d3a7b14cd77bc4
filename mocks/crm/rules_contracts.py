"""Contracts: Draft, In Approval Process, Activated, and never back from there (section 10)."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from mocks.crm.records_sales import ACTIVATED, DRAFT, IN_APPROVAL
from mocks.crm.rules_numbers import free_number
from sandbox.core.observe import Row
from sandbox.core.wire import canonical

STATUS_CODES = {DRAFT: "Draft", IN_APPROVAL: "InApproval", ACTIVATED: "Activated"}
# From a status to those it may become.
MOVES = {DRAFT: (IN_APPROVAL, ACTIVATED), IN_APPROVAL: (DRAFT, ACTIVATED), ACTIVATED: ()}


class ContractBehaviour:
    """Status, number and end date."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Check the move between statuses; derive number, code and end date."""
        if old is None:
            if new["Status"] == ACTIVATED:
                raise errors.CrmRefusal(400, "FAILED_ACTIVATION", "Choose a valid contract status.", ["Status"])
            new["ContractNumber"] = free_number(desk, "Contract", "ContractNumber", canonical(given).decode())
        else:
            self._move(desk, old, new)
        new["StatusCode"] = STATUS_CODES[new["Status"]]
        new["EndDate"] = end_date(new["StartDate"], new["ContractTerm"])

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on a contract."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Not once it is activated (the vendor asks for a permission that nobody here has: assumed)."""
        if row["Status"] == ACTIVATED:
            raise errors.delete_failed(str(row["ContractNumber"]), "its activation")

    def _move(self, desk: Desk, old: Row, new: Row) -> None:
        if new["Status"] == old["Status"]:
            return
        if new["Status"] not in MOVES[old["Status"]]:
            raise errors.integrity(f"A contract cannot go from {old['Status']} to {new['Status']}", "Status")
        if new["Status"] == ACTIVATED:
            new["ActivatedDate"], new["ActivatedById"] = desk.now_us, desk.user_id


def end_date(start: str | None, months: int | None) -> str | None:
    """The day before ``start`` plus so many months (a day that the month lacks becomes its last); None without both."""
    if start is None or months is None:
        return None
    begin = date.fromisoformat(start)
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month + 1)[1]
    return (date(year, month + 1, min(begin.day, last_day)) - timedelta(days=1)).isoformat()
