"""CSV as partners exchange it: UTF-8, line feeds, records of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def write_records(records: Iterable[Sequence[str]]) -> str:
    """Records as text."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue()


def read_records(text: str) -> list[list[str]]:
    """Records of a text, blank lines left out; raises ValueError when it is none."""
    try:
        return [record for record in csv.reader(io.StringIO(text), strict=True) if record]
    except csv.Error as wrong:
        raise ValueError(str(wrong)) from wrong
