"""Contracts that lose: finance books what the revenue system's loss report says is missing (accounting.md J32, J33)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.core.periods import Period
from sandbox.firm.desk import Desk

# Loss-contract charge and provision (accounting.md section 1).
CHARGE, PROVISION = "5030", "2120"


async def book_provision(desk: Desk, args: dict[str, Any]) -> None:
    """Bring the provision of an engagement to what its expected loss asks for, dated the last day of the month.

    What is provided already is read off the ledger first, so that doing it again books nothing.
    """
    engagement = args["engagement"]
    entity = desk.terms(engagement).entity
    report = await desk.screen("revenue", "loss_report", {"org": entity, "period": args["period"]})
    needed = sum((Decimal(line["provision_needed"]) for line in report["lines"] if line["so_num"] == engagement), _NONE)
    shown = await desk.screen("erp", "account_balance", {"account": PROVISION, "engagement": engagement})
    missing = needed + Decimal(shown["balance"])
    if not missing:
        return
    debit, credit = (CHARGE, PROVISION) if missing > 0 else (PROVISION, CHARGE)
    about = {"engagement": engagement, "contract_line": desk.terms(engagement).line}
    journal = {
        "subsidiary": entity,
        "date": Period.parse(args["period"]).last.isoformat(),
        "memo": f"loss-contract provision {engagement} {args['period']}",
        "lines": [
            {"account": debit, "debit": str(abs(missing)), **about},
            {"account": credit, "credit": str(abs(missing)), **about},
        ],
    }
    await desk.screen("erp", "post_journal", journal)


_NONE = Decimal(0)
