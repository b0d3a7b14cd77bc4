"""Tax codes and the rules that choose one, as finance has set them up (erp-netsuite.md section 9.4)."""

from __future__ import annotations

from mocks.erp.properties import Property, external_id, record, reference, text

# The record of the older tax features; its rate is per cent. Fields beyond name and rate are assumed.
TAX_ITEM = record(
    "salesTaxItem",
    (
        text("itemId", unique=True),
        text("description"),
        Property("rate", "decimal"),
        text("country"),
        Property("isInactive", "bool", default=0),
        external_id(),
    ),
    display=("itemId",),
)

# Ours: the vendor's engine decides by nexus and schedule, of which little is public.
TAX_RULE = record(
    "customrecord_tax_rule",
    (
        text("name"),
        text("custrecord_supplier_country"),
        text("custrecord_customer_country"),
        text("custrecord_state"),
        Property("custrecord_needs_vat_id", "bool"),
        reference("custrecord_tax_code", "salesTaxItem"),
        Property("custrecord_effective", "date"),
        Property("isInactive", "bool", default=0),
    ),
    display=("name",),
)
