"""Routes of a mock: collected by decorator, matched through Flask's own URL map, called without Flask's contexts.

Measured: dispatch from the URL map without context machinery costs half of a full Flask request (decision 15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.core.wire import Response

View = Callable[..., Response]


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


PathValues = dict[str, Any]
