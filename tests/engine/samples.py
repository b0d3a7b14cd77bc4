"""One of each thing the engine works with, as no system knows it yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sandbox.core.periods import Period
from sandbox.engine.canonical import BankLine, Batch, BatchLine, Deal, DealLine, FixedItem, PreBill, TimeEntry, Worker
from sandbox.engine.connectors.revenue import Bill, Obligation

DEAL = Deal(
    code="ENG-09",
    native_id="006A00000000001AAA",
    name="Signal works",
    stage="won",
    kind="time_and_materials",
    entity="UK",
    currency="GBP",
    amount=Decimal("1200.00"),
    start=date(2026, 1, 19),
    end=date(2026, 2, 27),
    client_code="CL-009",
    client_id="001A00000000001AAA",
    client_name="Ferry Line plc",
    client_country="GB",
    client_vat="GB123456789",
    lines=(DealLine("ENG-09-L1", "00kA00000000001AAA", Decimal("1200.00"), 600),),
)
WORKER = Worker("W-0009", "Ada", "Quill", "ada.quill@x.example", "analyst", "UK", date(2026, 1, 5), None)
ENTRY = TimeEntry(
    entry_id="5025892979",
    workspace_id="1",
    story_id="1",
    user_id="1",
    role_id="1",
    on=date(2026, 1, 20),
    minutes=400,
    billable=True,
    rate=Decimal("85.00"),
    currency="GBP",
    submission_id="1",
    approved_us=0,
)
BILL = PreBill(
    invoice_id="7700001",
    workspace_id="1",
    title="ENG-09 2026-01",
    draft=False,
    cancelled=False,
    on=date(2026, 1, 26),
    currency="GBP",
    terms_days=14,
    entry_ids=(),
    items=(FixedItem("1", Decimal("100.00"), "first part"),),
    number=None,
)
# 100.00 and 20% tax.
PAID = BankLine("BL-1", date(2026, 1, 28), Decimal("120.00"), "GBP", "", "Ferry Line plc")
BATCH = Batch(
    batch_id="51",
    entity="UK",
    currency="GBP",
    period=Period(2026, 1),
    on=date(2026, 1, 31),
    lines=(
        BatchLine("1", "2100", Decimal("566.67"), Decimal(0), "ENG-09", "ENG-09-L1-2026-01"),
        BatchLine("2", "4000", Decimal(0), Decimal("566.67"), "ENG-09", "ENG-09-L1-2026-01"),
    ),
)

# Hours of January at 85.00, and a fixed fee of 9,000.00 over three months.
HOURS = Obligation(
    obligation="ENG-09-L1-2026-01",
    engagement="ENG-09",
    entity="UK",
    client_code="CL-009",
    client_name='Ferry, Line & "Sons" plc',
    currency="GBP",
    item="TM",
    amount=Decimal("566.67"),
    first=date(2026, 1, 1),
    last=date(2026, 1, 31),
    signed=date(2026, 1, 19),
    right_to_bill=True,
    revenue_account="4000",
    position_account="2100",
)
FEE = replace(
    HOURS,
    obligation="ENG-08-L1",
    engagement="ENG-08",
    item="FF",
    amount=Decimal("9000.00"),
    first=date(2026, 1, 5),
    last=date(2026, 3, 31),
    right_to_bill=False,
    revenue_account="4010",
)
BILLED = Bill("77-ENG-09-L1-2026-01", HOURS, Decimal("566.67"), date(2026, 1, 26), "INV7")
