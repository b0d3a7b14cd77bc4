"""What the shape of expectations cannot say: explanations that do not come out."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.firm.mistakes import Mistake
from sandbox.firm.operands import mistakes_in
from sandbox.plan import Scenario


def in_expectations(scenario: Scenario) -> Iterator[Mistake]:
    """Explanations whose sums cannot be read or do not come out."""
    for code, months in scenario.expectations.items():
        for month, figures in months.items():
            for name, message in mistakes_in(figures.how):
                yield Mistake(("expectations", code, month, "how", name), message, name)
