"""The upload templates of this tenant: headings, staging columns and how a cell is read. Frozen (section 4.5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mocks.revenue.records import CLIENT_ID
from sandbox.core.ids import numeric_id

DATE_FORMAT = "DD-MON-YYYY"
_DATA_TYPES = {"text": "VARCHAR2", "date": "DATE", "amount": "NUMBER", "quantity": "NUMBER", "rate": "NUMBER"}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the staging column it fills, and the kind its cells are read as; an optional one may be left out."""

    label: str
    name: str
    kind: str = "text"
    optional: bool = False


@dataclass(frozen=True)
class Template:
    """An upload template. ``stage`` is the record type its rows become."""

    name: str
    stage: str
    columns: tuple[Column, ...]

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(column.label for column in self.columns)

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @cached_property
    def mapping(self) -> list[dict[str, Any]]:
        """The columns as ``upload/mapping`` shows them."""
        template_id = int(numeric_id("template", self.name, digits=5))
        return [
            {
                "client_id": CLIENT_ID,
                "col_name": column.name.upper(),
                "data_type": _DATA_TYPES[column.kind],
                "id": int(numeric_id("template", self.name, column.label, digits=6)),
                "label": column.label,
                "seq": seq,
                "upload_id": template_id,
            }
            for seq, column in enumerate(self.columns, start=1)
        ]


PSA_TXN = Template(
    "PSA_TXN",
    "stage_txn",
    (
        Column("Type", "type"),
        Column("So Num", "so_num"),
        Column("So Line Id", "so_line_id"),
        Column("So Date", "so_date", "date"),
        Column("Cust Num", "cust_num"),
        Column("Cstmr Nm", "cstmr_nm"),
        Column("Curr", "curr"),
        Column("F Cur", "f_cur"),
        Column("F Ex Rate", "f_ex_rate", "rate"),
        Column("Item Num", "item_num"),
        Column("Ord Qty", "ord_qty", "quantity"),
        Column("Ext Lst Prc", "ext_lst_prc", "amount"),
        Column("Ext Sll Prc", "ext_sll_prc", "amount"),
        Column("Start Date", "start_date", "date"),
        Column("End Date", "end_date", "date"),
        Column("Right To Bill", "right_to_bill"),
        Column("Rev Segments", "rev_segments"),
        Column("Def Segments", "def_segments"),
        Column("Business Unit", "business_unit"),
        Column("Inv Num", "inv_num"),
        Column("Inv Line Id", "inv_line_id"),
        Column("Inv Line Num", "inv_line_num"),
        Column("Inv Date", "inv_date", "date"),
        Column("Inv Qty", "inv_qty", "quantity"),
        Column("Pob Template", "pob_template", optional=True),
        Column("Ct Mod Date", "ct_mod_date", "date", optional=True),
        Column("Orig So Line Id", "orig_so_line_id", optional=True),
        Column("Orig Inv Line Id", "orig_inv_line_id", optional=True),
        Column("Credit Rule", "credit_rule", optional=True),
    ),
)

PSA_EVT = Template(
    "PSA_EVT",
    "stage_evt",
    (
        Column("Event Type", "event_type"),
        Column("So Line Id", "so_line_id"),
        Column("Event Date", "event_date", "date"),
        Column("Completed Qty", "completed_qty", "quantity"),
        Column("Total Qty", "total_qty", "quantity"),
        Column("Event Percent", "event_percent", "quantity", optional=True),
        Column("Event Amount", "event_amount", "amount", optional=True),
    ),
)

PSA_RATE = Template(
    "PSA_RATE",
    "stage_rate",
    (
        Column("From Curr", "from_curr"),
        Column("To Curr", "to_curr"),
        Column("Rate Date", "rate_date", "date"),
        Column("Rate Type", "rate_type"),
        Column("Rate", "rate", "rate"),
    ),
)

TEMPLATES = {template.name: template for template in (PSA_TXN, PSA_EVT, PSA_RATE)}
