"""Bank statements: a file is taken once, in the order of its numbers, when it adds up; each line goes to the ERP."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sandbox.engine.canonical import BankLine
from sandbox.engine.context import Context
from sandbox.engine.resilience import Missing, Refused
from sandbox.engine.store import NewWork, Work

SOURCE = "files.statements"
_PARTNER, _OUT = "bank", "out"


@dataclass(frozen=True, slots=True)
class Statement:
    """A bank statement as its file says it."""

    account: str
    entity: str
    number: int
    opening: Decimal
    closing: Decimal
    count: int
    total: Decimal
    lines: tuple[BankLine, ...]


class StatementFlow:
    """Statement files to bank lines of the ERP."""

    name = "statement"

    def __init__(self, context: Context) -> None:
        self._c = context

    async def look(self) -> None:
        """Queue the files that were not taken before, by name and content."""
        context = self._c
        files = {f"{each.name} {each.digest}": each for each in await context.files.listed(_PARTNER, _OUT)}
        fresh = list(files)
        if not context.policy.forgets_events():
            fresh = await context.store.unseen(SOURCE, fresh)
        work = []
        for key in fresh:
            name, digest = files[key].name, files[key].digest
            # Statements of an account share a lane: <ENTITY>-<day>.csv.
            lane = context.policy.lane(name[: -len("-YYYY-MM-DD.csv")], key)
            work.append(NewWork(self.name, lane, name, {"digest": digest}, tier=1))
        await context.take(SOURCE, fresh, work)

    async def handle(self, work: Work) -> None:
        """Take over a statement. One whose predecessor is not there yet waits; one that cannot be right is refused."""
        context = self._c
        text = await context.files.read(_PARTNER, _OUT, work.key, work.payload["digest"])
        statement = read_statement(text, work.key)
        taken = await context.store.document("statement", statement.account) or {"number": 0, "closing": None, "of": {}}
        if context.policy.checks_statement_numbers():
            if str(statement.number) in taken["of"]:
                if taken["of"][str(statement.number)] == work.payload["digest"]:
                    return
                raise Refused(f"{work.key} is a second statement {statement.number} of {statement.account}")
            if statement.number != taken["number"] + 1:
                missing = f"statement {taken['number'] + 1} of {statement.account} is not there yet"
                raise Missing(f"{work.key} waits: {missing}")
            if taken["closing"] is not None and Decimal(taken["closing"]) != statement.opening:
                raise Refused(
                    f"{work.key} opens with {statement.opening}, the one before closed with {taken['closing']}"
                )
        for line in statement.lines:
            await context.erp.put_bank_line(line, statement.entity)
        of = {**taken["of"], str(statement.number): work.payload["digest"]}
        await context.store.put_document(
            "statement", statement.account, {"number": statement.number, "closing": str(statement.closing), "of": of}
        )


def read_statement(text: str, name: str) -> Statement:
    """A statement file; raises Refused when it cannot be read, or its control totals are not those of its lines."""
    records = list(csv.reader(text.splitlines()))
    try:
        head, *rest = records
        _, account, entity, currency, _, number, opening, closing, count, total = head
        lines = tuple(
            BankLine(line_id, date.fromisoformat(on), Decimal(amount), currency, reference, remitter)
            for _, line_id, on, amount, remitter, reference, _ in rest
        )
        statement = Statement(
            account, entity, int(number), Decimal(opening), Decimal(closing), int(count), Decimal(total), lines
        )
    except (ValueError, InvalidOperation) as malformed:
        raise Refused(f"{name} is no statement: {malformed}") from malformed
    there = sum((line.amount for line in lines), Decimal(0))
    if (len(lines), there) != (statement.count, statement.total):
        raise Refused(f"{name} says {count} lines of {total}, and has {len(lines)} of {there}")
    if statement.opening + there != statement.closing:
        raise Refused(f"{name} opens with {opening}, moves {there} and closes with {closing}")
    return statement
