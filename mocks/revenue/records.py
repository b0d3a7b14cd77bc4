"""Zuora Revenue's records as data: uploads and staged rows, contracts with lines and bills, schedules, batches.

Column names follow the staging tables (revenue-zuora.md sections 5 and 6) where the vendor names them.
"""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

ORG = RecordType(
    "org",
    (Field("org_id", "int", unique=True), Field("code", unique=True), Field("name"), Field("currency")),
    info={"digits": 6},
)

PERIOD = RecordType(
    "period",
    (Field("org_id", "int"), Field("name"), Field("status", "picklist")),
    info={"digits": 8},
    indexes=(("org_id", "name"),),
)

# ``content`` holds the rows until they are staged. ``position`` is the order of arrival: of two rows about one order
# line the later wins.
UPLOAD = RecordType(
    "upload",
    (
        Field("template"),
        Field("filename", unique=True),
        Field("status", "picklist"),
        Field("position", "int", unique=True),
        Field("row_count", "int"),
        Field("error_count", "int", default=0),
        Field("content", "json"),
    ),
    info={"digits": 8},
)

STAGED = (
    Field("upload_id", "reference", refers_to="upload"),
    Field("position", "int"),
    Field("processed_flag", "picklist"),
    Field("err_msg"),
    Field("job_id", "reference"),
)

STAGE_TXN = RecordType(
    "stage_txn",
    (
        *STAGED,
        Field("type", "picklist"),
        Field("org_id", "int"),
        Field("business_unit"),
        Field("so_num"),
        Field("so_line_id"),
        Field("so_date", "date"),
        Field("cust_num"),
        Field("cstmr_nm"),
        Field("curr"),
        Field("f_cur"),
        Field("f_ex_rate", "decimal"),
        Field("item_num"),
        Field("ord_qty", "decimal"),
        Field("ext_lst_prc", "money"),
        Field("ext_sll_prc", "money"),
        Field("start_date", "date"),
        Field("end_date", "date"),
        Field("right_to_bill", "picklist"),
        Field("rev_segments"),
        Field("def_segments"),
        Field("inv_num"),
        Field("inv_line_id"),
        Field("inv_line_num"),
        Field("inv_date", "date"),
        Field("inv_qty", "decimal"),
    ),
    info={"digits": 12},
    indexes=(
        ("so_line_id", "type", "processed_flag", "position"),
        ("so_num", "org_id", "type", "processed_flag"),
        ("inv_line_id", "type", "processed_flag"),
        ("processed_flag", "org_id", "position"),
    ),
)

STAGE_EVT = RecordType(
    "stage_evt",
    (
        *STAGED,
        Field("event_type", "picklist"),
        Field("so_line_id"),
        Field("event_date", "date"),
        Field("completed_qty", "decimal"),
        Field("total_qty", "decimal"),
        Field("org_code"),
    ),
    info={"digits": 12},
    indexes=(("processed_flag", "position"), ("so_line_id", "event_date", "processed_flag")),
)

