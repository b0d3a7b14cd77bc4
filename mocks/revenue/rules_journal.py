"""Transfer batches and their ledger lines. A batch is frozen once made; only its status moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Any

from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from mocks.revenue.errors import NOTHING_UPDATED, RevenueRefusal
from mocks.revenue.records import (
    ASSET_ACCOUNT,
    ASSET_TYPE,
    BOOK,
    CATCH_UP_KIND,
    CONCESSION_ACCOUNT,
    CONCESSION_KIND,
    ESTIMATE_REVERSAL,
    EXCHANGE_ACCOUNT,
    NET,
    READY,
    RESIDUE_KIND,
    REVENUE,
    REVERSAL,
    TRANSFERRED,
    UNBILLED_ACCOUNT,
    UNBILLED_TYPE,
)
from mocks.revenue.rules_currency import Residue, converted
from mocks.revenue.rules_netting import Netted
from mocks.revenue.rules_release import Released
from sandbox.core.money import round_half_away
from sandbox.core.observe import Row
from sandbox.core.periods import Period

_WIDE = Context(prec=60)
_RATE_PLACES = 8
_LABELS = {
    REVENUE: "REVENUE",
    CATCH_UP_KIND: "CATCH-UP",
    ESTIMATE_REVERSAL: "ESTIMATE REVERSAL",
    NET: "NETTING",
    REVERSAL: "REVERSAL",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Debit and credit of one amount at 1e-4, in both currencies; ``of`` is the line or contract it is about."""

    of: Row
    rc_id: str
    rc_line_id: str | None
    schedule_type: str
    debit: str
    credit: str
    amount: int
    accounted: int


def revenue_entries(released: Iterable[Released]) -> list[Entry]:
    """Contract position to revenue, a pair of lines per order line and kind; a concession to its own account."""
    return [
        Entry(
            of=each.line,
            rc_id=each.line["rc_id"],
            rc_line_id=each.line["id"],
            schedule_type=each.kind,
            debit=each.line["def_segments"],
            credit=CONCESSION_ACCOUNT if each.kind == CONCESSION_KIND else each.line["rev_segments"],
            amount=each.amount,
            accounted=each.accounted,
        )
        for each in released
    ]


def residue_entries(residues: Iterable[Residue]) -> list[Entry]:
    """What a cleared position still carries in functional currency, to realised exchange differences."""
    return [
        Entry(
            of=each.contract,
            rc_id=each.contract["id"],
            rc_line_id=None,
            schedule_type=RESIDUE_KIND,
            debit=each.contract["def_segments"],
            credit=EXCHANGE_ACCOUNT,
            amount=0,
            accounted=each.accounted,
        )
        for each in residues
    ]


def netting_entries(netted: Iterable[Netted]) -> list[Entry]:
    """Unbilled receivable and contract asset out of the contract position, a pair of lines each."""
    return [
        Entry(
            of=each.contract,
            rc_id=each.contract["id"],
            rc_line_id=None,
            schedule_type=schedule_type,
            debit=account,
            credit=each.contract["def_segments"],
            amount=amount,
            accounted=accounted,
        )
        for each in netted
        for schedule_type, account, amount, accounted in (
            (UNBILLED_TYPE, UNBILLED_ACCOUNT, each.unbilled, each.accounted_unbilled),
            (ASSET_TYPE, ASSET_ACCOUNT, each.asset, each.accounted_asset),
        )
        if amount or accounted
    ]


def reversed_entries(entries: Iterable[Entry]) -> list[Entry]:
    """The same amounts the other way round."""
    return [
        Entry(e.of, e.rc_id, e.rc_line_id, e.schedule_type, e.credit, e.debit, e.amount, e.accounted) for e in entries
    ]


def make_batches(
    store: Store, org: Row, kind: str, entries: Iterable[Entry], *, run_period: Period, gl_date: date
) -> list[Row]:
    """The batches ready to transfer, dated ``gl_date``: one per currency of the contracts, as a journal of a ledger has
    one; the organisation's own first."""
    by_currency: dict[str, list[Entry]] = {}
    for entry in entries:
        by_currency.setdefault(entry.of["curr"], []).append(entry)
    order = sorted(by_currency, key=lambda curr: (curr != org["currency"], curr))
    return [_batch(store, org, kind, curr, by_currency[curr], run_period=run_period, gl_date=gl_date) for curr in order]


