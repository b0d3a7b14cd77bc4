"""Statement files: taken once, in order, and only when they add up."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, cast

import pytest

from sandbox.engine.canonical import BankLine
from sandbox.engine.flows.statements import StatementFlow, read_statement
from sandbox.engine.policy import Policy
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import Work

HEAD = "H,BANK-UK,UK,GBP,2026-01-27,3,100.00,340.00,2,240.00"
LINES = ("L,7,2026-01-27,200.00,Harbour Rail plc,INV-UK-0001,0.00", 'L,8,2026-01-26,40.00,"Ferries, Mersey",fees,1.50')


def file(*records: str) -> str:
    return "".join(f"{each}\n" for each in records)


def test_a_statement_is_read_with_its_lines() -> None:
    statement = read_statement(file(HEAD, *LINES), "UK-2026-01-27.csv")
    assert (statement.account, statement.entity, statement.number) == ("BANK-UK", "UK", 3)
    assert (statement.opening, statement.closing) == (Decimal("100.00"), Decimal("340.00"))
    second = statement.lines[1]
    assert dataclasses.astuple(second)[2:] == (Decimal("40.00"), "GBP", "fees", "Ferries, Mersey")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no csv of ours",
        file(HEAD, LINES[0]),
        file(HEAD, *LINES, LINES[1]),
        file(HEAD, LINES[0], LINES[1].replace("40.00", "40.01")),
        file(HEAD.replace("340.00", "340.01"), *LINES),
        file(HEAD, LINES[0], LINES[1].replace("40.00", "forty")),
        file(HEAD, LINES[0], LINES[1].replace("2026-01-26", "26 January")),
    ],
    ids=["empty", "prose", "line lost", "line twice", "a penny", "closing", "amount", "date"],
)
def test_what_does_not_add_up_or_cannot_be_read_is_refused(content: str) -> None:
    with pytest.raises(Refused, match=r"^UK-2026-01-27\.csv "):
        read_statement(content, "UK-2026-01-27.csv")


# -- one after another -------------------------------------------------------------------------------------------------


class Bank:
    """What the flow needs of an engine's surroundings: a folder, an ERP, a store."""

    def __init__(self) -> None:
        self.folder: dict[str, str] = {}
        self.taken: list[str] = []
        self.kept: dict[tuple[str, str], Any] = {}
        self.policy, self.files, self.erp, self.store = Policy(), self, self, self

    async def read(self, partner: str, folder: str, name: str, digest: str) -> str:
        assert (partner, folder, digest) == ("bank", "out", str(hash(self.folder[name])))
        return self.folder[name]

    async def put_bank_line(self, line: BankLine, entity: str) -> None:
        self.taken.append(f"{entity} {line.line_id}")

    async def document(self, kind: str, ref: str) -> Any:
        return self.kept.get((kind, ref))

    async def put_document(self, kind: str, ref: str, body: Any) -> None:
        self.kept[kind, ref] = body

    def leaves(self, number: int, opening: str = "0.00", closing: str = "10.00", name: str | None = None) -> str:
        """A statement of one line of 10.00; returns the name of its file."""
        name = name or f"UK-2026-01-{number:02d}.csv"
        head = f"H,BANK-UK,UK,GBP,2026-01-{number:02d},{number},{opening},{closing},1,10.00"
        self.folder[name] = file(head, f"L,{number},2026-01-{number:02d},10.00,Harbour Rail plc,INV-UK-0001,0.00")
        return name

    def take(self, name: str) -> None:
        payload = {"digest": str(hash(self.folder[name]))}
        work = Work("statement", "UK", name, payload, 1, 0, 0)
        with pytest.raises(StopIteration):
            StatementFlow(cast("Any", self)).handle(work).send(None)


def test_statements_are_taken_in_the_order_of_their_numbers() -> None:
    bank = Bank()
    first, second = bank.leaves(1), bank.leaves(2, "10.00", "20.00")
    with pytest.raises(Missing, match="statement 1 of BANK-UK is not there yet"):
        bank.take(second)
    bank.take(first)
    bank.take(second)
    assert bank.taken == ["UK 1", "UK 2"]


def test_the_same_statement_under_another_name_has_no_effect() -> None:
    bank = Bank()
    bank.take(bank.leaves(1))
    bank.take(bank.leaves(1, name="UK-2026-01-01-copy.csv"))
    assert bank.taken == ["UK 1"]


def test_another_statement_of_a_number_and_one_that_does_not_carry_on_are_refused() -> None:
    bank = Bank()
    bank.take(bank.leaves(1))
    with pytest.raises(Refused, match="is a second statement 1 of BANK-UK"):
        bank.take(bank.leaves(1, "5.00", "15.00", name="UK-2026-01-09.csv"))
    with pytest.raises(Refused, match=r"opens with 10.01, the one before closed with 10.00"):
        bank.take(bank.leaves(2, "10.01", "20.01"))
    assert bank.taken == ["UK 1"]
