"""Billing milestones and additional invoice lines, as data."""

from __future__ import annotations

from mocks.psa import present_billing, records
from mocks.psa.associations import BelongsTo, Listed
from mocks.psa.query import dates_between, equals, whatever
from mocks.psa.records_billing import ADDITIONAL_ITEM, BILLING_MILESTONE
from mocks.psa.resource import Resource, references

BILLING_MILESTONES = Resource(
    "billing_milestones",
    BILLING_MILESTONE,
    present_billing.billing_milestone,
    "billing milestone",
    "BillingMilestone",
    filters={
        "workspace_ids": equals("workspace_id"),
        "workspace_id": equals("workspace_id"),
        "story_ids": equals("story_id"),
        "date_between": dates_between("date_to_invoice"),
        "uninvoiced": whatever("invoice_id IS NULL"),
    },
    default_order="created_at:desc",
    associations={
        "workspace": BelongsTo(records.WORKSPACE, "workspace_id"),
        "story": BelongsTo(records.STORY, "story_id"),
        "invoices": Listed(
            records.INVOICE, "invoice_ids", lambda store, row: [row["invoice_id"]] if row["invoice_id"] else []
        ),
        "external_references": references("BillingMilestone"),
    },
)
ADDITIONAL_ITEMS = Resource(
    "additional_items",
    ADDITIONAL_ITEM,
    present_billing.additional_item,
    "additional item",
    filters={"invoice_id": equals("invoice_id"), "workspace_id": equals("workspace_id")},
)

ALL = (BILLING_MILESTONES, ADDITIONAL_ITEMS)
