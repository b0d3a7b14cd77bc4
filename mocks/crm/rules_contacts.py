"""Contacts: the name is made of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.organisation import Desk
from sandbox.core.observe import Row


class ContactBehaviour:
    """The name as it is shown and looked for."""

    def prepare(self, desk: Desk, old: Row | None, new: Row, given: Mapping[str, Any]) -> None:
        """Derive ``Name``; nobody reports to themselves."""
        new["Name"] = " ".join(part for part in (new["FirstName"], new["LastName"]) if part)
        if old is not None and new["ReportsToId"] == old["Id"]:
            raise errors.cross_reference("ReportsToId")

    def settle(self, desk: Desk, old: Row | None, new: Row | None) -> None:
        """Nothing else depends on a contact."""

    def removable(self, desk: Desk, row: Row) -> None:
        """Always."""
