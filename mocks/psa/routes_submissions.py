"""Handing in and deciding, the same for timesheets and expense reports: one by path, or several by a resolution."""

from __future__ import annotations

from mocks.kit.app import Call
from mocks.kit.routing import Routes, View
from mocks.psa import intakes
from mocks.psa.associations import by_ids
from mocks.psa.envelope import written
from mocks.psa.errors import invalid
from mocks.psa.intake import Given, Intake
from mocks.psa.resource import Resource
from mocks.psa.resources import RESOLUTIONS
from mocks.psa.rules import required
from mocks.psa.rules_submissions import DECISIONS, Kind, decide, submit
from sandbox.core.observe import Row
from sandbox.core.wire import Response


def add(routes: Routes, kind: Kind, resource: Resource, intake: Intake) -> None:
    """The routes of one kind: create, a verb each on one, and the plural resolutions."""
    base = f"/api/v1/{resource.key}"

    def create(call: Call) -> Response:
        items = intake.many(call.request)
        locked_to = call.mock.locked_to
        return written(call, resource, [submit(call.store, kind, item, call.principal, locked_to) for item in items])

    routes.add("POST", base, f"{resource.key}.create")(create)
    for verb, decision in DECISIONS.items():
        several = f"{resource.key.removesuffix('_submissions')}_{decision.resolution}s"
        routes.add("PUT", f"{base}/<record_id>/{verb}", f"{resource.key}.{verb}")(_one(kind, resource, verb))
        routes.add("POST", f"/api/v1/{several}", f"{several}.create")(_several(kind, verb))


def _one(kind: Kind, resource: Resource, verb: str) -> View:
    def view(call: Call, record_id: str) -> Response:
        submission = required(call.store, resource, record_id)
        given: Given = intakes.RESOLUTION.one(call.request) if call.request.body else {}
        description, locked_to = given.get("description"), call.mock.locked_to
        after, _ = decide(call.store, kind, submission, verb, call.principal, description, call.now_us, locked_to)
        return written(call, resource, [after])

    return view


def _several(kind: Kind, verb: str) -> View:
    def view(call: Call) -> Response:
        given = intakes.RESOLUTION.one(call.request)
        ids = given.get("submission_ids") or []
        submissions = by_ids(call.store, call.store.types[kind.type_name], ids)
        if not ids or len(submissions) != len(ids):
            raise invalid("submission_ids", f"submission_ids must name a {kind.noun} each that exists")
        by, now_us = call.principal, call.now_us
        description, locked_to = given.get("description"), call.mock.locked_to
        resolutions: list[Row] = []
        for submission in submissions:
            _, resolution = decide(call.store, kind, submission, verb, by, description, now_us, locked_to)
            resolutions.append(resolution)
        return written(call, RESOLUTIONS, resolutions)

    return view
