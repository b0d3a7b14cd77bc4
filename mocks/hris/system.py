"""The HRIS system: wiring of store, reports and person surface."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import Any

from mocks.hris import errors, events, records, seed, soap_errors, ui_rates
from mocks.hris.answers import LIMIT_MAX
from mocks.hris.projections import Projections
from mocks.hris.reports import Setup
from mocks.hris.routes import ROUTES
from mocks.hris.routes_query import PAGE_MAX
from mocks.hris.shape import fields_of
from mocks.hris.soap_request import COUNT_MAX
from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from sandbox.core.clock import HOUR_US, SECOND_US
from sandbox.core.damage import Damage
from sandbox.core.ids import secret_for, wid
from sandbox.core.money import to_scaled
from sandbox.core.observe import Change
from sandbox.core.tenants import HrisTenant
from sandbox.core.wire import Request, Response

# How long an access token lasts; the vendor lets a tenant choose: assumed.
SESSION_US = HOUR_US
_SOAP = "/Human_Resources/"


class Hris(Mock):
    """Workday: reports for integrations, screens for people."""

    name = "hris"
    record_types = records.ALL
    routes = ROUTES
    actions = ui_rates.ACTIONS
    report_owner = "ISU_PSA"

    def __init__(self, context: Context, tenant: HrisTenant) -> None:
        super().__init__(context)
        self.tenant_name = tenant.tenant
        self.username = tenant.username
        self.password = tenant.password
        self.retroactive_days_max = tenant.retroactive_days_max
        # What a hire says about pay and part-time share when the form leaves it out.
        self.job_defaults = {
            "fte": "1",
            "annual_base": to_scaled(tenant.annual_base_default),
            "currency": tenant.currency_default,
        }
        self.worker_fields = fields_of(tenant.shape)
        self.setup = Setup(context.clock.epoch, tenant.countries, tenant.weekly_hours, tenant.salary_in_workers_report)
        self.client_id = tenant.client_id
        self.client_secret = tenant.client_secret
        self.refresh_token = tenant.refresh_token
        self.projections = Projections(self)
        self.seeding(lambda: seed.seed(self, tenant))

    def make_id(self, record_type: RecordType, label: str) -> str:
        return wid(self.context.seed_label, self.name, record_type.name, label)

    def rewrite(self, path: str) -> str:
        return f"/ccx{path}" if path.startswith("/api/") else path

    def authenticate(self, request: Request) -> Principal:
        """Reports take the user's password or a token, REST and the query language a token."""
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            until_us = self._sessions.get(encoded.strip())
            if until_us is None or until_us <= self.context.clock.now_us():
                raise errors.unauthorized()
            return Principal(self.username)
        if self.rewrite(request.path).startswith("/ccx/api/"):
            raise errors.unauthorized()
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise errors.unauthorized() from None
        if scheme.lower() != "basic" or not self.knows(user, password):
            raise errors.unauthorized()
        return Principal(user)

    def knows(self, user: str, password: str) -> bool:
        """Whether these are the integration user's name, without a tenant, and password."""
        user_ok = compare_digest(user.encode(), self.username.encode())
        return compare_digest(password.encode(), self.password.encode()) and user_ok

    def open_session(self) -> str:
        """A new access token. Its label counts logins, so the same history gives the same tokens."""
        now_us = self.context.clock.now_us()
        for token in [token for token, until_us in self._sessions.items() if until_us <= now_us]:
            del self._sessions[token]
        self.volatile["logins"] = count = self.volatile.get("logins", 0) + 1
        token = secret_for(self.context.seed_label, "hris", "session", str(count))
        self._sessions[token] = now_us + SESSION_US
        return token

    @property
    def _sessions(self) -> dict[str, int]:
        sessions: dict[str, int] = self.volatile.setdefault("sessions", {})
        return sessions

    def deserialize(self, saved: Mapping[str, Any]) -> None:
        super().deserialize(saved)
        self.projections.forget()

    def not_found(self, request: Request) -> Response:
        return errors.envelope(404, "The requested resource was not found.")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.envelope(405, "The method is not allowed for this resource.")

    def too_large(self, request: Request) -> Response:
        return errors.envelope(413, "The request is too large.")

    def damaged(self, damage: Damage, request: Request) -> Response:
        if request.method == "POST" and _SOAP in request.path:
            return soap_errors.damaged(damage, request)
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        events.announce(changes)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "pull reports",
            "retention": events.RETENTION,
            "paging": False,
            "query_page_max": PAGE_MAX,
            "rest_page_max": LIMIT_MAX,
            "soap_page_max": COUNT_MAX,
            "search_lag_s": 0,
            "session_s": SESSION_US // SECOND_US,
            "retroactive_days_max": self.retroactive_days_max,
        }
