"""Uploaded CSV files, taken whole or not at all: encoding, quotes, headings, line length, formulas, size.

What is inside a cell is judged later, row by row (``rules_rows``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter

from mocks.revenue.errors import upload_failed
from mocks.revenue.templates import Template

# By csv/upload, and by upload/file.
LINES_MAX, FILE_LINES_MAX = 20_000, 60_000
_FORMULA_STARTS = "=+@"

_CELL = r'(?:"(?:[^"]++|"")*+"|[^",\r\n]*+)'
# RFC 4180: a quote only around a whole cell or doubled inside one. csv.reader alone lets a quote pass in mid-cell.
_WELL_QUOTED = re.compile(rf"(?:{_CELL}(?:,|\r?\n))*+{_CELL}")


def read(template: Template, body: bytes, lines_max: int = LINES_MAX) -> list[tuple[str, ...]]:
    """The data rows, cells trimmed and in the template's order. Raises RevenueRefusal for the file as a whole."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise upload_failed(f"the file is not UTF-8 (byte {wrong.start})") from wrong
    if not _WELL_QUOTED.fullmatch(text):
        raise upload_failed("the file is not valid CSV: a quote is broken")
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as wrong:
        raise upload_failed(f"the file is not valid CSV: {wrong}") from wrong
    if len(lines) < 2:
        raise upload_failed("the file has no data lines")
    if len(lines) - 1 > lines_max:
        raise upload_failed(f"the file has {len(lines) - 1} data lines, at most {lines_max} are taken")
    pick = _reordering(template, tuple(lines[0]))
    width = len(lines[0])
    for number, line in enumerate(lines[1:], start=1):
        if len(line) != width:
            raise upload_failed(f"data line {number} has {len(line)} cells, the heading has {width}")
    rows = [tuple(cell.strip() for cell in pick(line)) for line in lines[1:]]
    if any(start in text for start in _FORMULA_STARTS):
        _refuse_formulas(template, rows)
    return rows


# Files of one client look alike, so their heading is judged once; template and heading are all it depends on.
@lru_cache(maxsize=64)
def _reordering(template: Template, heading: tuple[str, ...]) -> Callable[[list[str]], tuple[str, ...]]:
    """Puts the cells of a line into the template's order. Raises RevenueRefusal for a heading that does not fit."""
    labels = [label.strip() for label in heading]
    for label in labels:
        if label not in template.labels:
            raise upload_failed(f"column {label!r} is not in template {template.name}")
        if labels.count(label) > 1:
            raise upload_failed(f"column {label!r} stands twice in the heading")
    missing = [each.label for each in template.columns if each.label not in labels and not each.optional]
    if missing:
        raise upload_failed(f"column {missing[0]!r} of template {template.name} is missing")
    # A column that is left out is read from a blank cell behind the last one.
    pick = itemgetter(*(labels.index(label) if label in labels else len(labels) for label in template.labels))
    return lambda line: pick([*line, ""])


def _refuse_formulas(template: Template, rows: list[tuple[str, ...]]) -> None:
    for number, row in enumerate(rows, start=1):
        for label, cell in zip(template.labels, row, strict=True):
            if cell and cell[0] in _FORMULA_STARTS:
                raise upload_failed(f"data line {number}, column {label!r}: {cell!r} looks like a formula")
