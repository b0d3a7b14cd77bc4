"""What screen and page show of the engagements: contract value, billed, recognised, position, margin; and hours."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sandbox.checks.books import Books
from sandbox.checks.case import Case, money_text
from sandbox.core.money import exponent
from sandbox.plan import Kind

# Ways of charging in a table's words.
KINDS: dict[Kind, str] = {
    "time_and_materials": "T&M",
    "capped_time": "capped",
    "fixed_fee": "fixed",
    "fixed_fee_by_cost": "cost",
    "milestone": "mile",
    "milestone_over_time": "mile/t",
    "prepaid_hours": "hours",
    "stand_ready": "ready",
}


@dataclass(frozen=True, slots=True)
class EngagementLine:
    """One engagement, amounts ready to be shown."""

    code: str
    client: str
    kind: str
    currency: str
    contract_value: str
    billed: str
    recognised: str
    position: str
    margin: str


@dataclass(frozen=True, slots=True)
class HoursLine:
    """Billable hours of time-and-materials work: billed + unbilled + written off."""

    billable: str
    billed: str
    unbilled: str
    written_off: str
    adds_up: bool


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One dead letter, ready to be shown; ``overdue`` at the end of the run."""

    about: str
    flow: str
    owner: str
    amount: str
    raised: str
    due: str
    overdue: bool
    state: str
    reason: str

    def as_json(self) -> dict[str, str | bool]:
        """JSON data of verdict.json."""
        return asdict(self)


def letter_lines(case: Case) -> list[LetterLine]:
    """Every dead letter there ever was: those that are not resolved, then the others."""
    truth = case.truth
    resolved = [letter for letter in truth.get("letters", ()) if letter["state"] == "resolved"]
    return [
        LetterLine(
            about=letter["about"],
            flow=letter["flow"],
            owner=letter["owner"],
            amount=letter["amount"],
            raised=case.at(letter["raised_us"]),
            due=case.at(letter["due_us"]),
            overdue=letter.get("state", "open") == "open" and letter["due_us"] < truth["end_us"],
            state=letter.get("state", "open"),
            reason=letter["reason"],
        )
        for letter in (*truth["dead_letters"], *resolved)
    ]


def engagement_lines(books: Books) -> list[EngagementLine]:
    """Every engagement, as the systems show it."""
    clients = {client.code: client.name for client in books.case.plan.clients}
    lines = []
    for code, terms in sorted(books.case.terms.items()):
        currency = books.currency[code]
        months = {period: month for (engagement, period), month in books.actual.items() if engagement == code}
        billed = sum(month.invoiced_net for month in months.values())
        recognised = sum(month.revenue for month in months.values())
        earning = [month for month in months.values() if month.revenue]
        profit = sum(month.revenue - month.direct_cost for month in earning)
        position = months[max(months)].position if months else 0
        margin = _percent(profit, recognised) if recognised else "-"
        price = int(terms.price.scaleb(exponent(currency)))
        lines.append(
            EngagementLine(
                code=code,
                client=clients[terms.client],
                kind=KINDS[terms.kind],
                currency=currency,
                contract_value=_number(price, currency),
                billed=_number(billed, currency),
                recognised=_number(recognised, currency),
                position=_number(position, currency),
                margin=margin,
            )
        )
    return lines


def hours_line(books: Books) -> HoursLine:
    """Where the billable hours of time-and-materials work are."""
    case = books.case
    on_invoice = {row["doc"] for row in case.rows("erp.invoiceLine").values() if row["doc"]}
    billed = unbilled = 0
    for record_id, row in case.rows("erp.timeBill").items():
        terms = case.terms.get(case.ref("erp.job", row["customer"]) or "")
        if terms is None or terms.kind != "time_and_materials" or not row["isBillable"]:
            continue
        if record_id in on_invoice:
            billed += row["hours"]
        else:
            unbilled += row["hours"]
    given_up = sum(row["time_in_minutes"] for row in case.rows("psa.time_entry").values() if row["written_off"])
    due = sum(
        card.minutes
        for card in books.expected.cards.values()
        if card.billable and card.period is not None and case.terms[card.engagement].kind == "time_and_materials"
    )
    return HoursLine(
        _hours(due), _hours(billed), _hours(unbilled), _hours(given_up), due == billed + unbilled + given_up
    )


def _number(minor: int, currency: str) -> str:
    return money_text(minor, currency).partition(" ")[0]


def _percent(part: int, whole: int) -> str:
    """Tenths of a percent, cut off."""
    sign = "-" if part < 0 else ""
    tenths = abs(part) * 1000 // whole
    return f"{sign}{tenths // 10}.{tenths % 10}%"


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"
