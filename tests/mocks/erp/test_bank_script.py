"""The script that takes over bank lines: each once, and nothing that says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.core.wire import Response
from tests.mocks.erp.client import Caller, signed

PATH = "/app/site/hosting/restlet.nl"
SCRIPT = "script=customscript_bank_lines&deploy=customdeploy_bank_lines"
LINE = {
    "line_id": "7", "subsidiary": "UK", "date": "2026-01-20", "amount": "120.00", "currency": "GBP",
    "payer": "Client C-1", "reference": "INV-UK-0001",
}  # fmt: skip


def take(erp: Caller, query: str = SCRIPT, **more: Any) -> Response:
    return erp.mock.handle(signed("POST", PATH, {**LINE, **more}, query=query))


def test_a_line_is_taken_over_once_however_often_it_is_sent(erp: Caller) -> None:
    first = take(erp)
    assert (first.status, first.json()["line_id"], first.json()["status"]) == (200, "7", "unmatched")
    assert take(erp).json() == first.json()
    assert len(erp.rows("SELECT lineid FROM bankstatementline")) == 1


@pytest.mark.parametrize(
    "more", [{"amount": "120.01"}, {"reference": "INV-UK-0002"}], ids=["another amount", "another reference"]
)
def test_a_line_that_says_otherwise_is_refused(erp: Caller, more: dict[str, str]) -> None:
    take(erp)
    refused = take(erp, **more)
    assert refused.status == 400
    assert "is imported and says otherwise" in refused.body.decode()


@pytest.mark.parametrize("more", [{"amount": "much"}, {"date": "soon"}, {"subsidiary": "XX"}, {"colour": "red"}])
def test_what_is_no_line_is_refused_in_the_vendors_shape(erp: Caller, more: dict[str, str]) -> None:
    refused = take(erp, **more)
    assert refused.status == 400
    assert refused.json()["o:errorDetails"]
    assert erp.rows("SELECT lineid FROM bankstatementline") == []


def test_there_is_no_other_script(erp: Caller) -> None:
    assert take(erp, "script=other&deploy=1").status == 400
