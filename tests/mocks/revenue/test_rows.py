"""Every row is judged by the vendor's codes: each rule broken once, alone, on a row that is good otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mocks.revenue.rules_rows import read_date
from tests.mocks.revenue.client import Desk, hours, invoice, order

BAD_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"type": "CST"}, "RPRO-00001 transaction type 'CST' is not valid"),
    ({"type": ""}, "RPRO-00001 transaction type '' is not valid"),
    ({"type": "so"}, "RPRO-00001 transaction type 'so' is not valid"),
    ({"business_unit": "FR"}, "RPRO-00053 no organisation has the business unit 'FR'"),
    ({"business_unit": ""}, "RPRO-00053 no organisation has the business unit ''"),
    ({"so_num": ""}, "SBX-00003 order number is missing"),
    ({"so_line_id": ""}, "SBX-00003 order line id is missing"),
    ({"so_date": ""}, "SBX-00003 order date is missing"),
    ({"so_date": "12-01-2026"}, "SBX-00003 order date '12-01-2026' is not valid"),
    ({"cstmr_nm": "  "}, "RPRO-00003 customer name is missing"),
    ({"curr": "usd"}, "RPRO-0009 currency 'usd' is not valid"),
    ({"curr": "XXX"}, "RPRO-0009 currency 'XXX' is not valid"),
    ({"curr": ""}, "RPRO-0009 currency '' is not valid"),
    ({"f_cur": "EUR"}, "RPRO-0009 functional currency 'EUR' is not USD of US"),
    ({"f_cur": ""}, "RPRO-0009 functional currency '' is not USD of US"),
    ({"curr": "EUR", "f_ex_rate": ""}, "RPRO-00076 exchange rate is missing"),
    ({"curr": "EUR", "f_ex_rate": "0"}, "RPRO-00011 functional exchange rate '0' is not valid"),
    ({"curr": "EUR", "f_ex_rate": "-1.1"}, "RPRO-00011 functional exchange rate '-1.1' is not valid"),
    ({"f_ex_rate": "x"}, "RPRO-00011 functional exchange rate 'x' is not valid"),
    ({"f_ex_rate": "1.1"}, "RPRO-00011 functional exchange rate 1.1 of a currency with itself is not 1"),
    ({"ord_qty": ""}, "RPRO-00072 order quantity is missing"),
    ({"ord_qty": "many"}, "RPRO-00072 order quantity 'many' is not valid"),
    ({"ord_qty": "-1"}, "RPRO-00072 order quantity -1 is negative"),
    ({"ext_lst_prc": ""}, "SBX-00003 extended list price is missing"),
    ({"ext_sll_prc": ""}, "RPRO-00059 extended sell price is missing"),
    ({"ext_sll_prc": "1,000.00"}, "RPRO-00059 extended sell price '1,000.00' is not valid"),
    ({"ext_sll_prc": "1e3"}, "RPRO-00059 extended sell price '1e3' is not valid"),
    ({"ext_sll_prc": "10.005"}, "RPRO-0009 extended sell price 10.005 is not rounded to USD"),
    ({"ext_sll_prc": "10.000005"}, "RPRO-0009 extended sell price 10.000005 is not rounded to USD"),
    ({"ext_lst_prc": "10.005"}, "RPRO-0009 extended list price 10.005 is not rounded to USD"),
    ({"curr": "JPY", "f_ex_rate": "0.007", "ext_sll_prc": "10.5", "ext_lst_prc": "11"},
     "RPRO-0009 extended sell price 10.5 is not rounded to JPY"),
    ({"ext_sll_prc": "999999999999.99", "curr": "EUR", "f_ex_rate": "1.1"},
     "SBX-00007 extended sell price 999999999999.99 is too large"),
    ({"ext_lst_prc": "100000000000", "curr": "KWD", "f_ex_rate": "10"},
     "SBX-00007 extended list price 100000000000 is too large"),
    ({"ext_sll_prc": "1000000000000.00"}, "RPRO-00059 extended sell price '1000000000000.00' is not valid"),
    ({"ext_sll_prc": "-5"}, "SBX-00004 negative order line -5: discount lines are not offered"),
    ({"start_date": "01-JAX-2026"}, "RPRO-00015 start date '01-JAX-2026' is not valid"),
    ({"end_date": "31-FEB-2026"}, "RPRO-00016 end date '31-FEB-2026' is not valid"),
    ({"end_date": ""}, "RPRO-00016 end date is missing"),
    ({"start_date": ""}, "RPRO-00018 start date is missing"),
    ({"start_date": "01-FEB-2026"}, "RPRO-00013 end date 31-JAN-2026 is before start date 01-FEB-2026"),
    ({"right_to_bill": "y"}, "RPRO-00049 right to bill 'y' is not Y or N"),
    ({"right_to_bill": "Y", "start_date": "", "end_date": ""}, "RPRO-00018 start date is missing (a line with"),
    ({"def_segments": ""}, "RPRO-00021 deferred segments is missing"),
    ({"rev_segments": ""}, "RPRO-00023 revenue segments is missing"),
    ({"pob_template": "RATABLE"}, "SBX-00008 POB template 'RATABLE' is not one of END_DATE, PCT_HOURS, PCT_COST, RATA"),
    ({"pob_template": "RATABLE_DAILY", "start_date": "", "end_date": ""},
     "RPRO-00018 start date is missing (a line released by RATABLE_DAILY has a term)"),
    ({"pob_template": "ESTIMATE", "start_date": "", "end_date": ""}, "RPRO-00018 start date is missing (a line rel"),
    ({"pob_template": "END_DATE", "start_date": "", "end_date": ""}, "RPRO-00018 start date is missing"),
    ({"pob_template": "QUANTITY", "ord_qty": "0"}, "RPRO-00072 order quantity is nothing"),
    ({"ct_mod_date": "soon"}, "RPRO-00066 contract modification date 'soon' is not valid"),
]  # fmt: skip

BAD_INVOICES: list[tuple[dict[str, Any], str]] = [
    ({"business_unit": "FR"}, "RPRO-00053 no organisation has the business unit 'FR'"),
    ({"inv_num": ""}, "RPRO-00035 invoice number is missing"),
    ({"inv_line_id": ""}, "RPRO-00036 invoice line id is missing"),
    ({"inv_date": "soon"}, "SBX-00003 invoice date 'soon' is not valid"),
    ({"curr": "XXX"}, "RPRO-0009 currency 'XXX' is not valid"),
    ({"f_ex_rate": "2"}, "RPRO-00011 functional exchange rate 2 of a currency with itself is not 1"),
    ({"ord_qty": ""}, "RPRO-00072 order quantity is missing"),
    ({"inv_qty": ""}, "RPRO-0007 invoice quantity is missing"),
    ({"ext_lst_prc": ""}, "SBX-00003 extended list price is missing"),
    ({"ext_sll_prc": ""}, "RPRO-00059 extended sell price is missing"),
    ({"ext_sll_prc": "0.001"}, "RPRO-0009 extended sell price 0.001 is not rounded to USD"),
    ({"end_date": "31-JAN-2026"}, "RPRO-00018 start date is missing"),
    ({"def_segments": ""}, "RPRO-00021 deferred segments is missing"),
    ({"rev_segments": ""}, "RPRO-00023 revenue segments is missing"),
    ({"so_line_id": "P-9-9"}, "RPRO-00064 invoice refers to order line 'P-9-9', which is not known"),
    ({"so_line_id": ""}, "RPRO-00064 invoice refers to order line '', which is not known"),
    ({"business_unit": "UK", "f_cur": "GBP", "f_ex_rate": "0.8"}, "RPRO-00064 invoice refers to order line 'P-1-1'"),
    ({"so_num": "P-2"}, "SBX-00002 order line P-1-1 belongs to order P-1"),
    ({"curr": "EUR", "f_ex_rate": "1.1"}, "SBX-00002 currency EUR of the invoice is not USD of its order line"),
    ({"ext_sll_prc": "-100.00"}, "RPRO-00078 sign of invoice amount -100.00 differs from its order line"),
]

BAD_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"event_type": "Hold"}, "SBX-00005 event type 'Hold' is not Budgeted Hours"),
    ({"event_type": ""}, "SBX-00005 event type '' is not Budgeted Hours"),
    ({"so_line_id": ""}, "SBX-00003 order line id is missing"),
    ({"so_line_id": "P-9-9"}, "SBX-00006 order line P-9-9 is not known"),
    ({"event_date": "2026-02-30"}, "SBX-00003 event date '2026-02-30' is not valid"),
    ({"completed_qty": ""}, "INVALID_QUANTITY_EVENT completed quantity '' is not valid"),
    ({"completed_qty": "-1"}, "INVALID_QUANTITY_EVENT completed quantity -1 is negative"),
    ({"total_qty": "0"}, "INVALID_QUANTITY_EVENT total quantity 0 is not above zero"),
    ({"total_qty": "-10"}, "INVALID_QUANTITY_EVENT total quantity -10 is not above zero"),
    ({"total_qty": "all"}, "INVALID_QUANTITY_EVENT total quantity 'all' is not valid"),
    ({"event_type": "Budgeted Cost"}, "SBX-00009 event type Budgeted Cost does not fit a line released by PCT_HOURS"),
    ({"event_type": "Budgeted Cost", "total_qty": "0"}, "INVALID_AMOUNT_EVENT total quantity 0 is not above zero"),
    ({"event_type": "Acceptance"}, "INVALID_AMOUNT_EVENT accepted amount '' is not valid"),
    ({"event_type": "Acceptance", "event_amount": "-1"}, "INVALID_AMOUNT_EVENT accepted amount '-1' is not valid"),
    ({"event_type": "Acceptance", "event_amount": "100.01"}, "INVALID_AMOUNT_EVENT amount 100.01 is more than the pri"),
    ({"event_type": "Acceptance", "event_amount": "1.005"}, "INVALID_AMOUNT_EVENT amount 1.005 is not rounded to USD"),
    ({"event_type": "Acceptance", "event_amount": "1", "so_line_id": "P-1-M"}, "SBX-00009 event type Acceptance does"),
    ({"event_type": "Revenue"}, "SBX-00009 event type Revenue does not fit a line released by PCT_HOURS"),
    ({"event_type": "Revenue", "event_percent": "10"}, "INVALID_QUANTITY_EVENT one of percent, amount and completed"),
    ({"event_type": "Revenue", "completed_qty": ""}, "INVALID_QUANTITY_EVENT one of percent, amount and completed qu"),
    ({"event_type": "Revenue", "completed_qty": "", "event_percent": "101"},
     "INVALID_PERCENT_EVENT event_percent '101' is not valid"),
    ({"event_type": "Revenue", "completed_qty": "", "event_percent": "-1"}, "INVALID_PERCENT_EVENT event_percent '-1'"),
    ({"event_type": "Revenue", "completed_qty": "", "event_amount": "x"}, "INVALID_AMOUNT_EVENT event_amount 'x' is"),
    ({"event_type": "Revenue", "completed_qty": "", "event_amount": "100.01", "so_line_id": "P-1-M"},
     "INVALID_AMOUNT_EVENT amount 100.01 is more than the price of its line"),
    ({"event_type": "Revenue", "so_line_id": "P-1-M"}, "INVALID_PERCENT_EVENT a milestone needs percent or amount"),
    ({"event_type": "Revenue", "completed_qty": "", "event_percent": "5", "so_line_id": "P-1-Q"},
     "INVALID_QUANTITY_EVENT a line released by quantity needs the completed quantity"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "error"), BAD_ORDERS, ids=[text for _, text in BAD_ORDERS])
def test_an_order_row_that_breaks_a_rule_says_which(desk: Desk, changes: dict[str, Any], error: str) -> None:
    desk.stage(order(**changes))
    (found,) = desk.errors()
    assert found.startswith(error)


@pytest.mark.parametrize(("changes", "error"), BAD_INVOICES, ids=[text for _, text in BAD_INVOICES])
def test_an_invoice_row_that_breaks_a_rule_says_which(desk: Desk, changes: dict[str, Any], error: str) -> None:
    desk.stage(order(), invoice(**changes))
    (found,) = desk.errors()
    assert found.startswith(error)


@pytest.mark.parametrize(("changes", "error"), BAD_EVENTS, ids=[text for _, text in BAD_EVENTS])
def test_an_event_row_that_breaks_a_rule_says_which(desk: Desk, changes: dict[str, Any], error: str) -> None:
    desk.stage(
        order(),
        order(so_line_id="P-1-M", pob_template="MILESTONE"),
        order(so_line_id="P-1-Q", pob_template="QUANTITY"),
    )
    desk.stage(hours(**changes))
    (found,) = desk.errors("event")
    assert found.startswith(error)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"f_ex_rate": ""},
        {"curr": "JPY", "f_ex_rate": "0.0067", "ext_sll_prc": "10", "ext_lst_prc": "10.00"},
        {"curr": "KWD", "f_ex_rate": "3.25", "ext_sll_prc": "10.125"},
        {"start_date": "", "end_date": ""},
        {"so_date": "2026-01-12", "start_date": "01-jan-2026", "end_date": "31-Jan-2026"},
        {"ext_sll_prc": "0", "ord_qty": "0"},
        {"ext_sll_prc": "999999999999.99", "ext_lst_prc": "999999999999.99"},
        {"item_num": ""},
        {"pob_template": "PCT_HOURS", "right_to_bill": "Y", "start_date": "", "end_date": ""},
        {"pob_template": "QUANTITY", "start_date": "", "end_date": ""},
        {"ct_mod_date": "10-FEB-2026"},
        {"inv_date": "whenever", "inv_qty": "lots"},
    ],
)
def test_an_order_row_that_breaks_none_waits_for_collection(desk: Desk, changes: dict[str, Any]) -> None:
    desk.stage(order(**changes))
    assert desk.errors() == []
    (row,) = desk.mock.dump()["stage_txn"].values()
    assert row["processed_flag"] == "N"


@pytest.mark.parametrize("collected", [False, True])
@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"business_unit": "UK", "f_cur": "GBP", "f_ex_rate": "0.8"},
         "RPRO-10000 order line P-1-1 has been processed in another organisation"),
        ({"so_num": "P-2"}, "SBX-00002 order line P-1-1 belongs to order P-1"),
        ({"curr": "EUR", "f_ex_rate": "1.1"}, "SBX-00002 currency EUR of order P-1 was USD before"),
        ({"so_line_id": "P-1-2", "curr": "EUR", "f_ex_rate": "1.1"}, "SBX-00002 currency EUR of order P-1 was USD"),
        ({"so_line_id": "P-1-2", "def_segments": "2110"}, "SBX-00002 deferred segments 2110 of order P-1 was 2100"),
    ],
)  # fmt: skip
def test_an_order_row_may_not_contradict_what_is_known(
    desk: Desk, collected: bool, changes: dict[str, Any], error: str
) -> None:
    if collected:
        desk.collect(order())
    else:
        desk.stage(order())
    desk.stage(order(**changes))
    (found,) = desk.errors()
    assert found.startswith(error)


@pytest.mark.parametrize("collected", [False, True])
def test_an_order_line_keeps_its_exchange_rate(desk: Desk, collected: bool) -> None:
    euros = order(curr="EUR", f_ex_rate="1.10")
    if collected:
        desk.collect(euros)
    else:
        desk.stage(euros)
    desk.stage(order(curr="EUR", f_ex_rate="1.1", ext_sll_prc="80.00"))
    assert desk.errors() == []
    desk.stage(order(curr="EUR", f_ex_rate="1.2", ext_sll_prc="90.00"))
    assert desk.errors() == ["RPRO-00077 exchange rate 1.2 differs from 1.1 of the line"]


@pytest.mark.parametrize("collected", [False, True])
def test_an_invoice_line_comes_once(desk: Desk, collected: bool) -> None:
    if collected:
        desk.collect(order(), invoice())
    else:
        desk.stage(order(), invoice())
    desk.stage(invoice())
    assert desk.errors() == ["SBX-00001 duplicate invoice line id INV-1-1"]
    assert len(desk.mock.dump()["rc_bill"]) == int(collected)


def test_an_invoice_before_its_order_in_the_same_file_is_in_error(desk: Desk) -> None:
    desk.stage(invoice(), order())
    assert desk.errors() == ["RPRO-00064 invoice refers to order line 'P-1-1', which is not known"]


def test_an_event_in_error_of_another_type_stays_when_one_of_its_day_is_good(desk: Desk) -> None:
    desk.stage(order())
    desk.stage(hours(event_type="Acceptance", event_amount="x"), hours(event_type="Bugdeted Hours"))
    assert len(desk.errors("event")) == 2
    desk.stage(hours())
    assert desk.errors("event") == ["INVALID_AMOUNT_EVENT accepted amount 'x' is not valid"]


MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)), st.sampled_from([str.lower, str.title, str]))
def test_a_date_is_read_in_both_spellings_and_any_letter_case(day: date, spelled: Any) -> None:
    assert read_date(spelled(f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}")) == day.isoformat()
    assert read_date(day.isoformat()) == day.isoformat()


@pytest.mark.parametrize("text", ["31-NOV-2026", "1-JAN-2026", "01-JAN-26", "20260101", "2026-1-1", "01-XXX-2026", "x"])
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert read_date(text) is None