def _batch(
    store: Store, org: Row, kind: str, curr: str, entries: Sequence[Entry], *, run_period: Period, gl_date: date
) -> Row:
    """Its number is the next one of this kind and currency in the run's period, so the id depends on nothing else."""
    ((earlier,),) = store.read(
        'SELECT count(*) FROM batch WHERE org_id = ? AND run_period = ? AND kind = ? AND curr = ? AND "_deleted" = 0',
        (org["org_id"], str(run_period), kind, curr),
    )
    named = _LABELS[kind] if curr == org["currency"] else f"{_LABELS[kind]} {curr}"
    label = f"{org['code']} {run_period} {named} {earlier + 1}"
    values = {
        "name": label,
        "org_id": org["org_id"],
        "org_code": org["code"],
        "kind": kind,
        "curr": curr,
        "period": str(Period.of(gl_date)),
        "run_period": str(run_period),
        "run": earlier + 1,
        "gl_date": gl_date.isoformat(),
        "status": READY,
        "position": next_position(store, "batch"),
        "line_count": 2 * len(entries),
    }
    batch = store.insert("batch", values, label=label)
    for position, (key, line) in enumerate(_lines(batch, entries), start=1):
        store.insert("gl_line", {**line, "position": position}, label=f"{label} {key}")
    return batch


def next_position(store: Store, record_type: str) -> int:
    """One more than the highest ``position`` of a record type: its order of arrival."""
    ((highest,),) = store.read(
        f'SELECT max("position") FROM "{record_type}" WHERE "position" IS NOT NULL AND "_deleted" = 0'
    )
    return int(highest or 0) + 1


def transferred(store: Store, batch_id: str) -> Row:
    """The consumer has posted the batch. Raises RevenueRefusal unless it is ready to transfer."""
    batch = store.get("batch", batch_id)
    if batch is None or batch["status"] != READY:
        raise RevenueRefusal(400, NOTHING_UPDATED)
    return store.update("batch", batch_id, {"status": TRANSFERRED})


def reset(store: Store, batch_id: str) -> Row:
    """Offer a transferred batch again. Raises FormRefused when there is none."""
    batch = store.get("batch", batch_id)
    if batch is None:
        raise FormRefused(f"no batch {batch_id}", field="batch_id", status=404)
    if batch["status"] != TRANSFERRED:
        raise FormRefused(f"batch {batch_id} is {batch['status']}, only a {TRANSFERRED} one is reset", field="batch_id")
    return store.update("batch", batch_id, {"status": READY})


def _lines(batch: Row, entries: Iterable[Entry]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Two lines per entry, the debit first, each with what tells it apart in its batch."""
    for entry in entries:
        debit, credit, amount, accounted = entry.debit, entry.credit, entry.amount, entry.accounted
        if (amount or accounted) < 0:
            debit, credit, amount, accounted = credit, debit, -amount, -accounted
        common = {
            "batch_id": batch["id"],
            "rc_id": entry.rc_id,
            "rc_line_id": entry.rc_line_id,
            "so_num": entry.of["so_num"],
            "so_line_id": entry.of.get("so_line_id"),
            "book": BOOK,
            "period": batch["period"],
            "gl_date": batch["gl_date"],
            "schedule_type": entry.schedule_type,
            "currency": entry.of["curr"],
            "func_currency": entry.of["f_cur"],
            "ex_rate": _rate(entry),
            "je_type": batch["kind"],
            "org_id": batch["org_id"],
            "org_code": batch["org_code"],
        }
        about = f"{entry.of.get('so_line_id') or entry.of['so_num']} {entry.schedule_type}"
        # A correction of rates can have the functional amount on the other side of its entry.
        gain, loss = max(accounted, 0), max(-accounted, 0)
        on_debit = {"entered_dr": amount, "entered_cr": 0, "accounted_dr": gain, "accounted_cr": loss}
        on_credit = {"entered_dr": 0, "entered_cr": amount, "accounted_dr": loss, "accounted_cr": gain}
        yield f"{about} dr", {**common, "account": debit, **on_debit}
        yield f"{about} cr", {**common, "account": credit, **on_credit}


def _rate(entry: Entry) -> str:
    """The order row's rate where it gives the functional amount, else the one the two amounts have."""
    given: str = entry.of["f_ex_rate"]
    if not entry.amount or converted(entry.amount, given, entry.of["f_cur"]) == entry.accounted:
        return given
    return (
        f"{round_half_away(_WIDE.divide(Decimal(entry.accounted), Decimal(entry.amount)), _RATE_PLACES).normalize():f}"
    )
