"""The HRIS system: wiring of store, reports and person surface."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import Any

from mocks.hris import errors, events, records, seed, ui
from mocks.hris.routes import ROUTES
from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from sandbox.core.damage import Damage
from sandbox.core.ids import wid
from sandbox.core.observe import Change
from sandbox.core.tenants import HrisTenant
from sandbox.core.wire import Request, Response


class Hris(Mock):
    """Workday: reports for integrations, screens for people."""

    name = "hris"
    record_types = records.ALL
    routes = ROUTES
    actions = ui.ACTIONS
    report_owner = "ISU_PSA"

    def __init__(self, context: Context, tenant: HrisTenant) -> None:
        super().__init__(context)
        self.tenant_name = tenant.tenant
        self._username = tenant.username
        self._password = tenant.password
        self.seeding(lambda: seed.seed(self, tenant))

    def make_id(self, record_type: RecordType, label: str) -> str:
        return wid(self.context.seed_label, self.name, record_type.name, label)

    def authenticate(self, request: Request) -> Principal:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise errors.unauthorized() from None
        user_ok = compare_digest(user.encode(), self._username.encode())
        if scheme.lower() != "basic" or not (user_ok and compare_digest(password.encode(), self._password.encode())):
            raise errors.unauthorized()
        return Principal(user)

    def not_found(self, request: Request) -> Response:
        return errors.envelope(404, "The requested resource was not found.")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.envelope(405, "The method is not allowed for this resource.")

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        events.announce(changes)

    def manual(self) -> Mapping[str, Any]:
        return {"delivery": "pull reports", "retention": events.RETENTION, "paging": False, "search_lag_s": 0}
