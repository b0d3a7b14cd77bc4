"""A journal balances or never lands, and what is posted stays."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.mocks.erp.client import Caller, error, text_of

Line = dict[str, Any]


def line(account: str, side: str, amount: str, **more: Any) -> Line:
    return {"account": {"externalId": account}, side: Decimal(amount), **more}


def journal(*lines: Line, **more: Any) -> dict[str, Any]:
    return {"subsidiary": {"externalId": "UK"}, "tranDate": "2026-01-31", "line": {"items": list(lines)}, **more}


def revenue(amount: str = "100", **more: Any) -> dict[str, Any]:
    dimensions = {
        "custcol_engagement": {"externalId": "P-1"},
        "custcol_contract_line": "CL-1",
        "custcol_source_system": "revenue",
        "custcol_source_id": "B-7",
    }
    return journal(
        line("2100", "debit", amount, **dimensions, custcol_source_line="1"),
        line("4000", "credit", amount, **dimensions, custcol_source_line="2", memo="January"),
        **more,
    )


def test_a_journal_is_posted_as_given_with_its_dimensions(erp: Caller) -> None:
    entry = erp.put("journalEntry", "REV-1", revenue("100.25"))
    store = erp.mock.store
    debit, credit = store.find("transactionLine", {"transaction": entry}, order='"line"')
    assert (debit["debit"], debit["credit"]) == (1_002_500, 0)
    assert (credit["debit"], credit["credit"], credit["memo"]) == (0, 1_002_500, "January")
    (job,) = store.find("job")
    for each in (debit, credit):
        assert (each["job"], each["customer"], each["contractLine"]) == (job["id"], job["parent"], "CL-1")
        assert (each["sourceSystem"], each["sourceId"], each["poster"]) == ("revenue", "B-7", "journal")
        assert each["date"] == "2026-01-31"
    assert (debit["sourceLine"], credit["sourceLine"]) == ("1", "2")
    read = erp.get("journalEntry", entry, "expandSubResources=true")
    assert [(item["line"], item.get("debit"), item.get("credit")) for item in read["line"]["items"]] == [
        (1, Decimal("100.25"), None),
        (2, None, Decimal("100.25")),
    ]
    assert read["line"]["items"][0]["account"]["refName"] == "2100 Contract liability"
    assert read["approved"] is True


def test_an_unbalanced_journal_never_lands(erp: Caller) -> None:
    before = erp.mock.dump()
    response = erp.call("POST", "journalEntry", journal(line("1000", "debit", "100"), line("4000", "credit", "99.99")))
    assert error(response) == (400, "USER_ERROR", "line")
    assert "debits are 100.00, credits are 99.99" in text_of(response)
    assert erp.mock.dump() == before


GOOD = line("1000", "debit", "10")


@pytest.mark.parametrize(
    ("body", "code", "path"),
    [
        (journal(GOOD, line("9999", "credit", "10")), "USER_ERROR", "line.items[1].account"),
        (journal(GOOD, {"credit": 10}), "USER_ERROR", "line.items[1].account"),
        (journal(GOOD, {"account": {"externalId": "4000"}}), "USER_ERROR", "line.items[1]"),
        (journal(GOOD, line("4000", "credit", "10", debit=10)), "USER_ERROR", "line.items[1]"),
        (journal(GOOD, line("4000", "credit", "0")), "USER_ERROR", "line.items[1]"),
        (journal(GOOD, line("4000", "debit", "-10")), "USER_ERROR", "line.items[1].debit"),
        (journal(line("1000", "debit", "1.005"), GOOD), "USER_ERROR", "line.items[0].debit"),
        (journal(GOOD), "USER_ERROR", "line"),
        (journal(), "USER_ERROR", "line"),
        (journal(GOOD, line("4000", "credit", "10"), currency="USD"), "USER_ERROR", "exchangeRate"),
        (journal(GOOD, {"account": {"externalId": "4000"}, "credit": "10"}), "INVALID_CONTENT", "line.items[1].credit"),
        (
            journal(GOOD, line("4000", "credit", "10", custcol_engagement="P-9")),
            "USER_ERROR",
            "line.items[1].custcol_engagement",
        ),
        (journal(GOOD, line("4000", "credit", "10"), tranDate="2025-12-31"), "USER_ERROR", ""),
        (journal(GOOD, line("4000", "credit", "10"), tranDate="2031-01-01"), "USER_ERROR", ""),
        (journal(GOOD, line("4000", "credit", "10"), subsidiary=None), "USER_ERROR", ""),
    ],
)
def test_a_journal_that_does_not_fit_is_refused_and_nothing_is_stored(
    erp: Caller, body: dict[str, Any], code: str, path: str
) -> None:
    before = erp.mock.dump()
    assert error(erp.call("POST", "journalEntry", body)) == (400, code, path)
    assert erp.mock.dump() == before


def test_a_currency_without_minor_units_takes_whole_amounts(erp: Caller) -> None:
    body = journal(line("1000", "debit", "10.5"), line("4000", "credit", "10.5"), subsidiary={"externalId": "JP"})
    assert error(erp.call("POST", "journalEntry", body)) == (400, "USER_ERROR", "line.items[0].debit")


def test_a_replayed_journal_is_a_duplicate_and_not_a_double_posting(erp: Caller) -> None:
    body = revenue(externalId="REV-1")
    erp.post("journalEntry", body)
    before = erp.mock.dump()
    replay = erp.call("POST", "journalEntry", body)
    assert error(replay) == (400, "USER_ERROR", "")
    assert text_of(replay) == "Error while accessing a resource. This record already exists."
    erp.put("journalEntry", "REV-1", revenue())
    assert erp.mock.dump() == before


def test_a_posted_journal_keeps_everything_but_its_memo(erp: Caller) -> None:
    entry = erp.put("journalEntry", "REV-1", revenue())
    before = erp.mock.dump()
    for method, body, path in (
        ("PUT", revenue("101"), "line"),
        ("PATCH", {"line": {"items": [GOOD, line("4000", "credit", "10")]}}, "line"),
        ("PATCH", {"tranDate": "2026-01-30"}, "tranDate"),
        ("PATCH", {"approved": False}, "approved"),
    ):
        assert error(erp.call(method, "journalEntry/eid:REV-1", body)) == (400, "USER_ERROR", path)
    assert error(erp.call("DELETE", "journalEntry/eid:REV-1"))[:2] == (400, "USER_ERROR")
    assert erp.mock.dump() == before
    assert erp.patch("journalEntry", entry, {"memo": "checked"}).status == 204
    assert erp.rows("SELECT memo FROM transaction") == [{"memo": "checked"}]


def test_the_people_a_line_is_about_are_known_from_its_entity_or_engagement(erp: Caller) -> None:
    client, employee = erp.client("C-2"), erp.get("employee", "eid:W-1")["id"]
    job = erp.project("P-2", "C-2")
    entry = erp.post(
        "journalEntry",
        journal(
            line("1000", "debit", "1", entity={"id": employee}, custcol_engagement=job),
            line("1000", "debit", "1", entity=client),
            line("1000", "debit", "1", entity={"id": job}),
            line("4000", "credit", "3"),
        ),
    )
    lines = erp.mock.store.find("transactionLine", {"transaction": entry}, order='"line"')
    assert [(each["customer"], each["employee"]) for each in lines] == [
        (client, employee),
        (client, None),
        (client, None),
        (None, None),
    ]


def test_a_draft_is_in_no_ledger_until_it_is_approved(erp: Caller) -> None:
    entry = erp.put("journalEntry", "D-1", revenue(approved=False, tranDate="2025-12-31"))
    assert erp.mock.dump()["transactionLine"] == {}
    assert erp.rows("SELECT posting, status FROM transaction") == [{"posting": "F", "status": "A"}]
    assert erp.put("journalEntry", "D-1", revenue(approved=False, tranDate="2025-12-31")) == entry
    assert "open accounting period" in text_of(erp.patch("journalEntry", entry, {"approved": True}))
    change = {"line": {"items": [{"line": 1, "debit": 50}, {"line": 2, "credit": 50}]}, "tranDate": "2026-01-31"}
    assert erp.patch("journalEntry", entry, change).status == 204
    assert erp.patch("journalEntry", entry, {"approved": True}).status == 204
    lines = erp.mock.store.find("transactionLine", {"transaction": entry}, order='"line"')
    assert [each["debit"] - each["credit"] for each in lines] == [500_000, -500_000]
    assert erp.rows("SELECT posting, foreigntotal t, BUILTIN.DF(postingperiod) p FROM transaction") == [
        {"posting": "T", "t": "50.00", "p": "Jan 2026"}
    ]


def test_patching_a_draft_appends_lines_without_a_key_and_replaces_on_request(erp: Caller) -> None:
    entry = erp.put("journalEntry", "D-1", revenue(approved=False))
    more = {"line": {"items": [line("1000", "debit", "5"), line("6000", "credit", "5")]}}
    assert erp.patch("journalEntry", entry, more).status == 204
    assert len(erp.get("journalEntry", entry, "expandSubResources=true")["line"]["items"]) == 4
    assert erp.patch("journalEntry", entry, more, "replace=line").status == 204
    assert len(erp.get("journalEntry", entry, "expandSubResources=true")["line"]["items"]) == 2
    assert error(erp.patch("journalEntry", entry, {"line": None})) == (400, "USER_ERROR", "line")
    assert erp.call("DELETE", "journalEntry/eid:D-1").status == 204
    assert erp.mock.dump()["transaction"] == {}


def test_a_period_may_be_named_if_it_is_open(erp: Caller) -> None:
    entry = erp.post("journalEntry", revenue(postingPeriod={"refName": "Feb 2026"}))
    assert erp.get("journalEntry", entry)["postingPeriod"]["refName"] == "Feb 2026"
    closed = erp.call("POST", "journalEntry", revenue(postingPeriod={"refName": "Dec 2025"}))
    assert "open accounting period" in text_of(closed)
