"""A case to judge: plan, interface contract, history and final states, with the look-ups every check needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from sandbox.checks.derived import EVENT_TYPES, derived_facts, latest_events
from sandbox.core.clock import epoch_of, iso_z
from sandbox.core.money import SCALE, exponent, line_net_minor
from sandbox.core.observe import Row
from sandbox.history.keybook import KeyBook
from sandbox.interface import Flow, Interface, MinutesTimesRate, is_left_out
from sandbox.plan import Plan, Terms

Record = dict[str, Any]
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a source says: its ref, where it stands, and what the target must hold."""

    ref: str
    source_id: str
    values: Mapping[str, Any]
    row: Row


@dataclass(frozen=True, slots=True)
class Target:
    """A record of the target: its native id, which fact it is (None: nobody knows), and what it holds."""

    record_id: str
    ref: str | None
    values: Mapping[str, Any]
    row: Row


class Case:
    """Everything a check may look at. ``names`` lets findings tell the names of people."""

    def __init__(
        self,
        plan: Plan,
        interface: Interface,
        history: Iterable[Record],
        truth: Mapping[str, Any],
        *,
        names: bool = False,
    ) -> None:
        self.names = names
        self.plan = plan
        self.interface = interface
        self.history = list(history)
        self.truth = truth
        self.dumps: Mapping[str, Mapping[str, Mapping[str, Row]]] = truth["systems"]
        self.keybook = KeyBook(interface)
        self.keybook.load(self.dumps)
        self.terms: dict[str, Terms] = {terms.code: terms for terms in plan.terms}
        self._facts: dict[str, dict[str, Fact]] = {}
        self._targets: dict[str, list[Target]] = {}

    # -- states --------------------------------------------------------------------------------------------------------

    def rows(self, record: str) -> Mapping[str, Row]:
        """Final rows of a record type, ``psa.time_entry``."""
        system, _, name = record.partition(".")
        return self.dumps.get(system, {}).get(name, {})

    def ref(self, record: str, record_id: str | None) -> str | None:
        """The ref of a record by its native id."""
        # Asked hundreds of thousands of times: KeyBook.ref without its call.
        return self.keybook.refs.get(record, _NOTHING).get(record_id) if record_id else None

    def facts(self, name: str) -> dict[str, Fact]:
        """What a flow's sources say at the end, by ref."""
        if name not in self._facts:
            self._facts[name] = {fact.ref: fact for fact in self._make_facts(self.interface.flows[name])}
        return self._facts[name]

    def targets(self, name: str) -> list[Target]:
        """The records a flow writes, as they stand at the end."""
        if name not in self._targets:
            self._targets[name] = list(self._make_targets(self.interface.flows[name]))
        return self._targets[name]

    def _make_facts(self, flow: Flow) -> Iterable[Fact]:
        source = flow.source
        if source.derived is not None:
            for name, row in derived_facts(source.derived, self).items():
                values = {column: self.keybook.paths.read("", row, value) for column, value in flow.fields.items()}
                yield Fact(name, name, values, row)
            return
        record, paths = str(source.record), self.keybook.paths
        for record_id, row in self.rows(record).items():
            if any(paths.walk(record, row, path) not in accepted for path, accepted in source.where.items()):
                continue
            ref = paths.ref_of(record, row, source.key) if source.key else self.ref(record, record_id)
            if ref is not None and not is_left_out(ref, source.without):
                values = {name: paths.read(record, row, value) for name, value in flow.fields.items()}
                yield Fact(ref, record_id, values, row)

    def _make_targets(self, flow: Flow) -> Iterable[Target]:
        paths = self.keybook.paths
        rows = self.rows(flow.target)
        measures = EVENT_TYPES.get(flow.source.derived or "")
        if measures is not None:
            mine = {record_id: row for record_id, row in rows.items() if row["event_type"] in measures}
            for ref, (record_id, row) in latest_events(mine).items():
                yield Target(record_id, ref, {name: row.get(name) for name in flow.fields}, row)
            return
        for record_id, row in rows.items():
            values = {name: paths.target_value(flow, row, name) for name in flow.fields}
            yield Target(record_id, self.ref(flow.target, record_id), values, row)

    # -- history -------------------------------------------------------------------------------------------------------

    @cached_property
    def _by_kind(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.history:
            found.setdefault(record["kind"], []).append(record)
        return found

    def of_kind(self, kind: str) -> Sequence[Record]:
        """Records of one kind, in the order of the history."""
        return self._by_kind.get(kind, ())

    @cached_property
    def invokes(self) -> dict[int, Record]:
        """Requests by number."""
        return {record["rq"]: record for record in self.of_kind("invoke")}

    @cached_property
    def completes(self) -> dict[int, Record]:
        """Answers by request number."""
        return {record["rq"]: record for record in self.of_kind("complete")}

    @cached_property
    def effects(self) -> dict[tuple[str, str], list[Record]]:
        """What engines did, by (system.record, native id)."""
        found: dict[tuple[str, str], list[Record]] = {}
        for record in self.of_kind("effect"):
            found.setdefault((f"{record['sys']}.{record['record']}", record["rec"]), []).append(record)
        return found

    @cached_property
    def effects_of(self) -> dict[int, list[Record]]:
        """What engines did, by request."""
        found: dict[int, list[Record]] = {}
        for record in self.of_kind("effect"):
            found.setdefault(record["rq"], []).append(record)
        return found

    @cached_property
    def changes_of(self) -> dict[tuple[str, str], list[Record]]:
        """What people and systems did, by (system.record, native id)."""
        found: dict[tuple[str, str], list[Record]] = {}
        for record in self.of_kind("change"):
            found.setdefault((f"{record['sys']}.{record['record']}", record["rec"]), []).append(record)
        return found

    @cached_property
    def commits(self) -> list[Record]:
        """Changes and effects in the order of commits, which their numbers are."""
        return sorted((*self.of_kind("change"), *self.of_kind("effect")), key=itemgetter("seq"))

    @cached_property
    def _commits_by_record(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for entry in self.commits:
            found.setdefault(f"{entry['sys']}.{entry['record']}", []).append(entry)
        return found

    def commits_of(self, *names: str) -> list[Record]:
        """The commits of some record types, ``psa.time_entry``, in their order."""
        found = [entry for name in dict.fromkeys(names) for entry in self._commits_by_record.get(name, ())]
        return found if len(names) == 1 else sorted(found, key=itemgetter("seq"))

    @property
    def fired(self) -> Sequence[Record]:
        """Faults that struck."""
        return self.of_kind("fault")

    @cached_property
    def epoch(self) -> datetime:
        """Instant 0."""
        return epoch_of(self.plan.start)

    def at(self, us: int) -> str:
        """An instant for people."""
        return iso_z(self.epoch, us)

    @cached_property
    def letters(self) -> set[str]:
        """What the engine gave up on: canonical ``kind:ref``."""
        found: set[str] = set()
        for letter in self.truth["dead_letters"]:
            kind, _, key = letter["about"].partition(":")
            if kind == "opportunity":
                ref = self.ref("crm.Opportunity", key)
                found.add(f"engagement:{ref}" if ref else letter["about"])
            else:
                found.add(letter["about"])
        return found

    # -- amounts -------------------------------------------------------------------------------------------------------

    def currency_of(self, row: Row) -> str:
        """The currency of a record, by whatever column says it; the firm's first when none does."""
        for column in ("curr", "currency", "CurrencyIsoCode"):
            value = row.get(column)
            if value:
                return str(self.ref("erp.currency", value) or value)
        job = row.get("customer") or row.get("job")
        terms = self.terms.get(self.ref("erp.job", job) or "")
        return self.plan.entity(terms.entity).currency if terms else self.plan.firm.entities[0].currency

    def amount_of(self, flow: Flow, record_id: str, row: Row) -> tuple[int, str]:
        """(minor units, currency) one record of a flow is worth."""
        currency = self.currency_of(row)
        places = exponent(currency)
        if isinstance(flow.amount, MinutesTimesRate):
            return line_net_minor(row[flow.amount.minutes], row[flow.amount.rate] or 0, places), currency
        if flow.amount == "journal_total":
            lines = [line for line in self.rows("erp.transactionLine").values() if line["transaction"] == record_id]
            return sum(line["debit"] or 0 for line in lines) * 10**places // SCALE, currency
        value = row.get(flow.amount) if flow.amount else 0
        return (value or 0) * 10**places // SCALE, currency


def money_text(minor: int, currency: str) -> str:
    """An amount for people: ``+1,575.00 USD``."""
    places = exponent(currency)
    digits = f"{abs(minor):0{places + 1}d}"
    whole, fraction = (digits[:-places], "." + digits[-places:]) if places else (digits, "")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{fraction} {currency}"
