"""Exchange rates and who works for whom, as data (erp-netsuite.md section 9.4)."""

from __future__ import annotations

from mocks.erp.properties import Property, enum, external_id, record, reference, text

SPOT, AVERAGE, CLOSING = "SPOT", "AVERAGE", "CLOSING"
RATE_TYPES = {SPOT: "Spot", AVERAGE: "Average", CLOSING: "Closing"}

# One unit of ``transactionCurrency`` costs ``exchangeRate`` units of ``baseCurrency``. A correction is a new version.
CURRENCY_RATE = record(
    "currencyRate",
    (
        reference("baseCurrency", "currency", required=True),
        reference("transactionCurrency", "currency", required=True),
        Property("effectiveDate", "date", required=True),
        Property("exchangeRate", "decimal", required=True),
        enum("custrecord_rate_type", RATE_TYPES, default=SPOT),
        Property("custrecord_version", "int", writable=False),
        external_id(),
    ),
)

# What translates one entity's books of a period into another's currency; made by a person, read by queries.
CONSOLIDATED_RATE = record(
    "consolidatedExchangeRate",
    (
        reference("postingPeriod", "accountingPeriod"),
        reference("fromSubsidiary", "subsidiary"),
        reference("toSubsidiary", "subsidiary"),
        reference("fromCurrency", "currency"),
        reference("toCurrency", "currency"),
        Property("currentRate", "decimal"),
        Property("averageRate", "decimal"),
        Property("historicalRate", "decimal"),
        Property("isDerived", "bool", default=1),
        Property("isEliminationSubsidiary", "bool", default=0),
    ),
)

# Ours: who may work for whom and what it costs; NetSuite has intercompany settings on a subsidiary.
INTERCOMPANY_PAIR = record(
    "customrecord_intercompany_pair",
    (
        text("name"),
        reference("custrecord_provider", "subsidiary"),
        reference("custrecord_receiver", "subsidiary"),
        Property("custrecord_markup", "decimal"),
        Property("custrecord_reverse_charge_rate", "decimal"),
    ),
    display=("name",),
)

# Looked up for every foreign document and seldom written: kept in memory between writes.
CURRENCY_MASTERS = (CURRENCY_RATE, CONSOLIDATED_RATE, INTERCOMPANY_PAIR)
