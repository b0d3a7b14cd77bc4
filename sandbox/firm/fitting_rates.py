"""Which exchange rates a story needs of its firm: found missing before it runs, not when a document waits for one
(accounting.md section 4.8: a missing rate stops, it is never 0 or 1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sandbox.core.periods import Period
from sandbox.firm.mistakes import Mistake, Path
from sandbox.plan import Entity, FirmProfile, FxRate, GeneratedEngagement, Scenario, ScriptedEngagement

# What a foreign document and a foreign balance are translated with, month by month.
_OF_MONTHS = ("average", "closing")


@dataclass(frozen=True, slots=True)
class _Need:
    """Two currencies that meet somewhere, and why."""

    path: Path
    name: str
    why: str
    base: str
    quote: str
    since: date = date.min


def in_rates(scenario: Scenario, firm: FirmProfile) -> Iterator[Mistake]:
    """Rates that are missing: of every month that closes average and closing rate between entities that work for each
    other, between a contract's currency and its entity's, and into the group's; spot rates of contracts besides."""
    entities = {entity.code: entity for entity in firm.entities}
    contracts = [*_scripted(scenario, entities), *_generated(scenario, entities)]
    for need in contracts:
        if not any(rate.effective <= need.since for rate in _rates(firm, "spot", need)):
            yield _missing(firm, need, "spot", f"on or before {need.since}")
    needs = [*_pairs(firm, entities), *_group(firm), *contracts]
    for index, text in enumerate(scenario.close):
        period = Period.parse(text)
        for need in needs:
            for kind in _OF_MONTHS if need.since <= period.last else ():
                if not any(rate.effective in period for rate in _rates(firm, kind, need)):
                    at = need if need.path else replace(need, path=("close", index), name=text)
                    yield _missing(firm, at, kind, f"of {text}")


def _scripted(scenario: Scenario, entities: Mapping[str, Entity]) -> Iterator[_Need]:
    for index, terms in enumerate(scenario.scripted):
        yield from _foreign(("scripted", index), terms, entities, terms.start)


def _generated(scenario: Scenario, entities: Mapping[str, Entity]) -> Iterator[_Need]:
    for index, terms in enumerate(scenario.generated):
        yield from _foreign(("generated", index), terms, entities, scenario.start)


def _foreign(
    path: Path, terms: ScriptedEngagement | GeneratedEngagement, entities: Mapping[str, Entity], since: date
) -> Iterator[_Need]:
    """A contract in another currency than its entity's."""
    entity, currency = entities.get(terms.entity), terms.currency
    if entity is not None and currency is not None and currency != entity.currency:
        why = f"{terms.code} is agreed in {currency} by {entity.code}"
        yield _Need((*path, "currency"), currency, why, currency, entity.currency, since)


def _pairs(firm: FirmProfile, entities: Mapping[str, Entity]) -> Iterator[_Need]:
    for pair in firm.intercompany:
        base, quote = entities[pair.provider].currency, entities[pair.receiver].currency
        if base != quote:
            yield _Need((), "", f"{pair.provider} works for {pair.receiver}", base, quote)


def _group(firm: FirmProfile) -> Iterator[_Need]:
    for entity in firm.entities:
        if firm.group_currency not in (None, entity.currency):
            why = f"the books of {entity.code} are translated into {firm.group_currency}"
            yield _Need((), "", why, entity.currency, str(firm.group_currency))


def _rates(firm: FirmProfile, kind: str, need: _Need) -> list[FxRate]:
    """Rates of a kind between two currencies, in either direction."""
    pair = {need.base, need.quote}
    return [rate for rate in firm.fx_rates if rate.kind == kind and {rate.base, rate.quote} == pair]


def _missing(firm: FirmProfile, need: _Need, kind: str, when: str) -> Mistake:
    known = sorted(_nearest(rate.effective, kind) for rate in _rates(firm, kind, need))
    has = f"it has {', '.join(known)}" if known else "it has none"
    message = (
        f"{need.why}, and firm {firm.name} has no {kind} rate between {need.base} and {need.quote} {when} "
        f"(fx_rates); {has}"
    )
    return Mistake(need.path, message, need.name)


def _nearest(effective: date, kind: str) -> str:
    return effective.isoformat() if kind == "spot" else str(Period.of(effective))
