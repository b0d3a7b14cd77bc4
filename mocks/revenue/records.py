"""Zuora Revenue's records as data: uploads and staged rows, contracts with lines and bills, schedules.

Column names follow the staging tables (revenue-zuora.md sections 5 and 6) where the vendor names them.
"""

from __future__ import annotations

from mocks.kit.records import Field, RecordType
from mocks.revenue.records_journal import BATCH, GL_LINE, REPORT

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
# line the later wins. A file by upload/file has a ``file_name`` of its own, and a ``file_log`` of what is wrong with it
# as a whole; one by csv/upload has neither.
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
        Field("file_name"),
        Field("file_log"),
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
        Field("pob_template", "picklist"),
        Field("ct_mod_date", "date"),
        Field("orig_so_line_id"),
        Field("orig_inv_line_id"),
        Field("credit_rule", "picklist"),
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
        Field("event_percent", "decimal"),
        Field("event_amount", "money"),
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
    Field("pob_template", "picklist"),
)

# ``event_type`` is the event that measures the line's progress. ``reduced`` is what reduction orders took off the
# price. A line that is ``held`` releases nothing: it waits for a decision. Of a prospective modification the line
# keeps what was earned before (``base_amount``), the measure reached by then (``base_done``) and the day.
# ``lead_line_id`` is the line whose progress this one shares, being part of the same obligation.
# In ``info`` of lines: names of the attributes this tenant added to them (``shape.py``).
ATTRIBUTES = "attributes"

RC_LINE = RecordType(
    "rc_line",
    (
        Field("rc_id", "reference", refers_to="rc"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("so_num"),
        Field("so_line_id", unique=True),
        *LINE_FIELDS,
        Field("event_type", "picklist"),
        Field("reduced", "money", default=0),
        Field("held", "bool", default=0),
        Field("lead_line_id", "reference"),
        Field("base_amount", "money"),
        Field("base_done", "decimal"),
        Field("base_date", "date"),
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
        Field("accounted", "money"),
        Field("credit_rule", "picklist"),
        Field("orig_inv_line_id"),
    ),
    info={"digits": 9},
    indexes=(("rc_line_id", "inv_date", "ext_sll_prc"), ("credit_rule", "org_id")),
)

# A reduction order: ``amount`` is what it takes off its order line, above zero.
REDUCTION = RecordType(
    "rc_reduction",
    (
        Field("rc_line_id", "reference", refers_to="rc_line"),
        Field("org_id", "int"),
        Field("so_num"),
        Field("so_line_id", unique=True),
        Field("orig_so_line_id"),
        Field("so_date", "date"),
        Field("amount", "money"),
    ),
    info={"digits": 9},
)

# A change of a contract that had recognised revenue: pending, decided, applied by a period run. ``terms`` are those the
# order row brought, ``applied_terms`` the line's after it was applied.
MODIFICATION = RecordType(
    "modification",
    (
        Field("rc_id", "reference", refers_to="rc"),
        Field("rc_line_id", "reference"),
        Field("org_id", "int"),
        Field("org_code"),
        Field("so_num"),
        Field("so_line_id"),
        Field("ct_mod_date", "date"),
        Field("is_new", "bool"),
        Field("status", "picklist"),
        Field("position", "int", unique=True),
        Field("old_price", "money"),
        Field("new_price", "money"),
        Field("terms", "json"),
        Field("treatment", "picklist"),
        Field("lead_line_id", "reference"),
        Field("separate_line_id"),
        Field("decided_by"),
        Field("decided_us", "instant"),
        Field("applied_period"),
        Field("applied_terms", "json"),
    ),
    info={"digits": 9},
    indexes=(("org_id", "status", "ct_mod_date"), ("rc_line_id", "status"), ("org_id", "applied_period", "treatment")),
)

# Average rate of a month: units of ``to_curr`` per unit of ``from_curr``.
RATE = RecordType(
    "rate",
    (Field("from_curr"), Field("to_curr"), Field("period"), Field("rate", "decimal")),
    info={"digits": 8},
    indexes=(("from_curr", "to_curr", "period"),),
)

STAGE_RATE = RecordType(
    "stage_rate",
    (
        *STAGED,
        Field("from_curr"),
        Field("to_curr"),
        Field("rate_date", "date"),
        Field("rate_type", "picklist"),
        Field("rate", "decimal"),
    ),
    info={"digits": 12},
    indexes=(("processed_flag", "position"), ("from_curr", "to_curr", "rate_date", "processed_flag")),
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
        Field("event_percent", "decimal"),
        Field("event_amount", "money"),
        Field("position", "int"),
    ),
    info={"digits": 12},
    indexes=(("rc_line_id", "event_type", "event_date", "position"),),
)

