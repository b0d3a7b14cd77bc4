"""Business figures: worked out by hand on small runs, and each seen to differ when one side is moved a little."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.checks.business_figures import NAMES, BusinessFigure, business_figures, check
from sandbox.checks.business_figures.figure import CURRENCY, DAYS, HOURS, MINUTES, PERCENT, PIECES, SECONDS, Told
from sandbox.checks.versions import Versions
from sandbox.core.clock import DAY_US, HOUR_US
from tests.checks.builders import PENNY, Recorded, Scene, record


@pytest.fixture(scope="session")
def corrected_run() -> Recorded:
    return record("dead-letter-replayed")


@pytest.fixture
def corrected(corrected_run: Recorded) -> Scene:
    """Three dead letters that were corrected and one that was waived."""
    return corrected_run.scene()


@pytest.fixture
def long(calm: Scene) -> Scene:
    """Six weeks, two offices, eight engagements."""
    return calm


def figures_of(scene: Scene) -> dict[str, BusinessFigure]:
    case = scene.case
    return {figure.name: figure for figure in business_figures(scene.books, Versions(case))}


def by(scene: Scene, name: str) -> Any:
    return figures_of(scene)[name].as_json()["by"]


def differing(scene: Scene) -> set[str]:
    """Names of the figures whose sides differ."""
    findings = check(list(figures_of(scene).values())).findings
    assert all(finding.check == "FIGURES.business" for finding in findings)
    return {finding.key.split(" ")[0] for finding in findings}


def test_the_shortest_thread_has_figures_one_can_work_out(tiny: Scene) -> None:
    told = {name: figure.as_json()["by"] for name, figure in figures_of(tiny).items()}
    assert list(told) == list(NAMES)
    lag, depth = told.pop("event_lag"), told.pop("queue_depth")
    assert told == {
        # 5,000.00 less 1,700.01.
        "backlog": {"GBP": "3299.99"},
        # 1,200 minutes of three people: 21 working days each, 30,240 minutes: 3.968... percent.
        "utilisation": {"UK": "4.0"},
        "realisation": {"GBP": "100.0"},
        # Three cards of 566.67; cost 3 x 283.33; all billed and recognised.
        "margin": {"GBP": "850.02"},
        # Planned 5,000.00 less 40 h x 42.50 = 1,700.00: 66.0%. Actual 850.02 / 1,700.01 = 50.001%.
        "margin_variance": {"GBP": "-16.0"},
        "wip": {"GBP": "0.00"},
        "unbilled": {"GBP": "0.00"},
        "billing_readiness": {},
        "unposted_time": {"UK": "0"},
        "deferred_revenue": {"GBP": "0.00"},
        "contract_assets": {"GBP": "0.00"},
        "recognised_revenue": {"GBP": "1700.01"},
        "project_setup_time": told["project_setup_time"],
        # 28 January to 10 February.
        "time_to_invoice": {"UK": "13.0"},
        "billing_accuracy": {"UK": "100.0"},
        # Friday 6 February is the fifth working day.
        "days_to_close": {"2026-01": "5.0"},
        "exception_resolution_time": {},
        "straight_through_share": {"invoice": "100.0", "payment": "100.0", "time": "100.0"},
    }
    assert (sorted(lag), sorted(depth)) == (["max", "p50", "p99"], ["max", "mean"])


def test_nothing_in_the_only_currency_is_a_value(tiny: Scene) -> None:
    figure = figures_of(tiny)["deferred_revenue"]
    assert figure.as_json() == {"value": "0.00", "unit": "GBP", "by": {"GBP": "0.00"}}


def test_a_figure_over_several_currencies_has_no_single_value(long: Scene) -> None:
    figures = figures_of(long)
    revenue = figures["recognised_revenue"].as_json()
    assert (revenue["value"], revenue["unit"]) == (None, "currency")
    assert sorted(revenue["by"]) == ["GBP", "USD"]
    # Nor has a percentage of pounds and dollars; one of hours has.
    assert figures["realisation"].as_json()["value"] is None
    assert figures["utilisation"].as_json()["value"] is not None


def test_what_only_the_history_knows_is_measured_and_not_compared(long: Scene) -> None:
    figures = figures_of(long)
    measured = {name for name, figure in figures.items() if figure.measured}
    assert measured == {"project_setup_time", "event_lag", "queue_depth"}
    assert measured.isdisjoint(check(list(figures.values())).parts)


def alone(scene: Scene, *codes: str) -> None:
    """Keep only some engagements in the plan, and what was done for them."""
    deeds = []
    for deed in scene.plan.deeds:
        sheets = [sheet for sheet in deed.args.get("sheets", ()) if sheet["engagement"] in codes]
        if deed.verb == "book":
            deeds.append(deed.model_copy(update={"args": {"sheets": sheets}}))
        elif deed.args.get("engagement", codes[0]) in codes:
            deeds.append(deed)
    terms = tuple(terms for terms in scene.plan.terms if terms.code in codes)
    scene.alter_plan(terms=terms, deeds=tuple(deeds))


def test_a_liability_is_deferred_revenue_and_an_asset_is_none(long: Scene) -> None:
    alone(long, "ENG-02")
    # 117,000.00 billed less 46,829.27 recognised.
    assert (by(long, "deferred_revenue"), by(long, "contract_assets")) == ({"USD": "70170.73"}, {"USD": "0.00"})
    assert by(long, "recognised_revenue") == {"USD": "46829.27"}
    # Less the cost of both months, 17,726.40 and 19,388.80.
    assert by(long, "margin") == {"USD": "9714.07"}


def test_an_asset_of_one_contract_does_not_hide_the_liability_of_another(long: Scene) -> None:
    alone(long, "ENG-02", "ENG-04")
    before = by(long, "deferred_revenue")["USD"]
    job = long.the("erp.job", entityId="ENG-04")["id"]
    line = long.ledger("4010", job=job)[0]
    # ENG-04 has a liability; a million less of it is an asset.
    long.post(line["transaction"], "2100", 1_000_000 * 100 * PENNY, job=job)
    owed = sum(each["credit"] - each["debit"] for each in long.ledger("2100", job=job)) // PENNY
    assert owed < 0
    assert by(long, "contract_assets") == {"USD": f"{-owed // 100}.{-owed % 100:02d}"}
    assert by(long, "deferred_revenue") == {"USD": "70170.73"}
    assert before != "70170.73"


def test_unbilled_is_approved_value_less_what_was_billed_and_given_up(long: Scene) -> None:
    alone(long, "ENG-01", "ENG-02")
    # 15,675.03 + 17,457.97 - 937.50 - 15,304.20.
    assert by(long, "unbilled") == {"GBP": "16891.30", "USD": "0.00"}


def test_a_concession_is_less_revenue(tiny: Scene) -> None:
    job = tiny.the("erp.job", entityId="ENG-01")["id"]
    line = tiny.ledger("4000", job=job)[0]
    tiny.post(line["transaction"], "4050", 100 * PENNY, job=job)
    assert (by(tiny, "recognised_revenue"), by(tiny, "margin")) == ({"GBP": "1699.01"}, {"GBP": "849.02"})


def test_letters_that_were_corrected_are_no_straight_way_and_take_their_time(corrected: Scene) -> None:
    # Three of the three cards that arrived, and neither invoice nor payment; the fourth was waived.
    assert by(corrected, "straight_through_share") == {"invoice": "100.0", "payment": "100.0", "time": "0.0"}
    assert by(corrected, "unposted_time") == {"UK": "120"}
    # Monday 10:15 to Wednesday 14:00, three times; and the second Monday 10:15 to Tuesday 14:00.
    assert by(corrected, "exception_resolution_time") == {"Finance": "45.8"}
    assert differing(corrected) == set()


# -- seen to differ ----------------------------------------------------------------------------------------------------


def a_penny_of_price(scene: Scene) -> None:
    scene.the("crm.Opportunity", Engagement_Code__c="ENG-01")["Amount"] += PENNY


def a_penny_of_revenue(scene: Scene) -> None:
    job = scene.the("erp.job", entityId="ENG-01")["id"]
    scene.ledger("4000", job=job)[0]["credit"] += PENNY


def a_penny_of_cost(scene: Scene) -> None:
    job = scene.the("erp.job", entityId="ENG-01")["id"]
    scene.ledger("5000", job=job)[0]["debit"] += PENNY


def a_penny_of_liability(scene: Scene) -> None:
    job = scene.the("erp.job", entityId="ENG-02")["id"]
    scene.ledger("2100", job=job)[0]["credit"] += PENNY


def a_penny_of_asset(scene: Scene) -> None:
    job = scene.the("erp.job", entityId="ENG-05")["id"]
    scene.ledger("2100", job=job)[0]["debit"] += PENNY


def hours_sold(scene: Scene) -> None:
    line = scene.the("crm.OpportunityLineItem", Contract_Line_Code__c="ENG-01-L1")
    line["Budget_Hours__c"] += 10 * 10_000


def a_day_of_work(scene: Scene) -> None:
    for row in scene.find("psa.time_entry", approved=1, billable=1)[:1]:
        row["time_in_minutes"] += 480


def an_invoice_net(scene: Scene) -> None:
    scene.invoice("ENG-01 2026-01")["subtotal"] += 100 * 100 * PENNY


def a_minute_in_the_psa(scene: Scene) -> None:
    workspace = next(row for row in scene.rows("psa.workspace").values() if row["title"].startswith("ENG-01 "))
    scene.find("psa.time_entry", workspace_id=workspace["id"], approved=1, invoice_id=None, billable=1)[0][
        "time_in_minutes"
    ] += 1


def a_minute_in_the_erp(scene: Scene) -> None:
    scene.time_bill("ENG-01", "W-0015", "2026-02-10")["hours"] += 1


def a_card_that_was_not_posted(scene: Scene) -> None:
    jobs = [scene.the("erp.job", entityId=code)["id"] for code in ("ENG-03", "ENG-05")]
    rows = [row for job in jobs for row in scene.find("erp.timeBill", customer=job, isBillable=1, invoice=None)]
    scene.remove("erp.timeBill", next(row for row in rows if row["tranDate"] < "2026-02"))


def an_invoice_date(scene: Scene) -> None:
    scene.invoice("ENG-01 2026-01")["tranDate"] = "2026-02-13"


def a_credited_invoice(scene: Scene) -> None:
    scene.invoice("ENG-01 2026-01")["custbody_credited"] = PENNY


def a_later_close(scene: Scene) -> None:
    closing = next(
        each
        for each in scene.history
        if each["kind"] == "change" and each["record"] == "accountingPeriod" and each["after"].get("closed")
        and each["phase"] != "warmup"
    )  # fmt: skip
    scene.rewrite(closing, t_us=closing["t_us"] + 3 * DAY_US)


PLANTED: list[tuple[str, Callable[[Scene], None]]] = [
    ("backlog", a_penny_of_price),
    ("recognised_revenue", a_penny_of_revenue),
    ("margin", a_penny_of_cost),
    ("deferred_revenue", a_penny_of_liability),
    ("contract_assets", a_penny_of_asset),
    ("margin_variance", hours_sold),
    ("utilisation", a_day_of_work),
    ("realisation", an_invoice_net),
    ("wip", a_minute_in_the_psa),
    ("unbilled", a_minute_in_the_erp),
    ("billing_readiness", a_card_that_was_not_posted),
    ("unposted_time", a_card_that_was_not_posted),
    ("time_to_invoice", an_invoice_date),
    ("billing_accuracy", a_credited_invoice),
    ("days_to_close", a_later_close),
]


@pytest.mark.parametrize(("name", "plant"), PLANTED)
def test_a_figure_that_one_side_tells_otherwise_is_found(
    long: Scene, name: str, plant: Callable[[Scene], None]
) -> None:
    assert differing(long) == set()
    plant(long)
    assert name in differing(long)


def test_an_exception_that_took_longer_is_found(corrected: Scene) -> None:
    corrected.find("crm.Case", Resolution__c="Corrected")[0]["ClosedDate"] += HOUR_US
    assert differing(corrected) == {"exception_resolution_time"}


def test_a_case_a_person_closed_that_nobody_planned_is_found(corrected: Scene) -> None:
    case = corrected.find("crm.Case", Resolution__c="Corrected")[0]
    case["LastModifiedById"] = case["_creator"]
    assert differing(corrected) == {"straight_through_share"}


# -- how values are shown ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "value", "unit"),
    [
        (Told(CURRENCY, {"JPY": (1700, 1)}), "1700", "JPY"),
        (Told(CURRENCY, {"GBP": (0, 1), "USD": (150, 1)}), "1.50", "USD"),
        # 1/3 is 33.3%, 2/3 is 66.7%; of both together the ratio of sums.
        (Told(PERCENT, {"UK": (1, 3), "US": (2, 3)}), "50.0", PERCENT),
        (Told(PERCENT, {"UK": (2, 3)}), "66.7", PERCENT),
        (Told(PERCENT, {"UK": (1, 1), "US": (0, 9)}), "10.0", PERCENT),
        (Told(PERCENT, {}), None, PERCENT),
        (Told(MINUTES, {"UK": (30, 1), "US": (60, 1)}), "90", MINUTES),
        (Told(HOURS, {"all": (90, 1)}), "1.5", HOURS),
        (Told(DAYS, {"UK": (7, 2), "US": (2, 2)}), "2.3", DAYS),
        (Told(SECONDS, {"p50": (3, 1), "max": (9, 1)}, headline="p50"), "3", SECONDS),
        (Told(SECONDS, {}, headline="p50"), None, SECONDS),
        (Told(PIECES, {"mean": (1, 4)}, headline="mean"), "0.3", PIECES),
    ],
)
def test_a_value_is_shown_with_one_rounding(told: Told, value: str | None, unit: str) -> None:
    assert BusinessFigure("x", "x", told).value == (value, unit)
