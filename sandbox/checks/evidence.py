"""How a finding tells its story: what was sent, what was committed, whether the answer was seen."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.checks.case import Case, Record
from sandbox.core.money import SCALE, plain
from sandbox.interface import Flow


def trail(case: Case, record: str, record_id: str) -> list[Record]:
    """Everything engines did to a record, oldest first."""
    return case.effects.get((record, record_id), [])


def told(case: Case, effect: Record) -> str:
    """One effect as a line: request, what it did, what its sender learned."""
    rq = effect["rq"]
    invoke, complete = case.invokes[rq], case.completes.get(rq)
    answer = "never answered"
    if complete is not None:
        faults = f" ({', '.join(complete['faults'])})" if complete.get("faults") else ""
        answer = f"answered {complete['status']}, answer {complete['resp']}{faults}"
    return (
        f"r{rq} {case.at(effect['t_us'])} {effect['actor']} {effect['sys']} {invoke['verb']} {invoke['route']} -> "
        f"{effect['op']} {effect['record']} {effect['rec']}; {answer}"
    )


def shown(case: Case, flow: Flow, column: str, value: Any) -> str:
    """A field's value for a person: amounts in major units, names of people only when they are asked for."""
    if column in flow.personal and value is not None and not case.names:
        return "(masked)"
    if column in flow.money and isinstance(value, int | Decimal):
        return plain(Decimal(value) / SCALE)
    return plain(value) if isinstance(value, Decimal) else repr(value)


def faults_of(case: Case, requests: list[int]) -> tuple[str, ...]:
    """Ids of the faults that struck at these requests."""
    found = [fid for rq in requests for fid in case.completes.get(rq, {}).get("faults", [])]
    return tuple(dict.fromkeys(found))
