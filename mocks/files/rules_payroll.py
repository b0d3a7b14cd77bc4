"""The payroll provider: takes approved time per pay period, pays salaries, hands back the journal of the run."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

from mocks.files.records import ACCEPTED, REJECTED
from mocks.files.rules import csv_text, write
from mocks.files.time_files import TimeFile, read
from mocks.kit.person import FormRefused
from mocks.kit.store import Store
from sandbox.core.calendars import workdays
from sandbox.core.money import Money, from_scaled, plain, quantize, split, to_scaled
from sandbox.core.observe import Row
from sandbox.core.periods import Period

OUT = "payroll/out"
# Salaries and on-cost, payroll payable (accounting.md J03).
EXPENSE, PAYABLE = "6000", "2200"


def entity_of(store: Store, code: str) -> Row:
    """The entity of a code; raises FormRefused."""
    entity = store.one("payroll_entity", {"code": code})
    if entity is None:
        raise FormRefused(f"no entity {code} on the payroll", field="entity", status=404)
    return entity


def period_of(store: Store, entity: str, end: date) -> Row:
    """The pay period of an entity that ends on a day; raises FormRefused."""
    found = store.one("pay_period", {"entity": entity, "end": end.isoformat()})
    if found is None:
        raise FormRefused(f"{entity} has no pay period that ends on {end}", field="period_end", status=404)
    return found


def register(store: Store, employee: Row) -> Row:
    """Somebody is put on the payroll, or what is known of them replaced. Raises FormRefused: unknown entity."""
    entity_of(store, employee["entity"])
    known = store.one("payroll_employee", {"employee_id": employee["employee_id"]})
    if known is not None and all(known[name] == value for name, value in employee.items()):
        return known
    if known is not None:
        return store.update("payroll_employee", known["id"], employee, before=known)
    return store.insert("payroll_employee", employee, label=f"employee {employee['employee_id']}")


def take_time(store: Store, file: Row, now_us: int) -> Row:
    """Look at a time file as a whole and write its result file: all of it is taken or none."""
    mine = {
        row["employee_id"] for row in store.select('SELECT "employee_id" FROM "payroll_employee" WHERE "_deleted" = 0')
    }
    found = read(file["name"], file["content"], mine)
    if found.start is not None and found.end is not None:
        _check_period(store, found)
    status = REJECTED if found.problems else ACCEPTED
    stem = file["name"].removesuffix(".csv")
    write(store, OUT, f"{stem}.{status}.csv", _result(file["name"], status, found), now_us)
    values = {
        "file_name": file["name"],
        "entity": found.entity,
        "period_start": found.start.isoformat() if found.start else None,
        "period_end": found.end.isoformat() if found.end else None,
        "status": status,
        "count": found.count,
        "minutes": found.minutes,
        "problems": len(found.problems),
    }
    return store.insert("time_delivery", values, label=f"delivery {file['name']}")


def _check_period(store: Store, found: TimeFile) -> None:
    span = {"start": str(found.start), "end": str(found.end)}
    if store.one("pay_period", {"entity": found.entity, **span}) is None:
        found.say(1, f"{found.entity or 'blank'} has no pay period {span['start']} to {span['end']}")
    key = {"entity": found.entity, "period_end": span["end"], "status": ACCEPTED}
    before = store.one("time_delivery", key)
    if before is not None:
        found.say(1, f"the pay period was delivered by {before['file_name']}")


def _result(name: str, status: str, found: TimeFile) -> str:
    """``H,file,accepted,count,minutes`` or ``H,file,rejected,problems`` and ``L,line,reason`` for each."""
    if status == ACCEPTED:
        return csv_text([("H", name, status, found.count, found.minutes)])
    problems = sorted(found.problems, key=lambda problem: problem[0])
    return csv_text([("H", name, status, len(problems)), *(("L", line, reason) for line, reason in problems)])


def run(store: Store, entity: Row, period: Row, now_us: int) -> Row:
    """Pay a period and write its journal file. Raises FormRefused when it has been paid.

    ``H,entity,period start,period end,pay day,currency,count,control total of debits``, then
    ``L,line id,account,debit,credit,posting period``. Hours do not change a salary.
    """
    key = {"entity": entity["code"], "period_end": period["end"]}
    if store.one("payroll_run", key) is not None:
        raise FormRefused(f"the pay period to {period['end']} has been paid", field="period_end")
    pays = gross_pays(store, entity, period)
    total = sum((pay.amount for pay in pays), Decimal(0))
    values = {
        **key,
        "period_start": period["start"],
        "currency": entity["currency"],
        "employees": len(pays),
        "gross": to_scaled(total),
        "file_name": f"journal-{entity['code']}-{period['end']}.csv",
    }
    paid = store.insert("payroll_run", values, label=f"run {entity['code']} {period['end']}")
    lines = _journal(store, paid, Money(total, entity["currency"]), entity["country"], period)
    debits = plain(from_scaled(sum(line["debit"] for line in lines)))
    head = ("H", entity["code"], period["start"], period["end"], period["pay_day"], entity["currency"])
    records: list[tuple[object, ...]] = [(*head, len(lines), debits)]
    records += [
        ("L", line["id"], line["account"], _text(line["debit"]), _text(line["credit"]), line["period"])
        for line in lines
    ]
    write(store, OUT, paid["file_name"], csv_text(records), now_us)
    return paid


def gross_pays(store: Store, entity: Row, period: Row) -> list[Money]:
    """Gross pay of everybody employed on any day of the period: a year's salary over the periods of a year.

    Each rounds to the minor unit, half away from zero. Who joins or leaves within the period is paid all of it.
    """
    currency = entity["currency"]
    return [
        Money(quantize(from_scaled(row["annual_gross"]) / entity["periods_per_year"], currency), currency)
        for row in store.find("payroll_employee", {"entity": entity["code"]}, order='"employee_id"')
        if (row["first_day"] or period["start"]) <= period["end"]
        and (row["last_day"] or period["end"]) >= period["start"]
    ]


def allocation(total: Money, country: str, start: date, end: date) -> list[tuple[Period, Money]]:
    """A sum over the posting months of a span by working days (largest remainder); months without one are left out.

    A span without any working day belongs to the month it ends in.
    """
    days = Counter(Period.of(day) for day in workdays(country, start, end))
    if not days:
        return [(Period.of(end), total)]
    months = sorted(days)
    return list(zip(months, split(total, [days[month] for month in months]), strict=True))


def _journal(store: Store, paid: Row, total: Money, country: str, period: Row) -> list[Row]:
    lines = []
    start, end = date.fromisoformat(period["start"]), date.fromisoformat(period["end"])
    for month, part in allocation(total, country, start, end):
        amount = to_scaled(part.amount)
        if not amount:
            continue
        for account, debit, credit in ((EXPENSE, amount, 0), (PAYABLE, 0, amount)):
            values = {
                "run": paid["id"],
                "account": account,
                "debit": debit,
                "credit": credit,
                "period": str(month),
            }
            lines.append(store.insert("payroll_journal_line", values, label=f"{paid['id']} {month} {account}"))
    return lines


def _text(scaled: int) -> str:
    return plain(from_scaled(scaled))
