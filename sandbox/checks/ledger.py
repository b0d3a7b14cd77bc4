"""The ledger as the checks read it: every posted line with account number, engagement and period by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sandbox.checks.case import Case
from sandbox.core.money import SCALE, exponent


@dataclass(frozen=True, slots=True)
class Line:
    """One posted line; ``amount`` is debit positive, in minor units of the entity's currency."""

    line_id: str
    transaction: str
    account: str
    amount: int
    entity: str
    currency: str
    period: str
    engagement: str | None
    customer: str | None
    contract_line: str | None
    source_id: str | None
    # In the document's own currency, debit positive, in its minor units.
    document: int = 0
    document_currency: str = ""
    # What the amount is a part of until it is settled: an invoice, a document between entities.
    open_item: str | None = None
    # The entity on the other side of a dealing inside the firm.
    partner: str | None = None

    @property
    def own(self) -> int:
        """The amount in its document's currency, debit positive, in its minor units."""
        return self.document if self.is_foreign else self.amount

    @property
    def is_foreign(self) -> bool:
        """Whether its document is in another currency than the entity's."""
        return self.document_currency not in ("", self.currency)


class Ledger:
    """All lines of all entities."""

    def __init__(self, case: Case) -> None:
        self.lines = list(_lines(case))

    def total(self, *accounts: str, where: Callable[[Line], bool] | None = None) -> int:
        """Sum, debit positive, over some accounts."""
        return sum(line.amount for line in self.lines if line.account in accounts and (where is None or where(line)))

    def by(self, key: Callable[[Line], object], *accounts: str) -> dict[object, int]:
        """Sums over some accounts by a key."""
        found: dict[object, int] = {}
        for line in self.lines:
            if line.account in accounts:
                at = key(line)
                found[at] = found.get(at, 0) + line.amount
        return found


def to_minor(case: Case, scaled: int, currency: str) -> int:
    """Minor units of an amount stored at 1e-4."""
    return int(scaled * 10 ** exponent(currency) // SCALE)


def period_names(case: Case) -> dict[str, str]:
    """Accounting period id -> ``2026-01``."""
    return {record_id: row["startDate"][:7] for record_id, row in case.rows("erp.accountingPeriod").items()}


def _lines(case: Case) -> Iterable[Line]:
    accounts = {record_id: row["acctNumber"] for record_id, row in case.rows("erp.account").items()}
    currencies = {record_id: row["symbol"] for record_id, row in case.rows("erp.currency").items()}
    periods = period_names(case)
    for line_id, row in case.rows("erp.transactionLine").items():
        currency, foreign = currencies[row["currency"]], currencies[row["foreignCurrency"]]
        yield Line(
            line_id=line_id,
            transaction=row["transaction"],
            account=accounts[row["account"]],
            amount=to_minor(case, (row["debit"] or 0) - (row["credit"] or 0), currency),
            entity=case.ref("erp.subsidiary", row["subsidiary"]) or "?",
            currency=currency,
            period=periods[row["period"]],
            engagement=case.ref("erp.job", row["job"]),
            customer=case.ref("erp.customer", row["customer"]),
            contract_line=row["contractLine"],
            source_id=row["sourceId"],
            document=to_minor(case, row["foreignAmount"] or 0, foreign),
            document_currency=foreign,
            open_item=row["openItem"],
            partner=case.ref("erp.subsidiary", row["toSubsidiary"]),
        )
