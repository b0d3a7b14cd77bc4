"""Kantata's records of billing beyond the invoice itself: milestones, additional lines, time moved between projects."""

from __future__ import annotations

from mocks.kit.records import Field, RecordType

FIXED_DATE, UPON_COMPLETION = "fixed_date", "upon_completion"
BILLING_TYPES = (FIXED_DATE, UPON_COMPLETION)

BILLING_MILESTONE = RecordType(
    "billing_milestone",
    (
        Field("workspace_id", "reference", refers_to="workspace"),
        Field("title"),
        Field("billing_type", "picklist", choices=BILLING_TYPES),
        Field("date_to_invoice", "date"),
        Field("amount", "money"),
        Field("currency"),
        Field("story_id", "reference", refers_to="story"),
        Field("invoice_id", "reference", refers_to="invoice"),
    ),
)

ADDITIONAL_ITEM = RecordType(
    "additional_item",
    (
        Field("invoice_id", "reference", refers_to="invoice"),
        Field("workspace_id", "reference"),
        Field("story_id", "reference"),
        Field("notes"),
        Field("amount", "money"),
        Field("currency"),
        Field("taxable", "bool"),
        # Ours: why a person wrote a draft down; blank on a line that came through the API.
        Field("write_down_reason"),
        # Ours: the billed time a credit note gives back.
        Field("time_entry_id", "reference", refers_to="time_entry"),
    ),
)

# Ours: the trail of an entry that a person moved to another project.
TIME_TRANSFER = RecordType(
    "time_transfer",
    (
        Field("time_entry_id", "reference", refers_to="time_entry"),
        Field("from_workspace_id", "reference"),
        Field("from_story_id", "reference"),
        Field("to_workspace_id", "reference"),
        Field("to_story_id", "reference"),
        Field("reason"),
    ),
)

ALL = (BILLING_MILESTONE, ADDITIONAL_ITEM, TIME_TRANSFER)

INDEXES = ('CREATE INDEX "billing_milestone.updated" ON billing_milestone(_modified_us)',)
