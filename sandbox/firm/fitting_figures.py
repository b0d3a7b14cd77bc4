"""What the shape of expectations cannot say: entities nobody knows, explanations that do not come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.firm.mistakes import Mistake, unknown
from sandbox.firm.operands import mistakes_in
from sandbox.plan import FirmProfile, PeriodFigures, Scenario
from sandbox.plan.figures import GROUP, EntityFigures


def in_expectations(scenario: Scenario, firm: FirmProfile) -> Iterator[Mistake]:
    """Names of entities, and explanations whose sums cannot be read or do not come out."""
    entities = [*(entity.code for entity in firm.entities), *((GROUP,) if firm.group_currency else ())]
    for code in scenario.entity_expectations:
        yield from unknown(("entity_expectations", code), "entity", code, entities)
    yield from _explanations("expectations", scenario.expectations)
    yield from _explanations("entity_expectations", scenario.entity_expectations)


def _explanations(
    part: str, figures: Mapping[str, Mapping[str, PeriodFigures]] | Mapping[str, Mapping[str, EntityFigures]]
) -> Iterator[Mistake]:
    for code, months in figures.items():
        for month, each in months.items():
            for name, message in mistakes_in(each.how):
                yield Mistake((part, code, month, "how", name), message, name)
