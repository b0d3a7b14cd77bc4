"""The identities as controls: eight sentences a finance person signs, each with the identities that prove it.

Identities that are not judged yet stand where they will be proven; what no identity was compared for is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.checks.findings import CheckResult, Result


@dataclass(frozen=True, slots=True)
class Control:
    """A named control: what it says and by which identities."""

    name: str
    says: str
    identities: tuple[str, ...]


CONTROLS = (
    Control("ledger balances", "Every journal balances and every month opens with what the last one closed with.",
            ("I01", "I02", "I08", "I27", "I28", "I29")),
    Control("receivables and cash", "What clients owe is their open invoices, and every receipt is in the bank and "
            "applied once.", ("I03", "I04", "I24", "I25")),
    Control("hours conserved", "Every approved hour of every active worker arrives once, on its day, at its cost.",
            ("I05", "I06", "I07", "I30", "I35")),
    Control("billing complete", "Billable work is invoiced, open or given up, and never above what was agreed.",
            ("I09", "I11", "I13", "I14", "I38")),
    Control("revenue to ledger", "The revenue subledger is the ledger's revenue, and follows from progress and price.",
            ("I15", "I16", "I22")),
    Control("contract positions", "What a contract shows as asset or liability follows from billed and earned, and "
            "ends at nothing.", ("I10", "I17", "I18", "I19", "I20", "I21", "I23")),
    Control("tax", "Invoices carry the tax that is due, and the ledger owes just that.", ("I12", "I26")),
    Control("documents and close", "Nothing is posted without a cause, nothing is lost unsaid, numbers have no gap, "
            "and closed months stand still.", ("I31", "I32", "I33", "I34", "I36", "I37")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ControlResult:
    """A control's word, from the identities that were judged."""

    control: Control
    result: Result
    exercised: int
    compared: int
    findings: int

    def as_json(self) -> dict[str, Any]:
        """JSON data of verdict.json."""
        return {
            "name": self.control.name,
            "says": self.control.says,
            "identities": list(self.control.identities),
            "result": self.result,
            "exercised": self.exercised,
            "compared": self.compared,
            "found": self.findings,
        }


def control_results(checks: Iterable[CheckResult]) -> list[ControlResult]:
    """The controls of a verdict; none when money was not judged."""
    money = next((check for check in checks if check.check == "MONEY.identity"), None)
    if money is None or not money.parts:
        return []
    broken: dict[str, int] = {}
    for finding in money.findings:
        broken[finding.flow] = broken.get(finding.flow, 0) + 1
    return [_result(control, money.parts, broken) for control in CONTROLS]


def _result(control: Control, parts: Mapping[str, Mapping[str, int]], broken: Mapping[str, int]) -> ControlResult:
    mine = [parts[number] for number in control.identities if number in parts]
    compared = sum(part["compared"] for part in mine)
    found = sum(broken.get(number, 0) for number in control.identities)
    result: Result = "fail" if found else "pass" if compared else "unknown"
    return ControlResult(control, result, sum(part["exercised"] for part in mine), compared, found)