# Revenue released by line, period and kind, in the line's currency and the organisation's; concessions are negative.
SCHEDULE = RecordType(
    "schedule",
    (
        Field("rc_line_id", "reference"),
        Field("rc_id", "reference", refers_to="rc"),
        Field("org_id", "int"),
        Field("period"),
        Field("kind", "picklist"),
        Field("modification_id", "reference"),
        Field("curr"),
        Field("amount", "money"),
        Field("f_cur"),
        Field("accounted", "money"),
    ),
    info={"digits": 12},
    indexes=(("rc_line_id", "period", "kind"),),
)

# What was left of a foreign contract in the organisation's currency when nothing was left in its own; revenue-signed.
RESIDUE = RecordType(
    "residue",
    (
        Field("rc_id", "reference", refers_to="rc"),
        Field("org_id", "int"),
        Field("period"),
        Field("accounted", "money"),
    ),
    info={"digits": 12},
    indexes=(("org_id", "period"),),
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
    REDUCTION,
    MODIFICATION,
    RATE,
    STAGE_RATE,
    POB_EVENT,
    SCHEDULE,
    RESIDUE,
    NETTING,
    BATCH,
    GL_LINE,
    REPORT,
)

CLIENT_ID = 1
BOOK = "Primary"

# Uploads and staged rows.
RECEIVED, STAGED_STATUS = "Received", "Staged"
PRE_STAGED, FAILED = "Pre-Staged", "Failed"
WAITING, IN_ERROR, COLLECTED = "N", "E", "Y"
ORDER, INVOICE, CREDIT, REDUCTION_ORDER = "SO", "INV", "CM", "RORD"

# What a credit memo is for; the second concession is about what has been delivered alone.
CONCESSION, CONCESSION_DELIVERED, BILLING_ERROR = "CONCESSION", "CONCESSION_DELIVERED", "BILLING_ERROR"
CREDIT_RULES = (CONCESSION, CONCESSION_DELIVERED, BILLING_ERROR)

# Events. The first three are the vendor's, acceptance is this tenant's own.
BUDGETED_HOURS, BUDGETED_COST, REVENUE_EVENT, ACCEPTANCE = "Budgeted Hours", "Budgeted Cost", "Revenue", "Acceptance"
EVENT_TYPES = (BUDGETED_HOURS, BUDGETED_COST, REVENUE_EVENT, ACCEPTANCE)

# Release methods: the POB templates of this tenant.
END_DATE, HOURS, COST = "END_DATE", "PCT_HOURS", "PCT_COST"
RATABLE_DAILY, RATABLE_MONTHLY = "RATABLE_DAILY", "RATABLE_MONTHLY"
MILESTONE, QUANTITY, UPON_BILLING, ESTIMATE = "MILESTONE", "QUANTITY", "UPON_BILLING", "ESTIMATE"
POB_TEMPLATES = (
    END_DATE,
    HOURS,
    COST,
    RATABLE_DAILY,
    RATABLE_MONTHLY,
    MILESTONE,
    QUANTITY,
    UPON_BILLING,
    ESTIMATE,
)

# Modifications.
UNDECIDED, DECIDED, APPLIED = "Pending", "Decided", "Applied"
CATCH_UP, PROSPECTIVE, SEPARATE = "cumulative_catch_up", "prospective", "separate_contract"
TREATMENTS = (CATCH_UP, PROSPECTIVE, SEPARATE)

AVERAGE = "Average"

# Jobs.
PENDING, RUNNING, COMPLETED = "Pending", "Running", "Completed"
CANCELLED, TERMINATED = "Cancelled", "Terminated"

# Periods.
OPEN, PENDING_CLOSE, CLOSED, FUTURE = "Open", "Pending Close", "Closed", "Future"

# Batches.
READY, TRANSFERRED = "READY TO TRANSFER", "TRANSFERRED"
REVENUE, NET, REVERSAL = "Revenue", "Netting", "Netting Reversal"
CATCH_UP_KIND, ESTIMATE_REVERSAL = "Catch-up", "Estimate Reversal"
# Kinds of schedules and ledger lines beside those of the batches.
CONCESSION_KIND, RESIDUE_KIND = "Concession", "FX Residue"
UNBILLED_TYPE, ASSET_TYPE = "Unbilled Receivable", "Contract Asset"

# Accounts of the tenant's configuration (posting-map.md section 2).
UNBILLED_ACCOUNT = "1105"
ASSET_ACCOUNT = "1120"
CONCESSION_ACCOUNT = "4050"
EXCHANGE_ACCOUNT = "7000"
