"""What the shapes of scenario and firm cannot say: names that must mean something. Raises UsageError with the line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo, available_timezones

from sandbox.core.calendars import is_known
from sandbox.core.documents import line_of
from sandbox.core.errors import UsageError, nearest
from sandbox.firm import fitting_figures, fitting_people, fitting_rates
from sandbox.firm.mistakes import Mistake, Path
from sandbox.firm.mistakes import unknown as _unknown
from sandbox.plan import FirmProfile, Scenario, ScriptedEngagement


def check_firm(firm: FirmProfile, content: bytes, shown: str) -> None:
    """Names inside a firm profile."""
    _raise_first(_in_firm(firm), content, shown)


def check_scenario(scenario: Scenario, firm: FirmProfile, content: bytes, shown: str) -> None:
    """Names a scenario refers to: its own, and the firm's."""
    _raise_first(_in_scenario(scenario, firm), content, shown)


def _raise_first(mistakes: Iterator[Mistake], content: bytes, shown: str) -> None:
    for mistake in mistakes:
        line, where = line_of(content, mistake.path), ".".join(map(str, mistake.path))
        raise UsageError(
            f"{shown}:{line}: {where}: {mistake.message}",
            code="bad_document", file=shown, line=line, path=where, name=mistake.name,
        )  # fmt: skip


def _twice(path: Path, kind: str, names: list[str]) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Mistake((*path, index), f"{kind} {name} stands there twice", name)


# -- the firm ----------------------------------------------------------------------------------------------------------


def _in_firm(firm: FirmProfile) -> Iterator[Mistake]:
    codes = [entity.code for entity in firm.entities]
    yield from _twice(("entities",), "entity", codes)
    for index, entity in enumerate(firm.entities):
        yield from _zone(("entities", index, "zone"), entity.zone)
        if not is_known(entity.country):
            message = f"there is no calendar of country {entity.country!r} (ISO 3166, two letters)"
            yield Mistake(("entities", index, "country"), message, entity.country)
    for tables, rates in (("bill_rates", firm.bill_rates), ("cost_rates", firm.cost_rates)):
        for index, table in enumerate(rates):
            yield from _unknown((tables, index, "entity"), "entity", table.entity, codes)
    yield from _twice(("members",), "employee", [member.employee_id for member in firm.members])
    for index, member in enumerate(firm.members):
        yield from _unknown(("members", index, "entity"), "entity", member.entity, codes)
        if member.manager is not None:
            known = [each.employee_id for each in firm.members]
            yield from _unknown(("members", index, "manager"), "employee", member.manager, known)
    yield from _in_intercompany(firm, codes)
    yield from _in_payroll(firm, codes)


def _in_intercompany(firm: FirmProfile, codes: list[str]) -> Iterator[Mistake]:
    for index, pair in enumerate(firm.intercompany):
        path: Path = ("intercompany", index)
        yield from _unknown((*path, "provider"), "entity", pair.provider, codes)
        yield from _unknown((*path, "receiver"), "entity", pair.receiver, codes)
        if pair.provider == pair.receiver:
            yield Mistake((*path, "receiver"), f"{pair.provider} cannot charge itself", pair.receiver)
    yield from _twice(("intercompany",), "pair", [f"{each.provider} for {each.receiver}" for each in firm.intercompany])


def _in_payroll(firm: FirmProfile, codes: list[str]) -> Iterator[Mistake]:
    """Every grade that somebody holds has a salary; periods do not overlap and are paid from their beginning on."""
    for index, payroll in enumerate(firm.payroll):
        path: Path = ("payroll", index)
        yield from _unknown((*path, "entity"), "entity", payroll.entity, codes)
        for member in firm.members:
            if member.entity == payroll.entity and member.grade not in payroll.salaries:
                message = f"{member.employee_id} is {member.grade}, which has no salary in {payroll.entity}"
                yield Mistake((*path, "salaries"), message, member.grade)
        before: date | None = None
        for number, period in enumerate(payroll.periods):
            where: Path = (*path, "periods", number)
            if not period.start <= period.end or period.pay_day < period.start:
                yield Mistake((*where, "start"), "a pay period starts, then ends, and is not paid before", str(number))
            if before is not None and period.start <= before:
                yield Mistake((*where, "start"), "pay periods come in order and do not overlap", str(number))
            before = period.end


