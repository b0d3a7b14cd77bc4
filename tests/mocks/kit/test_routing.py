"""A path finds its route as Flask would find it; what is escaped in a value separates nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mocks.kit.routing import MethodNotAllowed, Routes, RoutingTable
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("GET", "/cards", "card.list")
@ROUTES.add("GET", "/cards/<code>", "card.read")
@ROUTES.add("PATCH", "/cards/<code>", "card.update")
@ROUTES.add("GET", "/cards/newest", "card.newest", surface="person")
@ROUTES.add("GET", "/pages/<int:number>", "page.read", needs_login=False)
@ROUTES.add("GET", "/files/<path:name>", "file.read")
@ROUTES.add("GET", "/cards/<code>/lines/<line>", "line.read")
def view(call: Any, **values: Any) -> Response:
    return Response(200)


TABLE = RoutingTable(ROUTES.all)


def find(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """Operation and values, or None."""
    found = TABLE.find(method, path)
    return None if found is None else (found[0].operation, found[1])


def test_a_path_finds_its_route_and_the_values_in_it() -> None:
    assert find("GET", "/cards") == ("card.list", {})
    assert find("GET", "/cards/TC-7") == ("card.read", {"code": "TC-7"})
    assert find("PATCH", "/cards/TC-7") == ("card.update", {"code": "TC-7"})
    assert find("GET", "/cards/TC-7/lines/2") == ("line.read", {"code": "TC-7", "line": "2"})


def test_a_fixed_path_goes_before_a_value() -> None:
    assert find("GET", "/cards/newest") == ("card.newest", {})


def test_an_escaped_slash_in_a_value_is_no_separator() -> None:
    assert find("GET", "/cards/TC%2F7") == ("card.read", {"code": "TC/7"})
    assert find("GET", "/cards/TC%2F7/lines/a%2fb") == ("line.read", {"code": "TC/7", "line": "a/b"})
    assert find("GET", "/cards/TC/7") is None


def test_a_value_is_unescaped_once() -> None:
    assert find("GET", "/cards/a%20b%2525") == ("card.read", {"code": "a b%25"})
    assert find("GET", "/cards/Z%C3%BCrich") == ("card.read", {"code": "Zürich"})
    assert find("GET", "/cards/a+b") == ("card.read", {"code": "a+b"})


def test_a_value_may_be_a_number_or_a_whole_path() -> None:
    assert find("GET", "/pages/12") == ("page.read", {"number": 12})
    assert find("GET", "/pages/twelve") is None
    assert find("GET", "/files/a/b%2Fc/d.csv") == ("file.read", {"name": "a/b/c/d.csv"})


def test_another_method_of_a_path_there_is_differs_from_a_path_there_is_not() -> None:
    for _ in range(2):
        with pytest.raises(MethodNotAllowed):
            TABLE.find("DELETE", "/cards/TC-7")
        assert find("DELETE", "/cads/TC-7") is None
        assert find("GET", "/cads/TC-7") is None
    with pytest.raises(MethodNotAllowed):
        TABLE.find("PATCH", "/cards")


def test_a_slash_at_the_end_changes_nothing_and_two_slashes_are_another_path() -> None:
    assert find("GET", "/cards/TC-7/") == ("card.read", {"code": "TC-7"})
    assert find("GET", "/cards//TC-7") is None


def test_a_path_that_is_asked_for_twice_is_answered_the_same() -> None:
    assert find("GET", "/cards/TC-8") == find("GET", "/cards/TC-8") == ("card.read", {"code": "TC-8"})
    assert find("PATCH", "/cards/TC-8") == ("card.update", {"code": "TC-8"})


def test_what_a_caller_does_to_the_values_is_not_remembered() -> None:
    table = RoutingTable(ROUTES.all)
    first = table.find("GET", "/cards/TC-9")
    assert first is not None
    first[1]["code"] = "changed"
    second = table.find("GET", "/cards/TC-9")
    assert second is not None
    assert second[1] == {"code": "TC-9"}


def test_more_paths_than_are_remembered_are_all_found() -> None:
    table = RoutingTable(ROUTES.all)
    for _ in range(2):
        for number in range(0, 5_000, 3):
            found = table.find("GET", f"/cards/{number}")
            assert found is not None
            assert found[1] == {"code": str(number)}


def test_two_tables_remember_apart() -> None:
    other = Routes()
    other.add("GET", "/cards/<number>", "other.read")(view)
    assert find("GET", "/cards/1") == ("card.read", {"code": "1"})
    found = RoutingTable(other.all).find("GET", "/cards/1")
    assert found is not None
    assert (found[0].operation, found[1]) == ("other.read", {"number": "1"})


def test_a_collector_keeps_what_was_said_of_each_route_in_order() -> None:
    routes = Routes()
    routes.add("GET", "/health", "health", surface="control", needs_login=False)(view)
    routes.include(ROUTES)
    assert [route.operation for route in routes.all][:2] == ["health", "line.read"]
    assert (routes.all[0].surface, routes.all[0].needs_login, routes.all[0].view) == ("control", False, view)
    assert (routes.all[1].surface, routes.all[1].needs_login) == ("vendor", True)
    assert len(routes.all) == 8


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12))
def test_any_text_survives_the_way_through_a_path(value: str) -> None:
    assert find("GET", f"/cards/{quote(value, safe='')}/lines/1") == ("line.read", {"code": value, "line": "1"})
