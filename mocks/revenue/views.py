"""The BI views: contracts, lines, obligations, schedules and bills as tables, each a query over the records.

Names and the documented columns follow the vendor (revenue-zuora.md section 6); further columns are ours. Every view
has the instant a row last changed, which is what ``fromDate`` and ``toDate`` ask for, and a key to page by.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mocks.kit.store import Store
from mocks.revenue.records import BOOK
from sandbox.core.clock import moment
from sandbox.core.money import from_scaled, plain

# Kinds of columns: data type, length, precision, scale.
KINDS: Mapping[str, tuple[str, int, int | None, int | None]] = {
    "text": ("VARCHAR2", 240, None, None),
    "id": ("NUMBER", 22, 38, 0),
    "amount": ("NUMBER", 22, 38, 4),
    "number": ("NUMBER", 22, None, None),
    "date": ("DATE", 7, None, None),
    "instant": ("TIMESTAMP(6)", 11, None, None),
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SPELLINGS = re.compile(r"(?:RPRO_)?(?P<name>BI3_\w+?)(?:_V)?")
EVER = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class View:
    """``columns`` are (name, kind) in order; ``sql`` selects them, then the key and the instant of the last change."""

    name: str
    columns: tuple[tuple[str, str], ...]
    sql: str

    @property
    def names(self) -> tuple[str, ...]:
        """The column names."""
        return tuple(name for name, _ in self.columns)


# Behind the columns of a view, before the instant of the last change.
_KEY = ', t."id" AS "_key"'


def _view(name: str, source: str, changed: str, **columns: tuple[str, str]) -> View:
    selected = ", ".join(f'{expression} AS "{column}"' for column, (_, expression) in columns.items())
    sql = f'SELECT {selected}{_KEY}, {changed} AS "_changed" FROM {source} WHERE t."_deleted" = 0'
    return View(name, tuple((column, kind) for column, (kind, _) in columns.items()), sql)


_CHANGED = 't."_modified_us"'
_STAMPS = {"CRTD_DT": ("instant", 't."_created_us"'), "UPDT_DT": ("instant", _CHANGED)}
_BOOK = ("id", "1")
# A line changes when something is released or billed of it.
_LINES = (
    "(SELECT l.*,"
    ' (SELECT coalesce(sum(amount), 0) FROM schedule s WHERE s.rc_line_id = l.id AND s."_deleted" = 0) AS released,'
    ' (SELECT coalesce(sum(ext_sll_prc), 0) FROM rc_bill b WHERE b.rc_line_id = l.id AND b."_deleted" = 0) AS billed,'
    ' max(l."_modified_us",'
    '  (SELECT coalesce(max("_modified_us"), l."_modified_us") FROM schedule s WHERE s.rc_line_id = l.id),'
    '  (SELECT coalesce(max("_modified_us"), l."_modified_us") FROM rc_bill b WHERE b.rc_line_id = l.id)) AS changed'
    " FROM rc_line l) t"
)
_BILLED_RELEASED = "max(min(t.billed, t.released), 0)"
_METHOD = "coalesce(t.pob_template, CASE t.right_to_bill WHEN 'Y' THEN 'END_DATE' ELSE 'PCT_HOURS' END)"
VIEWS = {
    view.name: view
    for view in (
        _view(
            "BI3_RC_HEAD", "rc t", _CHANGED,
            ID=("id", "t.id"), BOOK_ID=_BOOK, SEC_ATR_VAL=("text", "t.org_code"), SO_NUM=("text", "t.so_num"),
            CUST_NUM=("text", "t.cust_num"), CSTMR_NM=("text", "t.cstmr_nm"), CURR=("text", "t.curr"),
            F_CUR=("text", "t.f_cur"), **_STAMPS,
        ),
        _view(
            "BI3_RC_LNS", _LINES, "t.changed",
            ID=("id", "t.id"), RC_ID=("id", "t.rc_id"), RC_POB_ID=("id", "coalesce(t.lead_line_id, t.id)"),
            BOOK_ID=_BOOK, SEC_ATR_VAL=("text", "t.org_code"), CSTMR_NM=("text", "t.cstmr_nm"),
            SO_NUM=("text", "t.so_num"), SO_LINE_ID=("text", "t.so_line_id"), SO_BOOK_DATE=("date", "t.so_date"),
            TYPE=("text", "'SO'"), ITEM_NUM=("text", "t.item_num"), CURR=("text", "t.curr"),
            F_CUR=("text", "t.f_cur"), ORD_QTY=("number", "t.ord_qty"), START_DATE=("date", "t.start_date"),
            END_DATE=("date", "t.end_date"), EXT_LST_PRC=("amount", "t.ext_lst_prc"),
            EXT_SLL_PRC=("amount", "t.ext_sll_prc"), REDUCED_AMT=("amount", "t.reduced"),
            REC_AMT=("amount", "t.released"), DEF_AMT=("amount", "t.ext_sll_prc - t.reduced - t.released"),
            BLD_REC_AMT=("amount", _BILLED_RELEASED), BLD_DEF_AMT=("amount", f"t.billed - {_BILLED_RELEASED}"),
            CRTD_DT=_STAMPS["CRTD_DT"], UPDT_DT=("instant", "t.changed"),
        ),
        _view(
            "BI3_RC_POB", "(SELECT * FROM rc_line WHERE lead_line_id IS NULL) t", _CHANGED,
            RC_POB_ID=("id", "t.id"), RC_ID=("id", "t.rc_id"), BOOK_ID=_BOOK, SEC_ATR_VAL=("text", "t.org_code"),
            RC_POB_NAME=("text", _METHOD),
            LEAD_LINE_ID=("id", "t.id"), SO_NUM=("text", "t.so_num"), **_STAMPS,
        ),
        _view(
            "BI3_RC_SCHD",
            '(SELECT s.*, l.org_code, l.so_num, l.so_line_id FROM schedule s JOIN rc_line l ON l.id = s.rc_line_id) t',
            _CHANGED,
            ID=("id", "t.id"), RC_ID=("id", "t.rc_id"), LINE_ID=("id", "t.rc_line_id"), BOOK_ID=_BOOK,
            SEC_ATR_VAL=("text", "t.org_code"), SO_NUM=("text", "t.so_num"), SO_LINE_ID=("text", "t.so_line_id"),
            PRD_NAME=("text", "t.period"), SCHD_TYPE=("text", "t.kind"), CURR=("text", "t.curr"),
            AMOUNT=("amount", "t.amount"), F_CUR=("text", "t.f_cur"), F_AMOUNT=("amount", "t.accounted"), **_STAMPS,
        ),
        _view(
            "BI3_RC_BILL",
            "(SELECT b.*, l.org_code FROM rc_bill b JOIN rc_line l ON l.id = b.rc_line_id) t", _CHANGED,
            ID=("id", "t.id"), RC_ID=("id", "t.rc_id"), LINE_ID=("id", "t.rc_line_id"), BOOK_ID=_BOOK,
            SEC_ATR_VAL=("text", "t.org_code"), SO_NUM=("text", "t.so_num"), SO_LINE_ID=("text", "t.so_line_id"),
            INV_NUM=("text", "t.inv_num"), INV_LINE_ID=("text", "t.inv_line_id"), INV_DATE=("date", "t.inv_date"),
            INV_QTY=("number", "t.inv_qty"), CURR=("text", "t.curr"), EXT_SLL_PRC=("amount", "t.ext_sll_prc"),
            F_CUR=("text", "t.f_cur"), F_EXT_SLL_PRC=("amount", "t.accounted"), F_EX_RATE=("number", "t.f_ex_rate"),
            **_STAMPS,
        ),
        _view(
            "BI3_ORG", "org t", _CHANGED,
            ORG_ID=("id", "t.org_id"), ORG_CODE=("text", "t.code"), ORG_NAME=("text", "t.name"),
            CURR=("text", "t.currency"), **_STAMPS,
        ),
        # There is one book; it is as old as the first organisation.
        _view(
            "BI3_BOOK", '(SELECT * FROM org ORDER BY "_created_us", id LIMIT 1) t', _CHANGED,
            BOOK_ID=_BOOK, BOOK_NAME=("text", f"'{BOOK}'"), **_STAMPS,
        ),
    )
}  # fmt: skip


LINES = "BI3_RC_LNS"


def with_attributes(names: Sequence[str]) -> Mapping[str, View]:
    """The views of a tenant whose lines have attributes of its own: ``atr1`` is column ``ATR1``, behind the others."""
    lines = VIEWS[LINES]
    added = "".join(f', t."{name}" AS "{name.upper()}"' for name in names)
    columns = (*lines.columns, *((name.upper(), "text") for name in names))
    return {**VIEWS, LINES: View(LINES, columns, lines.sql.replace(_KEY, added + _KEY, 1))}


def view_of(known: Mapping[str, View], name: str) -> View | None:
    """A view by name, with or without the vendor's prefix and suffix, in any case."""
    found = _SPELLINGS.fullmatch(name.upper())
    return None if found is None else known.get(found["name"])