def _zone(path: Path, zone: str) -> Iterator[Mistake]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        close = nearest(zone, sorted(available_timezones()))
        yield Mistake(path, f"unknown zone {zone!r}" + (f"; did you mean {close!r}?" if close else ""), zone)


# -- the scenario ------------------------------------------------------------------------------------------------------


def _in_scenario(scenario: Scenario, firm: FirmProfile) -> Iterator[Mistake]:
    entities = [entity.code for entity in firm.entities]
    members = [member.employee_id for member in firm.members]
    workers = [*members, *(hire.employee_id for hire in scenario.workforce.hires)]
    scripted = [each.code for each in scenario.scripted]
    generated = [each.code for each in scenario.generated]
    cards = [table.card for table in firm.bill_rates if table.card is not None]
    yield from _in_scripted(scenario, entities, workers, cards)
    yield from _in_spending(scenario, firm)
    yield from _in_generated(scenario, entities, workers)
    yield from _in_workforce(scenario, entities, members, workers)
    yield from _lent(scenario, firm)
    for index, member in enumerate(firm.members):
        if member.hired > scenario.start:
            message = f"{member.employee_id} begins after the story; hire them under workforce.hires"
            yield Mistake(("firm", "members", index), message, member.employee_id)
    for index, card in enumerate(scenario.unpostable):
        path: Path = ("unpostable", index)
        yield from _unknown((*path, "engagement"), "engagement", card.engagement, [*scripted, *generated])
        yield from _unknown((*path, "person"), "employee", card.person, workers)
        yield from _unknown((*path, "role"), "unposted role", card.role, firm.unposted_roles)
    for index, remedy in enumerate(scenario.remedies):
        path = ("remedies", index)
        yield from _unknown((*path, "engagement"), "engagement", remedy.engagement, [*scripted, *generated])
        yield from _unknown((*path, "person"), "employee", remedy.person, workers)
        yield from _unknown((*path, "role"), "unposted role", remedy.role, firm.unposted_roles)
    for code in scenario.expectations:
        yield from _unknown(("expectations", code), "engagement", code, [*scripted, *generated])
    yield from fitting_figures.in_expectations(scenario, firm)
    yield from fitting_rates.in_rates(scenario, firm)
    yield from _twice(("scripted",), "engagement", scripted)
    for index, code in enumerate(generated):
        if code in scripted or code in generated[:index]:
            yield Mistake(("generated", index, "code"), f"engagement {code} stands there twice", code)


def _in_scripted(scenario: Scenario, entities: list[str], workers: list[str], cards: list[str]) -> Iterator[Mistake]:
    for index, terms in enumerate(scenario.scripted):
        path: Path = ("scripted", index)
        yield from _unknown((*path, "entity"), "entity", terms.entity, entities)
        yield from _unknown((*path, "approver"), "employee", terms.approver, workers)
        for number, person in enumerate(terms.team):
            yield from _unknown((*path, "team", number), "employee", person, workers)
        yield from _in_price(path, terms)
        yield from _in_changes(path, terms)
        yield from _in_payment(path, terms)
        yield from _in_edits(path, terms, workers, [each.code for each in scenario.scripted], cards)
        named = {
            "time": [rule.person for rule in terms.time],
            "late": [card.person for card in terms.late],
            "write_offs": [each.person for each in terms.write_offs],
        }
        for name, people in named.items():
            for number, person in enumerate(people):
                yield from _unknown((*path, name, number, "person"), "employee", person, workers)


def _lent(scenario: Scenario, firm: FirmProfile) -> Iterator[Mistake]:
    """Where the firm says who may work for whom, nobody is on a team that is not meant."""
    if not firm.intercompany:
        return
    pairs = {(pair.provider, pair.receiver) for pair in firm.intercompany}
    homes = {hire.employee_id: hire.entity for hire in scenario.workforce.hires}
    homes.update((member.employee_id, member.entity) for member in firm.members)
    teams = [(("scripted", index, "team"), each.entity, each.team) for index, each in enumerate(scenario.scripted)]
    teams += [(("generated", index, "pool"), each.entity, each.pool) for index, each in enumerate(scenario.generated)]
    for path, receiver, team in teams:
        for number, person in enumerate(team):
            provider = homes.get(person, receiver)
            if provider != receiver and (provider, receiver) not in pairs:
                message = f"{person} is of {provider}, and the firm has no intercompany pair {provider} for {receiver}"
                yield Mistake((*path, number), message, person)


