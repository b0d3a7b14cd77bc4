"""The tables SuiteQL sees: views over the stored records, with the vendor's table and lower-case column names.

Money and durations stay integers inside (no REAL columns, design decision 8); ``kind`` says how a value is compared
and printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mocks.erp import (
    records,
    records_currencies,
    records_documents,
    records_orders,
    records_payables,
    records_taxes,
)
from mocks.erp.balances import balance_sql, overdue_sql
from mocks.erp.properties import Property, display_of, properties_of
from mocks.erp.records_orders import BY_MILESTONES
from mocks.kit.records import RecordType

# Kind of a property -> kind of a column.
_KINDS = {
    "text": "text",
    "decimal": "text",
    "enum": "text",
    "reference": "id",
    "date": "date",
    "bool": "bool",
    "money": "money",
    "number": "number",
    "hours": "hours",
    "int": "int",
    "instant": "instant",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: how it compares and prints, its SQL over the source, and what its value refers to or is named."""

    name: str
    kind: str
    sql: str
    targets: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its view, and its columns by name."""

    name: str
    source: str
    columns: Mapping[str, Column]

    @property
    def view(self) -> str:
        """The name of the view."""
        return f"suiteql_{self.name}"

    @property
    def ddl(self) -> str:
        """The statement that makes the view."""
        columns = ", ".join(f'{each.sql} AS "{each.name}"' for each in self.columns.values())
        return f'CREATE VIEW "{self.view}" AS SELECT {columns} FROM "{self.source}" AS r WHERE r."_deleted" = 0'


@dataclass(frozen=True, slots=True)
class _Deletions(Table):
    """What is gone, of every record type that REST deletes: a poll of what was modified never shows it (section 10)."""

    @property
    def ddl(self) -> str:
        each = [
            f'SELECT {", ".join(self._column(column, name) for column in self.columns.values())} FROM "{name}" AS r '
            'WHERE r."_deleted" = 1'
            for name in _DELETED
        ]
        return f'CREATE VIEW "{self.view}" AS {" UNION ALL ".join(each)}'

    def _column(self, column: Column, record_name: str) -> str:
        return f'{column.sql.format(record=record_name)} AS "{column.name}"'


def display_sql(target: str, value: str) -> str:
    """A scalar query for the ``refName`` of the record whose id is the SQL expression ``value``."""
    parts = [f'd."{name}"' for name in display_of(_TYPES[target])]
    joined = " || ' ' || ".join(f"COALESCE({part}, '')" for part in parts)
    return f'(SELECT TRIM({joined}) FROM "{target}" AS d WHERE d."id" = {value})'


def _flag(sql: str) -> str:
    return f"CASE {sql} WHEN 1 THEN 'T' WHEN 0 THEN 'F' END"


def _column(spec: Property, sql: str) -> Column:
    kind = _KINDS[spec.kind]
    return Column(spec.name.lower(), kind, _flag(sql) if kind == "bool" else sql, spec.targets, spec.names)


def _derived(record_type: RecordType) -> list[Column]:
    columns = [Column("id", "id", 'r."id"', (record_type.name,))]
    known = (each for each in properties_of(record_type).values() if each.kind in _KINDS and each.shown)
    columns += [_column(each, f'r."{each.name}"') for each in known]
    columns.append(Column("lastmodifieddate", "instant", 'r."_modified_us"'))
    return columns


def _table(name: str, record_type: RecordType, *more: Column, derived: bool = True) -> Table:
    columns = [*(_derived(record_type) if derived else ()), *more]
    return Table(name, record_type.name, {each.name: each for each in columns})


def _invoice_line(name: str) -> str:
    return (
        f'(SELECT i."{name}" FROM "invoiceLine" AS i WHERE i."invoice" = r."transaction" AND i."line" = r."line" '
        'AND i."_deleted" = 0)'
    )


def _header(name: str) -> str:
    return f'(SELECT t."{name}" FROM "transaction" AS t WHERE t."id" = r."transaction")'


def _of(document: str, name: str) -> str:
    """A field that only one kind of document has, asked of the document when it is wanted."""
    return f'(SELECT k."{name}" FROM "{document}" AS k WHERE k."id" = r."id")'


_CREATED_FROM = f"COALESCE({_of('invoice', 'createdFrom')}, {_of('creditMemo', 'createdFrom')})"
_CREATED = Column("datecreated", "instant", 'r."_created_us"')
_RATE = Column("exchangerate", "text", _header("exchangeRate"))
_NET = 'r."debit" - r."credit"'

_BALANCES = (
    Column("balance", "money", balance_sql('r."id"')),
    Column("overduebalance", "money", overdue_sql('r."id"')),
)

_TAKEN_BY = (
    '(SELECT i."id" FROM "invoiceLine" AS l JOIN "invoice" AS i ON i."id" = l."invoice" '
    'WHERE l."billingSchedule" = r."billingSchedule" AND l."scheduleLine" = r."line" AND i."_deleted" = 0 '
    'AND l."_deleted" = 0 AND i."status" <> \'voided\')'
)


def _next_bill(column: str) -> str:
    taken = _TAKEN_BY.replace('r."', 'n."')
    ready = f'CASE s."scheduleType" WHEN \'{BY_MILESTONES}\' THEN n."completedOn" ELSE n."date" END'
    return (
        f'(SELECT {column.format(ready=ready)} FROM "billingScheduleLine" AS n JOIN "billingSchedule" AS s '
        'ON s."id" = n."billingSchedule" WHERE n."billingSchedule" = r."id" AND n."_deleted" = 0 '
        f'AND {ready} IS NOT NULL AND {taken} IS NULL ORDER BY {ready}, n."line" LIMIT 1)'
    )


_NEXT_BILL = (
    Column("custrecord_next_bill_date", "date", _next_bill("{ready}")),
    Column("custrecord_next_bill_amount", "money", _next_bill('n."amount"')),
)

_DELETED = (
    *(each.name for each in (records.CUSTOMER, records.JOB, records.EMPLOYEE, records_payables.VENDOR)),
    *(each.name for each in (records_documents.TIME_BILL, records_documents.INVOICE_RECORD)),
    *(each.name for each in (records_documents.JOURNAL_RECORD, records_orders.TASK, records_orders.SALES_ORDER)),
    *(each.name for each in (records_orders.SCHEDULE, records_payables.VENDOR_BILL, records_payables.EXPENSE_REPORT)),
)

_TABLES = (
    _table("account", records.ACCOUNT, Column("fullname", "text", 'r."acctName"')),
    _table("accountingperiod", records.PERIOD),
    _table("currency", records.CURRENCY),
    _table("customer", records.CUSTOMER, Column("altname", "text", 'r."companyName"'), _CREATED, *_BALANCES),
    _table("employee", records.EMPLOYEE, _CREATED),
    _table("item", records.ITEM, Column("itemtype", "text", "'Service'")),
    _table(
        "job",
        records.JOB,
        Column("customer", "id", 'r."parent"', ("customer",)),
        Column("altname", "text", 'r."companyName"'),
        _CREATED,
    ),
    _table("subsidiary", records.SUBSIDIARY, Column("fullname", "text", 'r."name"')),
    _table("timebill", records_documents.TIME_BILL, _CREATED),
    _table(
        "transaction",
        records_documents.TRANSACTION,
        Column("transactionnumber", "text", 'r."tranId"'),
        Column("createddate", "instant", 'r."_created_us"'),
        Column("createdfrom", "id", _CREATED_FROM, ("invoice", "salesOrder")),
        Column("custbody_reason", "text", _of("creditMemo", "custbody_reason")),
        Column("custbody_preparer", "text", _of("journalEntry", "custbody_preparer")),
        Column("reversal", "id", _of("journalEntry", "reversalEntry"), ("journalEntry",)),
        Column("reversaldate", "date", _of("journalEntry", "reversalDate")),
    ),
    _table(
        "transactionline",
        records_documents.TRANSACTION_LINE,
        Column("transaction", "id", 'r."transaction"', ("transaction",)),
        Column("id", "int", 'r."line"'),
        Column("uniquekey", "id", 'r."id"'),
        Column("linesequencenumber", "int", 'r."line"'),
        Column("mainline", "bool", _flag('r."line" = 0')),
        Column("subsidiary", "id", 'r."subsidiary"', ("subsidiary",)),
        Column("entity", "id", 'r."entity"', records.ENTITIES),
        Column("item", "id", _invoice_line("item"), ("serviceSaleItem",)),
        Column("quantity", "number", _invoice_line("quantity")),
        Column("rate", "money", _invoice_line("rate")),
        Column("netamount", "money", _NET),
        Column("foreignamount", "money", 'r."foreignAmount"'),
        Column("currency", "id", 'r."foreignCurrency"', ("currency",)),
        _RATE,
        Column("memo", "text", 'r."memo"'),
        Column("taxcode", "id", 'r."taxCode"', ("salesTaxItem",)),
        Column("custcol_open_item", "text", 'r."openItem"'),
        Column("custcol_to_subsidiary", "id", 'r."toSubsidiary"', ("subsidiary",)),
        Column("custcol_customer", "id", 'r."customer"', ("customer",)),
        Column("custcol_engagement", "id", 'r."job"', ("job",)),
        Column("custcol_contract_line", "text", 'r."contractLine"'),
        Column("custcol_employee", "id", 'r."employee"', ("employee",)),
        Column("custcol_service_date", "date", 'r."serviceDate"'),
        Column("custcol_source_system", "text", 'r."sourceSystem"'),
        Column("custcol_source_id", "text", 'r."sourceId"'),
        Column("custcol_source_line", "text", 'r."sourceLine"'),
        Column("custcol_poster", "text", 'r."poster"'),
        derived=False,
    ),
    _table(
        "transactionaccountingline",
        records_documents.TRANSACTION_LINE,
        Column("transaction", "id", 'r."transaction"', ("transaction",)),
        Column("transactionline", "int", 'r."line"'),
        Column("accountingbook", "id", "'1'"),
        Column("account", "id", 'r."account"', ("account",)),
        Column("posting", "bool", "'T'"),
        Column("debit", "money", 'NULLIF(r."debit", 0)'),
        Column("credit", "money", 'NULLIF(r."credit", 0)'),
        Column("amount", "money", _NET),
        Column("netamount", "money", _NET),
        _RATE,
        Column("amountpaid", "money", f'CASE r."line" WHEN 0 THEN {_header("foreignAmountPaid")} END'),
        Column("amountunpaid", "money", f'CASE r."line" WHEN 0 THEN {_header("foreignAmountUnpaid")} END'),
        derived=False,
    ),
    _table("customrecord_standard_cost", records.STANDARD_COST),
    _table("vendor", records_payables.VENDOR, Column("altname", "text", 'r."companyName"'), _CREATED),
    _table("projecttask", records_orders.TASK, _CREATED),
    _table("billingschedule", records_orders.SCHEDULE, *_NEXT_BILL, _CREATED),
    _table("billingscheduleline", records_orders.SCHEDULE_LINE, Column("invoice", "id", _TAKEN_BY, ("invoice",))),
    _table("salesorderline", records_orders.ORDER_LINE),
    _table("expensecategory", records_payables.CATEGORY),
    _table("expenseline", records_payables.EXPENSE_LINE, _CREATED),
    _table("salestaxitem", records_taxes.TAX_ITEM),
    _table("customrecord_tax_rule", records_taxes.TAX_RULE),
    _table("currencyrate", records_currencies.CURRENCY_RATE),
    _table("consolidatedexchangerate", records_currencies.CONSOLIDATED_RATE),
    _table("customrecord_intercompany_pair", records_currencies.INTERCOMPANY_PAIR),
    _table("bankstatementline", records_documents.BANK_LINE, _CREATED),
    _Deletions(
        "deletedrecord",
        "",
        {
            "type": Column("type", "text", "'{record}'"),
            "recordid": Column("recordid", "id", 'r."id"'),
            "deleteddate": Column("deleteddate", "instant", 'r."_modified_us"'),
        },
    ),
)

_TYPES: dict[str, RecordType] = {each.name: each for each in records_documents.ALL}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The tables of an account by name. Two are the same only when they are one: translations are kept by it."""

    tables: Mapping[str, Table]

    @property
    def views(self) -> tuple[str, ...]:
        """The statements that make the views."""
        return tuple(each.ddl for each in self.tables.values())


STANDARD_CATALOGUE = Catalogue({each.name: each for each in _TABLES})


def with_fields(added: Mapping[str, Iterable[Property]]) -> Catalogue:
    """The tables of an account with more fields, by record type; those of documents are columns of transaction."""
    tables = dict(STANDARD_CATALOGUE.tables)
    documents: dict[str, list[tuple[str, Property]]] = {}
    for name, properties in added.items():
        own = next((key for key, each in tables.items() if each.source == name and "id" in each.columns), None)
        for each in properties:
            if own is None:
                documents.setdefault(each.name, []).append((name, each))
            else:
                tables[own] = _with_column(tables[own], _column(each, f'r."{each.name}"'))
    for found in documents.values():
        values = ", ".join(_of(name, each.name) for name, each in found)
        sql = f"COALESCE({values})" if len(found) > 1 else values
        tables["transaction"] = _with_column(tables["transaction"], _column(found[0][1], sql))
    return Catalogue(tables)


def _with_column(table: Table, column: Column) -> Table:
    return replace(table, columns={**table.columns, column.name: column})