JOB = RecordType(
    "job",
    (
        Field("program_name"),
        Field("template_name"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("status", "picklist"),
        Field("actual_start_us", "instant"),
        Field("actual_end_us", "instant"),
        Field("message"),
        Field("error_message"),
    ),
    info={"digits": 7},
    indexes=(("org_id", "status"),),
)

RC = RecordType(
    "rc",
    (
        Field("org_id", "int"),
        Field("org_code"),
        Field("so_num"),
        Field("cust_num"),
        Field("cstmr_nm"),
        Field("curr"),
        Field("f_cur"),
        Field("f_ex_rate", "decimal"),
        Field("def_segments"),
    ),
    info={"digits": 8},
    indexes=(("org_id", "so_num"),),
)

# What an order row sets on its line; uploading the line again replaces all of it.
LINE_FIELDS = (
    Field("so_date", "date"),
    Field("item_num"),
    Field("ord_qty", "decimal"),
    Field("ext_lst_prc", "money"),
    Field("ext_sll_prc", "money"),
    Field("start_date", "date"),
    Field("end_date", "date"),
    Field("right_to_bill", "picklist"),
    Field("rev_segments"),
    Field("def_segments"),
    Field("cust_num"),
    Field("cstmr_nm"),
    Field("curr"),
    Field("f_cur"),
    Field("f_ex_rate", "decimal"),
)

RC_LINE = RecordType(
    "rc_line",
    (
        Field("rc_id", "reference", refers_to="rc"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("so_num"),
        Field("so_line_id", unique=True),
        *LINE_FIELDS,
    ),
    info={"digits": 9},
    indexes=(("org_id", "so_num", "so_line_id"),),
)

RC_BILL = RecordType(
    "rc_bill",
    (
        Field("rc_id", "reference", refers_to="rc"),
        Field("rc_line_id", "reference"),
        Field("org_id", "int"),
        Field("so_num"),
        Field("so_line_id"),
        Field("inv_num"),
        Field("inv_line_id", unique=True),
        Field("inv_line_num"),
        Field("inv_date", "date"),
        Field("inv_qty", "decimal"),
        Field("ext_sll_prc", "money"),
        Field("curr"),
        Field("f_cur"),
        Field("f_ex_rate", "decimal"),
    ),
    info={"digits": 9},
    indexes=(("rc_line_id", "inv_date", "ext_sll_prc"),),
)

POB_EVENT = RecordType(
    "pob_event",
    (
        Field("rc_line_id", "reference"),
        Field("org_id", "int"),
        Field("so_line_id"),
        Field("event_type", "picklist"),
        Field("event_date", "date"),
        Field("completed_qty", "decimal"),
        Field("total_qty", "decimal"),
        Field("position", "int"),
    ),
    info={"digits": 12},
    indexes=(("rc_line_id", "event_date", "position"),),
)

# Revenue released by line and period, in the line's currency and the organisation's.
SCHEDULE = RecordType(
    "schedule",
    (
        Field("rc_line_id", "reference"),
        Field("rc_id", "reference", refers_to="rc"),
        Field("org_id", "int"),
        Field("period"),
        Field("curr"),
        Field("amount", "money"),
        Field("f_cur"),
        Field("accounted", "money"),
    ),
    info={"digits": 12},
    indexes=(("rc_line_id", "period"),),
)

# What netting has moved out of the contract position for a period: the unbilled receivable and the contract asset.
NETTING = RecordType(
    "netting",
    (
        Field("rc_id", "reference"),
        Field("org_id", "int"),
        Field("period"),
        Field("curr"),
        Field("unbilled", "money"),
        Field("asset", "money"),
        Field("f_cur"),
        Field("accounted_unbilled", "money"),
        Field("accounted_asset", "money"),
    ),
    info={"digits": 12},
    indexes=(("rc_id", "period"), ("org_id", "period")),
)

BATCH = RecordType(
    "batch",
    (
        Field("name"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("kind", "picklist"),
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

ALL = (
    ORG,
    PERIOD,
    UPLOAD,
    STAGE_TXN,
    STAGE_EVT,
    JOB,
    RC,
    RC_LINE,
    RC_BILL,
    POB_EVENT,
    SCHEDULE,
    NETTING,
    BATCH,
    GL_LINE,
)

CLIENT_ID = 1
BOOK = "Primary"

# Uploads and staged rows.
RECEIVED, STAGED_STATUS = "Received", "Staged"
WAITING, IN_ERROR, COLLECTED = "N", "E", "Y"
ORDER, INVOICE = "SO", "INV"
BUDGETED_HOURS = "Budgeted Hours"

# Jobs.
PENDING, RUNNING, COMPLETED = "Pending", "Running", "Completed"

# Periods.
OPEN, CLOSED, FUTURE = "Open", "Closed", "Future"

# Batches.
READY, TRANSFERRED = "READY TO TRANSFER", "TRANSFERRED"
REVENUE, NET, REVERSAL = "Revenue", "Netting", "Netting Reversal"
UNBILLED_TYPE, ASSET_TYPE = "Unbilled Receivable", "Contract Asset"

# Accounts of the tenant's configuration (posting-map.md section 2).
UNBILLED_ACCOUNT = "1105"
ASSET_ACCOUNT = "1120"
