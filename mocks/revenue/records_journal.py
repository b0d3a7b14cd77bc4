"""What leaves by the month: transfer batches with their ledger lines, and the files of reports."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

BATCH = RecordType(
    "batch",
    (
        Field("name"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("kind", "picklist"),
        Field("curr"),
        Field("period"),
        Field("run_period"),
        Field("run", "int"),
        Field("gl_date", "date"),
        Field("status", "picklist"),
        Field("position", "int", unique=True),
        Field("line_count", "int"),
    ),
    info={"digits": 8},
    indexes=(("status", "org_id", "period"), ("org_id", "run_period", "kind")),
)

# Every column but ``position`` goes on the wire, in this order and under this name.
GL_FIELDS = (
    Field("rc_id", "reference"),
    Field("rc_line_id", "reference"),
    Field("so_num"),
    Field("so_line_id"),
    Field("book"),
    Field("period"),
    Field("gl_date", "date"),
    Field("schedule_type", "picklist"),
    Field("account"),
    Field("currency"),
    Field("entered_dr", "money"),
    Field("entered_cr", "money"),
    Field("func_currency"),
    Field("accounted_dr", "money"),
    Field("accounted_cr", "money"),
    Field("ex_rate", "decimal"),
    Field("je_type", "picklist"),
    Field("org_id", "int"),
    Field("org_code"),
)

GL_LINE = RecordType(
    "gl_line",
    (Field("batch_id", "reference"), Field("position", "int"), *GL_FIELDS),
    key="line_id",
    info={"digits": 12},
    indexes=(("batch_id", "position"),),
)

# A file somebody asked for: ``content`` is its text once it is made.
REPORT = RecordType(
    "report",
    (
        Field("layout"),
        Field("org_code"),
        Field("file_name", unique=True),
        Field("report_date", "date"),
        Field("status", "picklist"),
        Field("position", "int", unique=True),
        Field("made_us", "instant"),
        Field("content"),
    ),
    info={"digits": 8},
    indexes=(("report_date",),),
)
