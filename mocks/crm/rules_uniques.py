"""Values only one live record may hold, and records found by an external id; neither minds the case of letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.crm import errors
from mocks.crm.fields import Column
from mocks.crm.objects import SObject
from mocks.crm.organisation import Desk


def matching(desk: Desk, sobject: SObject, column: Column, value: str) -> list[str]:
    """Ids of the live records with that external id, without regard to case."""
    found = desk.store.read(
        f'SELECT "Id" FROM "{sobject.name}" WHERE "{column.name}" = ? COLLATE NOCASE AND "_deleted" = 0 ORDER BY "Id"',
        (value,),
    )
    return [record_id for (record_id,) in found]


def check_uniques(desk: Desk, sobject: SObject, given: Mapping[str, Any], own_id: str | None) -> None:
    """Raises CrmRefusal when another record holds a unique value of ``given``."""
    for column in sobject.uniques:
        value = given.get(column.name)
        if value is not None:
            holders = matching(desk, sobject, column, value)
            if holders and holders[0] != own_id:
                raise errors.duplicate(column.name, holders[0])