def _in_changes(path: Path, terms: ScriptedEngagement) -> Iterator[Mistake]:
    """A change that is a contract of its own needs work to be told apart by: hours, and time that names it."""
    separate = [each.number for each in terms.change_orders if each.treatment == "separate"]
    for number, change in enumerate(terms.change_orders):
        where: Path = (*path, "change_orders", number)
        if change.treatment == "separate" and terms.kind != "fixed_fee":
            message = f"a separate change order is measured by hours: of fixed_fee only, {terms.code} is {terms.kind}"
            yield Mistake((*where, "treatment"), message, terms.kind)
        if change.treatment == "separate" and (change.minutes <= 0 or change.bonus):
            message = f"the separate {change.number} of {terms.code} needs hours of its own (minutes), and has no bonus"
            yield Mistake((*where, "treatment"), message, change.number)
    for number, rule in enumerate(terms.time):
        if rule.change is not None:
            yield from _unknown((*path, "time", number, "change"), "separate change order", rule.change, separate)


def _in_payment(path: Path, terms: ScriptedEngagement) -> Iterator[Mistake]:
    """Only money nobody could place is applied later, and not before it came."""
    rule = terms.payment
    if rule.applied_on is not None and not rule.unidentified:
        message = f"a payment of {terms.code} that names its invoice is applied when it comes"
        yield Mistake((*path, "payment", "applied_on"), message, terms.code)
    if rule != type(rule)() and terms.pays_after_days is None:
        message = f"the client of {terms.code} never pays: say when (pays_after_days)"
        yield Mistake((*path, "payment"), message, terms.code)


def _in_edits(
    path: Path, terms: ScriptedEngagement, workers: list[str], codes: list[str], cards: list[str]
) -> Iterator[Mistake]:
    """Who and what edits, credits and transfers name."""
    named: dict[str, list[str | None]] = {
        "holds": [each.person for each in terms.holds],
        "transfers": [each.person for each in terms.transfers],
        "credits": [each.person for each in terms.credits],
    }
    for name, people in named.items():
        for number, person in enumerate(people):
            if person is not None:
                yield from _unknown((*path, name, number, "person"), "employee", person, workers)
    for number, move in enumerate(terms.transfers):
        yield from _unknown((*path, "transfers", number, "to"), "engagement", move.to, codes)
    if terms.rate_card is not None:
        yield from _unknown((*path, "rate_card"), "rate card", terms.rate_card, cards)


def _in_spending(scenario: Scenario, firm: FirmProfile) -> Iterator[Mistake]:
    """What stands in the script of spending, and that a supplier's number is there once."""
    seen: set[tuple[str, str]] = set()
    for index, terms in enumerate(scenario.scripted):
        path: Path = ("scripted", index)
        yield from _in_expenses(path, scenario, terms, firm)
        currency = _home_currency(firm, terms)
        for number, bill in enumerate(terms.subcontracts):
            where: Path = (*path, "subcontracts", number)
            if (bill.supplier, bill.number) in seen:
                message = f"bill {bill.number} of {bill.supplier} stands there twice"
                yield Mistake((*where, "number"), message, bill.number)
            seen.add((bill.supplier, bill.number))
            if not bill.on <= bill.received_on <= bill.approved_on:
                message = "a bill is written, then received (received_on), then approved (approved_on)"
                yield Mistake((*where, "received_on"), message, bill.number)
            if terms.currency not in (None, currency):
                message = f"a bill is in the currency of its entity, {terms.code} is agreed in {terms.currency}"
                yield Mistake((*where, "net"), message, bill.number)