def count(store: Store, view: View, window: tuple[int, int]) -> int:
    """How many rows changed within the window, both ends inclusive."""
    ((number,),) = store.read(f'SELECT count(*) FROM ({view.sql}) WHERE "_changed" BETWEEN ? AND ?', window)
    return int(number)


def rows(
    store: Store, view: View, window: tuple[int, int], limit: int, *, after: str = "", offset: int = 0
) -> list[tuple[Any, ...]]:
    """Rows of the window by key: those behind ``after``, without the first ``offset``. Key and change stand last."""
    return store.read(
        f'SELECT * FROM ({view.sql}) WHERE "_changed" BETWEEN ? AND ? AND "_key" > ? ORDER BY "_key" LIMIT ? OFFSET ?',
        (*window, after, limit, offset),
    )


def as_csv(view: View, found: Iterable[Sequence[Any]], epoch: datetime, wanted: Sequence[str] | None = None) -> bytes:
    """Heading and rows; ``wanted`` columns only, in that order. Dates are ``DD-MON-YYYY``."""
    names = view.names
    picked = [names.index(name) for name in wanted or names]
    kinds = [view.columns[index][1] for index in picked]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([names[index] for index in picked])
    for row in found:
        writer.writerow([shown(kind, row[index], epoch) for index, kind in zip(picked, kinds, strict=True)])
    return text.getvalue().encode()


def shown(kind: str, value: Any, epoch: datetime) -> str:
    """A value as it stands in a file."""
    if value is None:
        return ""
    if kind == "amount":
        return plain(from_scaled(value))
    if kind == "date":
        return vendor_date(date.fromisoformat(value))
    if kind == "instant":
        when = moment(epoch, value)
        return f"{vendor_date(when.date())} {when:%H:%M:%S}"
    return str(value)


def vendor_date(day: date) -> str:
    """``30-NOV-2026``."""
    return f"{day.day:02}-{_MONTHS[day.month - 1]}-{day.year:04}"
