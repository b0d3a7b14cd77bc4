"""CSV of bulk jobs: what is uploaded, read strictly; what is handed out, every value in quotes (section 7)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


class Broken(Exception):
    """Not the CSV it should be; the text says why, as the job's error message does."""


def read(body: bytes, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows; either line ending will do, empty lines count for nothing. Raises Broken."""
    try:
        text = body.decode("utf-8-sig")
        lines = csv.reader(StringIO(text, newline=""), delimiter=DELIMITERS[delimiter], strict=True)
        rows = [row for row in lines if row]
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise Broken(f"Failed to parse CSV: {wrong}") from None
    if not rows:
        return [], []
    header = rows[0]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            raise Broken(f"Record {number} has {len(row)} columns, the header has {len(header)}")
    return header, rows[1:]


def line(values: Sequence[str], delimiter: str, ending: str) -> str:
    """One line, its ending included."""
    quoted = ('"' + value.replace('"', '""') + '"' for value in values)
    return DELIMITERS[delimiter].join(quoted) + LINE_ENDINGS[ending]


def lines(rows: Iterable[Sequence[str]], delimiter: str, ending: str) -> str:
    """Lines of rows."""
    return "".join(line(row, delimiter, ending) for row in rows)
