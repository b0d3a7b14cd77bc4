"""API versions, and routes below ``/services/data/<version>``: an unknown version is no address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mocks.crm import errors
from mocks.crm.objects import SObject
from mocks.crm.records import Schema
from mocks.kit.app import Call
from mocks.kit.routing import Routes, View
from sandbox.core.wire import Request, Response

DATA = "/services/data"
VERSIONS = {f"v{number}.0": number for number in range(30, 67)}
_CLIENT = re.compile(r"client=([^,;\s]{1,80})")
_SEASONS = ("Spring", "Summer", "Winter")


def label(number: int) -> str:
    """The name of a release: three a year, version 30 is Spring '14; Winter carries the next year's number."""
    years, season = divmod(number - 30, 3)
    return f"{_SEASONS[season]} '{14 + years + (season == 2)}"


class DataRoutes(Routes):
    """Routes of the data API."""

    def data(self, method: str, path: str, operation: str) -> Callable[[View], View]:
        """Register ``view(call, version, **path_values)`` for a version there is."""

        def register(view: View) -> View:
            def checked(call: Call, version: str, **values: Any) -> Response:
                if version not in VERSIONS:
                    raise errors.not_found()
                call.mock.change_origin = origin(version, call.request)
                return view(call, version, **values)

            self.add(method, f"{DATA}/<version>{path}", operation)(checked)
            return view

        return register


def origin(version: str, request: Request) -> str:
    """What a change event names as its origin: the API, its version, and the client when it says who it is."""
    said = request.headers.get("sforce-call-options", "")
    client = _CLIENT.search(said) if said else None
    return f"com/salesforce/api/rest/{version[1:]}" + (f";client={client[1]}" if client else "")


def sobject_of(schema: Schema, name: str) -> SObject:
    """The object a path names, in any case; raises CrmRefusal."""
    sobject = schema.by_lower.get(name.lower())
    if sobject is None:
        raise errors.not_found()
    return sobject
