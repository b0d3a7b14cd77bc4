"""Attributes a tenant adds to its upload templates: mapping, headings, rows in error under the tenant's own code."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from mocks.revenue.shape import uploads_of
from mocks.revenue.templates import PSA_TXN, TEMPLATES
from sandbox.core.tenant_shape import RevenueShape, ShapeMistake
from sandbox.core.wire import Request
from tests.mocks.revenue.client import Desk, order, table, tenant

PRACTICE = {"name": "Atr1", "label": "Practice", "required": True, "choices": ["Cloud", "Data"], "code": "ACME-001"}
SHAPE = RevenueShape.model_validate({"templates": {"PSA_TXN": [PRACTICE, {"name": "Atr7", "label": "Client PO"}]}})
TEMPLATE = uploads_of(SHAPE).templates["PSA_TXN"]


@pytest.fixture
def desk() -> Desk:
    return Desk(given=replace(tenant(), shape=SHAPE))


def staged(desk: Desk, *rows: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    assert desk.upload(table(TEMPLATE, rows), TEMPLATE).status == 200
    desk.wait(60)
    found = desk.mock.store.find("stage_txn", order='"position"')
    return [(each["atr1"], each["atr7"], each["err_msg"]) for each in found]


def test_the_mapping_lists_them_behind_the_columns_of_every_tenant(desk: Desk) -> None:
    mapping = desk.call("GET", "/upload/mapping", "templatename=PSA_TXN").json()["mapping"]
    assert [(each["label"], each["col_name"]) for each in mapping[-2:]] == [("Practice", "ATR1"), ("Client PO", "ATR7")]
    assert [each["label"] for each in mapping[:-2]] == [each.label for each in PSA_TXN.columns]


def test_a_file_without_a_required_attribute_in_its_heading_is_refused(desk: Desk) -> None:
    answer = desk.upload(table(PSA_TXN, [order()]))
    assert answer.json()["result"]["message"] == "column 'Practice' of template PSA_TXN is missing"


def test_rows_that_break_a_rule_are_in_error_under_its_code_and_stop_no_other(desk: Desk) -> None:
    rows = (
        order(atr1="Cloud", atr7="PO-1"),
        order(so_line_id="P-1-2", atr1="", atr7=""),
        order(so_line_id="P-1-3", atr1="Audit", atr7=""),
    )
    assert staged(desk, *rows) == [
        ("Cloud", "PO-1", None),
        (None, None, "ACME-001 Practice is missing"),
        ("Audit", None, "ACME-001 Practice 'Audit' is not one of Cloud, Data"),
    ]
    errors = desk.call("GET", "/stage/error/transaction").json()["result"]
    assert [each["err_msg"].split()[0] for each in errors] == ["ACME-001", "ACME-001"]


def test_lines_keep_them_and_their_view_shows_them(desk: Desk) -> None:
    def shown() -> tuple[str, str, str]:
        desk.collect()
        answer = desk.call("GET", "/biviews/BI3_RC_LNS", "clientId=1")
        (row,) = csv.DictReader(io.StringIO(answer.body.decode()))
        return row["SO_LINE_ID"], row["ATR1"], row["ATR7"]

    staged(desk, order(atr1="Cloud", atr7="PO-1"))
    assert shown() == ("P-1-1", "Cloud", "PO-1")
    staged(desk, order(atr1="Data", atr7=""))
    assert shown() == ("P-1-1", "Data", "")
    path = "/api/integration/v2/biviews/BI3_RC_LNS/describe-columns"
    described = desk.mock.handle(Request("GET", path, "", {"token": desk.token()})).json()
    assert [each["column_name"] for each in described][-2:] == ["ATR1", "ATR7"]


def test_a_rule_of_the_vendor_is_told_first(desk: Desk) -> None:
    ((_, _, error),) = staged(desk, order(curr="XXX", atr1="", atr7=""))
    assert error == "RPRO-0009 currency 'XXX' is not valid"


def test_without_additions_the_templates_are_those_of_every_tenant() -> None:
    assert uploads_of(RevenueShape()).templates is TEMPLATES


@pytest.mark.parametrize(
    ("templates", "place", "message"),
    [
        ({"PSA_TNX": []}, ("PSA_TNX",), "did you mean 'PSA_TXN'"),
        ({"PSA_TXN": [PRACTICE, PRACTICE]}, ("PSA_TXN", 1, "name"), "PSA_TXN has 'atr1' already"),
        ({"PSA_TXN": [{**PRACTICE, "label": "So Num"}]}, ("PSA_TXN", 0, "label"), "PSA_TXN has 'So Num' already"),
    ],
)
def test_what_does_not_fit_a_template_is_refused_with_its_place(
    templates: dict[str, Any], place: tuple[str | int, ...], message: str
) -> None:
    with pytest.raises(ShapeMistake) as wrong:
        uploads_of(RevenueShape.model_validate({"templates": templates}))
    assert wrong.value.place == ("revenue", "templates", *place)
    assert message in wrong.value.message
