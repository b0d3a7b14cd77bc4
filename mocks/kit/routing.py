"""Routes of a mock: collected by decorator, matched through Flask's own URL rules, called without Flask's contexts.

Measured: dispatch from the URL map without context machinery costs half of a full Flask request (decision 15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from sandbox.core.wire import Response

View = Callable[..., Response]

# Addresses whose route is remembered: a poll asks for the same few over and over.
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method, path in Flask's syntax, its name in history and fidelity table, and who may call."""

    method: str
    path: str
    operation: str
    view: View
    surface: str = "vendor"
    needs_login: bool = True


class Routes:
    """A collector used as a decorator: ``@routes.add("GET", "/x/<id>", "thing.read")``."""

    def __init__(self) -> None:
        self.all: list[Route] = []

    def add(
        self, method: str, path: str, operation: str, *, needs_login: bool = True, surface: str = "vendor"
    ) -> Callable[[View], View]:
        """Register a view ``view(call, **path_values) -> Response``."""

        def register(view: View) -> View:
            self.all.append(Route(method, path, operation, view, surface, needs_login))
            return view

        return register

    def include(self, other: Routes) -> None:
        """Take over the routes of another collector."""
        self.all.extend(other.all)


Found = tuple[Route, dict[str, Any]]


class RoutingTable:
    """Finds the route of a method and path. Compiled once for all systems of a kind: that takes tens of ms."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.all = list(routes)
        rules = [
            Rule(route.path, methods=[route.method], endpoint=str(index), strict_slashes=False)
            for index, route in enumerate(self.all)
        ]
        adapter = Map(rules, redirect_defaults=False, merge_slashes=False).bind("sandbox.test")

        @lru_cache(maxsize=_REMEMBERED)
        def find(method: str, path: str) -> Found:
            endpoint, values = adapter.match(path, method=method)
            # Unescaped only here: an escaped slash in an external id is no separator.
            plain = {name: unquote(value) if isinstance(value, str) else value for name, value in values.items()}
            return self.all[int(endpoint)], plain

        self._find = find

    def find(self, method: str, path: str) -> Found | None:
        """The route and the values in its path, None where there is no such path.

        ``path`` is percent-encoded, the values are not. Raises werkzeug's MethodNotAllowed when the path exists for
        another method.
        """
        try:
            route, values = self._find(method, path)
            # A copy: what is remembered is nobody's to change.
            return route, dict(values)
        except (NotFound, RequestRedirect):
            return None


__all__ = ["Found", "MethodNotAllowed", "Route", "Routes", "RoutingTable"]
