"""The books of one tenant as rules see them: rows, periods, rates and what is due later. No HTTP.

Master data is looked up for every document and seldom written, so it is kept in memory between writes. A running
transaction that wrote master data reads from the store until it has ended, whichever way it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from mocks.erp import errors
from mocks.erp.properties import required_of
from mocks.erp.rates import RateTable
from mocks.erp.records import MASTERS
from mocks.erp.records_currencies import CURRENCY_MASTERS
from mocks.erp.records_documents import APPROVED
from mocks.kit.agenda import Agenda
from mocks.kit.store import Clash, Store
from sandbox.core.clock import MINUTE_US, Clock, moment
from sandbox.core.errors import HarnessError
from sandbox.core.ids import numeric_id
from sandbox.core.money import SCALE_PLACES, exponent, from_scaled, plain
from sandbox.core.observe import Change, Row

POST_TIME = "post_time"
# How long after an approval the posting job runs: assumed, so that a batch of approvals makes one journal.
POST_TIME_DELAY_US = 5 * MINUTE_US

# The largest amount of a field or document, at 1e-4 (a million millions): sums of thousands still fit 64 bits.
AMOUNT_MAX = 10**16

_MASTER_NAMES = frozenset(each.name for each in (*MASTERS, *CURRENCY_MASTERS))


class Books:
    """Store, agenda and clock of the mock, with the look-ups that documents need."""

    def __init__(self, store: Store, agenda: Agenda, clock: Clock, seed_label: str) -> None:
        self.store = store
        self.agenda = agenda
        self.clock = clock
        # Whether an accountant at the screen is writing, whom a soft close does not stop.
        self.accountant = False
        self._seed_label = seed_label
        self._kept: dict[tuple[str, ...], Any] = {}
        self._searches: dict[tuple[str, str], str] = {}
        self._dirty = False

    # -- looking up -----------------------------------------------------------------------------------------------

    def row(self, type_name: str, record_id: str) -> Row | None:
        """A live row by id."""
        return self.by(type_name, "id", record_id)

    def by(self, type_name: str, field: str, value: str) -> Row | None:
        """The live row with a unique value. Rows of master data are shared: never change one in place."""
        if type_name not in _MASTER_NAMES or not self._clean():
            return self._stored(type_name, field, value)
        found: Row | None = self._kept.get((type_name, field, value))
        if found is None:
            found = self._stored(type_name, field, value)
            if found is not None:
                self._kept[type_name, field, value] = found
        return found

    def _stored(self, type_name: str, field: str, value: str) -> Row | None:
        # Every upsert looks up its external id: a statement of its own costs half of the store's general search.
        columns = self.store.types[type_name].columns
        sql = self._searches.get((type_name, field))
        if sql is None:
            names = ", ".join(f'"{name}"' for name in columns)
            sql = f'SELECT {names} FROM "{type_name}" WHERE "{field}" = ? AND "_deleted" = 0'
            self._searches[type_name, field] = sql
        rows = self.store.read(sql, (value,))
        return dict(zip(columns, rows[0], strict=True)) if rows else None

    def known(self, type_name: str, record_id: str) -> Row:
        """A row that must be there because a stored row refers to it."""
        found = self.row(type_name, record_id)
        if found is None:
            raise HarnessError(f"{type_name} {record_id} is referred to and is not there")
        return found

    def account(self, number: str) -> str:
        """The id of a ledger account; every tenant has the chart of accounting.md section 1."""
        found = self.by("account", "acctNumber", number)
        if found is None:
            raise HarnessError(f"the chart of accounts has no {number}")
        return str(found["id"])

    def places(self, currency_id: str) -> int:
        """Decimals of a currency."""
        return exponent(self.known("currency", currency_id)["symbol"])

    def periods(self) -> list[Row]:
        """Accounting periods, earliest first."""
        kept: list[Row] = self._keep(("periods",), lambda: self.store.find("accountingPeriod", order='"startDate"'))
        return kept

    def period_of(self, day: str) -> Row | None:
        """The period a date lies in."""
        return next((each for each in self.periods() if each["startDate"] <= day <= each["endDate"]), None)

    def rates(self) -> RateTable:
        """Every exchange rate in force."""
        table: RateTable = self._keep(("rates",), lambda: RateTable(self.store.find("currencyRate")))
        return table

    def intercompany(self) -> dict[tuple[str, str], Row]:
        """Who may work for whom: (provider, receiver) -> terms; empty when the tenant has no such table."""
        pairs: dict[tuple[str, str], Row] = self._keep(("pairs",), self._intercompany)
        return pairs

    def may_charge(self, provider: str, receiver: str) -> bool:
        """Whether a subsidiary may bear cost of another's project: always without a table of pairs, else by it."""
        return provider == receiver or not self.intercompany() or (provider, receiver) in self.intercompany()

    def _intercompany(self) -> dict[tuple[str, str], Row]:
        rows = self.store.find("customrecord_intercompany_pair", order='"name"')
        return {(row["custrecord_provider"], row["custrecord_receiver"]): row for row in rows}

    def standard_cost(self, role: str | None, subsidiary_id: str, day: str) -> int | None:
        """Loaded cost per hour at 1e-4, valid on a day; None where finance has set none."""
        dated = self._keep(("costs",), self._standard_costs).get((role, subsidiary_id), [])
        return next((cost for effective, cost in reversed(dated) if effective <= day), None)

    def _standard_costs(self) -> dict[tuple[str | None, str], list[tuple[str, int]]]:
        table: dict[tuple[str | None, str], list[tuple[str, int]]] = {}
        for each in self.store.find("customrecord_standard_cost", {"isInactive": 0}, order='"custrecord_effective"'):
            dated = table.setdefault((each["custrecord_role"], each["custrecord_subsidiary"]), [])
            dated.append((each["custrecord_effective"], each["custrecord_cost"]))
        return table

    def tax_rules(self, country: str) -> list[Row]:
        """The tax rules of entities in a country, ever; none where the tenant's table does not name it."""
        kept: dict[str, list[Row]] = self._keep(("tax rules",), self._tax_rules)
        return kept.get(country, [])

    def _tax_rules(self) -> dict[str, list[Row]]:
        table: dict[str, list[Row]] = {}
        for each in self.store.find("customrecord_tax_rule", {"isInactive": 0}, order='"name"'):
            table.setdefault(each["custrecord_supplier_country"], []).append(each)
        return table

    # -- time -----------------------------------------------------------------------------------------------------

    def today(self) -> date:
        """The account's business date: UTC (assumed)."""
        return moment(self.clock.epoch, self.clock.now_us()).date()

    def plan_post_time(self) -> None:
        """Post approved time a little later; one planned run at a time."""
        if not self.agenda.planned(POST_TIME):
            self.agenda.add(self.clock.now_us() + POST_TIME_DELAY_US, POST_TIME)

    def unposted_time(self) -> list[Row]:
        """Approved time that is not in the ledger yet, by service date."""
        # The literals let SQLite use the partial index.
        unposted = f'"approvalStatus" = \'{APPROVED}\' AND "posted" = 0 AND "_deleted" = 0'
        return self.store.select(f'SELECT * FROM "timeBill" WHERE {unposted} ORDER BY "tranDate", "id"')

    # -- writing --------------------------------------------------------------------------------------------------

    def insert(self, type_name: str, values: Mapping[str, Any], label: str | None = None) -> Row:
        """Add a row; the id derives from the external id, else from ``label`` or the content.

        Raises ErpRefusal when a unique value is taken.
        """
        external_id = values.get("externalId")
        if external_id and label is None:
            label = f"external id {external_id}"
        self._touch(type_name)
        try:
            return self.store.insert(type_name, values, label)
        except Clash as clash:
            raise errors.already_exists(self.store.types[type_name]) from clash

    def update(self, type_name: str, record_id: str, values: Mapping[str, Any], before: Row | None = None) -> Row:
        """Write fields of a row, which is as ``before`` for a caller who has just read it; raises ErpRefusal when a
        unique value is taken."""
        self._touch(type_name)
        try:
            return self.store.update(type_name, record_id, values, before)
        except Clash as clash:
            raise errors.already_exists(self.store.types[type_name]) from clash

    def delete(self, type_name: str, record_id: str) -> None:
        """Remove a live row."""
        self._touch(type_name)
        self.store.delete(type_name, record_id)

    def number_for(self, type_name: str, label: str) -> str:
        """An entity number nobody has: derived, so that leaving one record out moves no other."""
        for attempt in range(100):
            number = numeric_id(self._seed_label, "erp", "number", type_name, label, str(attempt), digits=6)
            if self.store.one(type_name, {"entityId": number}) is None:
                return number
        raise HarnessError(f"no number left for {type_name} {label!r}")

    def next_sequence(self, type_name: str, subsidiary_id: str) -> int:
        """One more than the highest number ever given in a series, deleted documents included (O24)."""
        sql = f'SELECT max("sequence") FROM "{type_name}" WHERE "subsidiary" = ?'
        ((highest,),) = self.store.read(sql, (subsidiary_id,))
        return int(highest or 0) + 1

    def document_number(self, prefix: str, label: str) -> str:
        """The number of a document whose series need not be gap-free."""
        return prefix + numeric_id(self._seed_label, "erp", "number", prefix, label, digits=8)

    @contextmanager
    def as_accountant(self) -> Iterator[None]:
        """Postings of this block are an accountant's."""
        self.accountant = True
        try:
            yield
        finally:
            self.accountant = False

    # -- what is kept in memory -----------------------------------------------------------------------------------

    def noticed(self, changes: Iterable[Change]) -> None:
        """Changes of the running transaction, whoever wrote them."""
        for change in changes:
            self._touch(change.record_type)

    def forget(self) -> None:
        """The database was replaced."""
        self._kept.clear()

    def _touch(self, type_name: str) -> None:
        if type_name in _MASTER_NAMES:
            self._dirty = True

    def _clean(self) -> bool:
        if self._dirty:
            if self.store.changes:
                return False
            self._dirty = False
            self._kept.clear()
        return True

    def _keep(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        if not self._clean():
            return make()
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def require(store: Store, type_name: str, values: Mapping[str, Any]) -> None:
    """Raises ErpRefusal naming every required field without a value."""
    absent = [
        spoken
        for name, spoken in required_of(store.types[type_name]).items()
        if values.get(name) is None or values[name] == ""
    ]
    if absent:
        raise errors.missing(absent)


def differing(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not what the row already holds."""
    return {name: value for name, value in values.items() if row[name] != value}


def _step(places: int) -> int:
    step: int = 10 ** (SCALE_PLACES - places)
    return step


def within(amount: int, places: int) -> bool:
    """Whether an amount at 1e-4 has no more decimals than its currency."""
    return amount % _step(places) == 0


def scaled_of_minor(minor: int, places: int) -> int:
    """An amount at 1e-4 of minor units."""
    return minor * _step(places)


def shown(amount: int) -> str:
    """An amount at 1e-4 as text with two decimals at least."""
    return plain(from_scaled(amount))


def percent(fraction: str) -> Decimal:
    """A fraction as per cent."""
    return (Decimal(fraction) * 100).normalize() + 0
