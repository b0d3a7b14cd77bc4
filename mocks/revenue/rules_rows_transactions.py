"""What an order, invoice, credit memo or reduction order row must say, by the vendor's codes."""

from __future__ import annotations

from mocks.revenue.records import (
    CREDIT,
    CREDIT_RULES,
    END_DATE,
    ESTIMATE,
    INVOICE,
    ORDER,
    POB_TEMPLATES,
    QUANTITY,
    REDUCTION_ORDER,
)
from mocks.revenue.rules_methods import RATABLE, method_of
from mocks.revenue.rules_rows import (
    PRICES,
    SEGMENTS,
    Check,
    Staged,
    currencies,
    dates,
    known_org,
    needs,
    prices_fit,
    prices_rounded,
    quantity,
    rate_valid,
)
from sandbox.core.observe import Row


def _unknown_type(row: Staged, org: Row | None) -> str | None:
    return f"RPRO-00001 transaction type {row.cells['type']!r} is not valid"


def _not_negative(row: Staged, org: Row | None) -> str | None:
    if row.values["ext_sll_prc"] < 0:
        return f"SBX-00004 negative order line {row.cells['ext_sll_prc']}: discount lines are not offered"
    return None


def _right_to_bill(row: Staged, org: Row | None) -> str | None:
    if row.values["right_to_bill"] not in ("Y", "N"):
        return f"RPRO-00049 right to bill {row.cells['right_to_bill']!r} is not Y or N"
    return None


def _method(row: Staged, org: Row | None) -> str | None:
    """The POB template is one of the tenant's, and the row has what its release needs."""
    if row.values["pob_template"] not in (None, *POB_TEMPLATES):
        return f"SBX-00008 POB template {row.cells['pob_template']!r} is not one of {', '.join(POB_TEMPLATES)}"
    method = method_of(row.values)
    if method == END_DATE and row.values["end_date"] is None:
        return "RPRO-00018 start date is missing (a line with the right to bill is released by its end date)"
    if method in (ESTIMATE, *RATABLE) and row.values["end_date"] is None:
        return f"RPRO-00018 start date is missing (a line released by {method} has a term)"
    if method == QUANTITY and not row.values["ord_qty"]:
        return "RPRO-00072 order quantity is nothing (a line released by quantity needs one)"
    return None


def _modification_date(row: Staged, org: Row | None) -> str | None:
    if row.unreadable("ct_mod_date"):
        return f"RPRO-00066 contract modification date {row.cells['ct_mod_date']!r} is not valid"
    return None


def _credit_rule(row: Staged, org: Row | None) -> str | None:
    if row.values["credit_rule"] not in CREDIT_RULES:
        return f"SBX-00010 credit rule {row.cells['credit_rule']!r} is not one of {', '.join(CREDIT_RULES)}"
    return None


def _credited(row: Staged, org: Row | None) -> str | None:
    if row.values["ext_sll_prc"] >= 0:
        return f"RPRO-00078 sign of credit memo amount {row.cells['ext_sll_prc']} is not below zero"
    return None


def _credit_term(row: Staged, org: Row | None) -> str | None:
    for name, code, text in (("start_date", "RPRO-00014", "start"), ("end_date", "RPRO-00063", "end")):
        if row.blank(name):
            return f"{code} credit memo without {text} date"
    return None


def _reduced(row: Staged, org: Row | None) -> str | None:
    for name, label in (("ext_lst_prc", "list"), ("ext_sll_prc", "sell")):
        if row.values[name] >= 0:
            return f"RPRO-00058 extended {label} price {row.cells[name]} of a reduction order is not below zero"
    return None


def _some_quantity(row: Staged, org: Row | None) -> str | None:
    return None if row.values["ord_qty"] else "RPRO-00072 order quantity is nothing"


_ORDER = (
    known_org,
    needs("so_num", "SBX-00003", "order number"),
    needs("so_line_id", "SBX-00003", "order line id"),
    needs("so_date", "SBX-00003", "order date"),
)
_INVOICE = (
    known_org,
    needs("inv_num", "RPRO-00035", "invoice number"),
    needs("inv_line_id", "RPRO-00036", "invoice line id"),
    needs("inv_date", "SBX-00003", "invoice date"),
    currencies,
    rate_valid,
)

_CHECKS: dict[str | None, tuple[Check, ...]] = {
    ORDER: (
        *_ORDER,
        needs("cstmr_nm", "RPRO-00003", "customer name"),
        needs("cust_num", "RPRO-00051", "customer number"),
        currencies,
        rate_valid,
        quantity("ord_qty", "RPRO-00072", "order quantity"),
        *PRICES,
        _not_negative,
        dates,
        _right_to_bill,
        _method,
        _modification_date,
        *SEGMENTS,
    ),
    INVOICE: (
        *_INVOICE,
        quantity("ord_qty", "RPRO-00072", "order quantity"),
        needs("inv_qty", "RPRO-0007", "invoice quantity"),
        *PRICES,
        dates,
        *SEGMENTS,
    ),
    CREDIT: (
        *_INVOICE,
        needs("inv_qty", "RPRO-0007", "invoice quantity"),
        needs("ext_sll_prc", "RPRO-00059", "extended sell price"),
        prices_rounded,
        prices_fit,
        _credited,
        _credit_rule,
        _credit_term,
        dates,
        *SEGMENTS,
    ),
    REDUCTION_ORDER: (
        *_ORDER,
        needs("orig_so_line_id", "RPRO-00030", "original order line id"),
        currencies,
        rate_valid,
        quantity("ord_qty", "RPRO-00072", "order quantity"),
        _some_quantity,
        *PRICES,
        _reduced,
        dates,
        *SEGMENTS,
    ),
}
_OTHER_CHECKS: tuple[Check, ...] = (_unknown_type,)


def transaction_checks(row: Staged) -> tuple[Check, ...]:
    """The checks of a transaction row's type."""
    return _CHECKS.get(row.values["type"], _OTHER_CHECKS)