def _in_expenses(path: Path, scenario: Scenario, terms: ScriptedEngagement, firm: FirmProfile) -> Iterator[Mistake]:
    """Expenses are of the team, at home, and handed in after they were made."""
    employer = {each.employee_id: each.entity for each in firm.members}
    employer |= {each.employee_id: each.entity for each in scenario.workforce.hires}
    for number, expense in enumerate(terms.expenses):
        where: Path = (*path, "expenses", number)
        yield from _unknown((*where, "person"), "member of the team", expense.person, terms.team)
        at_home = terms.currency in (None, _home_currency(firm, terms))
        if not at_home or employer.get(expense.person, terms.entity) != terms.entity:
            message = f"{expense.person} lays out money in another currency than {terms.code} has: not carried"
            yield Mistake((*where, "person"), message, expense.person)
        if not expense.on <= expense.booked_on <= expense.approved_on:
            message = "an expense is made, then booked (booked_on), then approved (approved_on)"
            yield Mistake((*where, "booked_on"), message, expense.person)


def _home_currency(firm: FirmProfile, terms: ScriptedEngagement) -> str:
    return next((each.currency for each in firm.entities if each.code == terms.entity), "")


def _in_price(path: Path, terms: ScriptedEngagement) -> Iterator[Mistake]:
    """What a way of charging needs beside a price, and that its parts come to the price."""
    if terms.kind in ("fixed_fee_by_cost", "milestone_over_time") and terms.expected_cost is None:
        message = f"{terms.code} is earned by cost: say what it is expected to cost (expected_cost)"
        yield Mistake((*path, "kind"), message, terms.kind)
    parts = {
        "milestones": [each.amount for each in terms.milestones],
        "instalments": [each.amount for each in terms.instalments],
    }
    by_time = terms.kind in ("time_and_materials", "capped_time")
    wanted = "milestones" if terms.is_by_milestone else "" if by_time else "instalments"
    for name, amounts in parts.items():
        if amounts and name != wanted:
            yield Mistake((*path, name), f"{terms.code} is not billed by {name} ({terms.kind})", terms.kind)
    whole = sum(parts.get(wanted, ()), Decimal(0))
    if wanted and whole != terms.price:
        message = f"the {wanted} of {terms.code} come to {whole}, its price is {terms.price}"
        yield Mistake((*path, wanted) if parts[wanted] else path, message, terms.code)
    codes = [each.code for each in terms.milestones]
    yield from _twice((*path, "milestones"), "milestone", codes)
    for number, fact in enumerate(terms.acceptances):
        yield from _unknown((*path, "acceptances", number, "milestone"), "milestone", fact.milestone, codes)


def _in_generated(scenario: Scenario, entities: list[str], workers: list[str]) -> Iterator[Mistake]:
    for index, wanted in enumerate(scenario.generated):
        path: Path = ("generated", index)
        yield from _unknown((*path, "entity"), "entity", wanted.entity, entities)
        yield from _unknown((*path, "approver"), "employee", wanted.approver, workers)
        for number, person in enumerate(wanted.pool):
            yield from _unknown((*path, "pool", number), "employee", person, workers)


def _in_workforce(scenario: Scenario, entities: list[str], members: list[str], workers: list[str]) -> Iterator[Mistake]:
    workforce = scenario.workforce
    for index, hire in enumerate(workforce.hires):
        path: Path = ("workforce", "hires", index)
        yield from _unknown((*path, "entity"), "entity", hire.entity, entities)
        if hire.employee_id in members:
            message = f"{hire.employee_id} works here already"
            yield Mistake((*path, "employee_id"), message, hire.employee_id)
        if hire.effective <= scenario.start:
            message = f"{hire.employee_id} must begin after the story does ({scenario.start})"
            yield Mistake((*path, "effective"), message, hire.employee_id)
    for index, promotion in enumerate(workforce.promotions):
        path = ("workforce", "promotions", index, "employee_id")
        yield from _unknown(path, "employee", promotion.employee_id, workers)
    for index, leave in enumerate(workforce.leavers):
        path = ("workforce", "leavers", index, "employee_id")
        yield from _unknown(path, "employee", leave.employee_id, workers)
    yield from fitting_people.in_changes(workforce, entities, workers)
