"""Numbers the organisation gives its documents (the vendor counts; here they derive from the content)."""

from __future__ import annotations

from itertools import count

from mocks.crm.organisation import Desk
from sandbox.core.ids import numeric_id


def free_number(desk: Desk, sobject: str, field: str, label: str) -> str:
    """Eight digits made of the record's content; equal content again gets another number."""
    for attempt in count():
        number = numeric_id(desk.org.seed_label, "crm", field, label, str(attempt), digits=8)
        if not desk.store.read(f'SELECT 1 FROM "{sobject}" WHERE "{field}" = ? COLLATE NOCASE', (number,)):
            break
    return number
