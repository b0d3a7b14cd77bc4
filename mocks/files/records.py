"""What the partners keep: files in folders, the bank's accounts, lines and statements, the payroll's runs."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

# ``path`` is partner/folder/name; ``written_us`` the moment the file appeared.
FILE = RecordType(
    "file",
    (
        Field("path", external_id=True),
        Field("folder"),
        Field("name"),
        Field("content"),
        Field("size", "int"),
        Field("sha256"),
        Field("written_us", "instant"),
    ),
    indexes=(("folder", "written_us", "name"),),
)

ACCOUNT = RecordType(
    "bank_account",
    (
        Field("code", external_id=True),
        Field("entity"),
        Field("currency"),
        Field("country"),
        Field("zone"),
        # What stands in the name of its statements: the entity, with the account where an entity has several.
        Field("file_stem"),
        # Closing balance and number of the last statement.
        Field("balance", "money"),
        Field("statement_number", "int", default=0),
    ),
)

# ``amount`` is what was credited, ``fee`` what the bank kept of the remitted sum.
LINE = RecordType(
    "bank_line",
    (
        Field("account"),
        Field("booked_on", "date"),
        Field("value_date", "date"),
        Field("amount", "money"),
        Field("fee", "money"),
        Field("currency"),
        Field("remitter"),
        Field("reference"),
    ),
    indexes=(("account", "booked_on"),),
)

STATEMENT = RecordType(
    "bank_statement",
    (
        Field("account"),
        Field("day", "date"),
        Field("number", "int"),
        Field("opening", "money"),
        Field("closing", "money"),
        Field("count", "int"),
        Field("control_total", "money"),
        Field("file_name"),
    ),
    indexes=(("account", "day"),),
)

DELAY = RecordType(
    "statement_delay",
    (Field("account"), Field("day", "date"), Field("until_us", "instant")),
    indexes=(("account", "day"),),
)

PAYROLL_ENTITY = RecordType(
    "payroll_entity",
    (
        Field("code", external_id=True),
        Field("currency"),
        Field("country"),
        Field("zone"),
        Field("periods_per_year", "int"),
    ),
)

PERIOD = RecordType(
    "pay_period",
    (
        Field("entity"),
        Field("start", "date"),
        Field("end", "date"),
        Field("pay_day", "date"),
    ),
    indexes=(("entity", "end"),),
)

EMPLOYEE = RecordType(
    "payroll_employee",
    (
        Field("employee_id", external_id=True),
        Field("entity"),
        Field("annual_gross", "money"),
        Field("first_day", "date"),
        Field("last_day", "date"),
    ),
    indexes=(("entity",),),
)

# What became of a time file: ``status`` accepted or rejected, ``problems`` how many reasons its result names.
DELIVERY = RecordType(
    "time_delivery",
    (
        Field("file_name", external_id=True),
        Field("entity"),
        Field("period_start", "date"),
        Field("period_end", "date"),
        Field("status", "picklist"),
        Field("count", "int"),
        Field("minutes", "minutes"),
        Field("problems", "int", default=0),
    ),
    indexes=(("entity", "period_end", "status"),),
)

RUN = RecordType(
    "payroll_run",
    (
        Field("entity"),
        Field("period_start", "date"),
        Field("period_end", "date"),
        Field("currency"),
        Field("employees", "int"),
        Field("gross", "money"),
        Field("file_name", external_id=True),
    ),
    indexes=(("entity", "period_end"),),
)

JOURNAL_LINE = RecordType(
    "payroll_journal_line",
    (
        Field("run", "reference", refers_to="payroll_run"),
        Field("account"),
        Field("debit", "money"),
        Field("credit", "money"),
        Field("period"),
    ),
)

ALL = (
    FILE,
    ACCOUNT,
    LINE,
    STATEMENT,
    DELAY,
    PAYROLL_ENTITY,
    PERIOD,
    EMPLOYEE,
    DELIVERY,
    RUN,
    JOURNAL_LINE,
)

ACCEPTED = "accepted"
REJECTED = "rejected"
