"""What a document of the ERP says of itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.core.money import round_half_away
from sandbox.engine.canonical import LedgerInvoice


@pytest.mark.parametrize(
    ("net", "parts", "percent"),
    [
        # One rate, and two rates whose rounded parts are what one rate gives.
        ("1000.00", (20,), "20"),
        ("1415086.24", (9, 9), "18"),
        # 254,715.525 by one rate is 254,715.53; twice 127,357.7625 is 254,715.52 (month-end, seed 24).
        ("1415086.25", (9, 9), "17.99999965"),
        ("0.00", (9, 9), "18"),
    ],
)
def test_the_per_cent_of_a_document_gives_its_tax_in_one_rounding(
    net: str, parts: tuple[int, ...], percent: str
) -> None:
    base = Decimal(net)
    tax = sum((round_half_away(base * part / 100, 2) for part in parts), Decimal(0))
    invoice = LedgerInvoice("1", "INV-1", Decimal(sum(parts)), base, base + tax, base + tax)
    assert invoice.effective_percent == Decimal(percent)
    assert round_half_away(base * invoice.effective_percent / 100, 2) == tax
