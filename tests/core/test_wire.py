"""Bodies never turn money into binary floats."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.core.errors import HarnessError
from sandbox.core.wire import Request, Response, canonical, dumps, loads


def test_a_fraction_is_read_as_decimal() -> None:
    assert loads(b'{"amount": 57600.10}') == {"amount": Decimal("57600.10")}


def test_an_exponent_is_read_as_decimal() -> None:
    assert loads(b'{"amount": 1e3}') == {"amount": Decimal("1E+3")}


def test_a_decimal_is_written_as_a_plain_number() -> None:
    assert dumps({"amount": Decimal("57600.10")}) == b'{"amount":57600.10}'
    assert dumps({"amount": Decimal("1E+3")}) == b'{"amount":1000}'


def test_malformed_json_is_a_value_error() -> None:
    for body in (b"{", b"", b'{"a": 1.5', b"\xff\xfe"):
        with pytest.raises(ValueError):  # noqa: PT011
            loads(body)


def test_a_canonical_record_has_sorted_keys_and_refuses_decimals() -> None:
    assert canonical({"b": 1, "a": [2]}) == b'{"a":[2],"b":1}'
    with pytest.raises(HarnessError, match="not allowed"):
        canonical({"a": Decimal(1)})


def test_parameters_keep_blanks_and_the_last_repeat_wins() -> None:
    request = Request("GET", "/x", "a=1&b=&a=2")
    assert request.params() == {"a": "2", "b": ""}
    assert request.param_list() == [("a", "1"), ("b", ""), ("a", "2")]


def test_a_response_header_is_found_by_any_case() -> None:
    assert Response(200, {"Retry-After": "5"}).header("retry-after") == "5"
    assert Response(200).header("retry-after") is None
