"""Business figures of a run by currency, from the systems' own surfaces."""

from __future__ import annotations

from typing import Any

from sandbox.report.figures import business_figures
from tests.checks.builders import PENNY, Scene


def by(scene: Scene, name: str) -> Any:
    return business_figures(scene.books)[name]["by"]


def test_the_shortest_thread_has_figures_one_can_work_out(tiny: Scene) -> None:
    figures = business_figures(tiny.books)
    # Three cards of 566.67; cost 3 x 283.33; all billed and recognised.
    assert {name: figure["by"] for name, figure in figures.items()} == {
        "recognised_revenue": {"GBP": "1700.01"},
        "margin": {"GBP": "850.02"},
        "deferred_revenue": {"GBP": "0.00"},
        "contract_assets": {"GBP": "0.00"},
        "unbilled": {"GBP": "0.00"},
    }
    assert figures["recognised_revenue"] == {"value": "1700.01", "unit": "GBP", "by": {"GBP": "1700.01"}}


def test_nothing_in_the_only_currency_is_a_value(tiny: Scene) -> None:
    assert business_figures(tiny.books)["deferred_revenue"] == {"value": "0.00", "unit": "GBP", "by": {"GBP": "0.00"}}


def test_a_figure_over_several_currencies_has_no_single_value(long: Scene) -> None:
    figure = business_figures(long.books)["recognised_revenue"]
    assert (figure["value"], figure["unit"]) == (None, "currency")
    assert sorted(figure["by"]) == ["GBP", "USD"]


def alone(scene: Scene, *codes: str) -> None:
    """Keep only some engagements in the plan."""
    scene.alter_plan(terms=tuple(terms for terms in scene.plan.terms if terms.code in codes))


def test_a_liability_is_deferred_revenue_and_an_asset_is_none(long: Scene) -> None:
    alone(long, "ENG-02")
    # 117,000.00 billed less 46,829.27 recognised.
    assert (by(long, "deferred_revenue"), by(long, "contract_assets")) == ({"USD": "70170.73"}, {"USD": "0.00"})
    assert by(long, "recognised_revenue") == {"USD": "46829.27"}
    # Less the cost of both months, 17,726.40 and 19,388.80.
    assert by(long, "margin") == {"USD": "9714.07"}


def test_what_was_earned_and_not_billed_is_an_asset(tiny: Scene) -> None:
    for line in tiny.ledger("2100"):
        if line["credit"] == 17_000_100:
            tiny.remove("erp.transactionLine", line)
            break
    figures = business_figures(tiny.books)
    assert {figures["contract_assets"]["by"]["GBP"], figures["deferred_revenue"]["by"]["GBP"]} == {"1700.01", "0.00"}


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
