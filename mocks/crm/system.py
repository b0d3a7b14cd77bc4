"""The CRM system: wiring of store, sessions, queries, change events and routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mocks.crm import cometd, describe, errors, events, seed, ui
from mocks.crm.cursors import LIFETIME_US, Cursors
from mocks.crm.objects import SObject
from mocks.crm.organisation import ORG_ZONE, Org
from mocks.crm.records import OBJECTS, PREFIXES, RECORD_TYPES
from mocks.crm.routes import ROUTES
from mocks.crm.routes_query import PAGE_MAX, PAGE_MIN
from mocks.crm.sessions import CALLS_PER_DAY, IDLE_US, Sessions, bearer
from mocks.crm.values import renderers
from mocks.crm.versions import DATA
from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from mocks.kit.routing import Found
from sandbox.core.clock import SECOND_US
from sandbox.core.damage import Damage
from sandbox.core.ids import salesforce_id
from sandbox.core.observe import Change
from sandbox.core.tenants import CrmTenant
from sandbox.core.wire import Request, Response


class Crm(Mock):
    """Salesforce: REST, SOQL and change events."""

    name = "crm"
    record_types = RECORD_TYPES
    routes = ROUTES
    actions = ui.ACTIONS
    feed_names = (events.FEED,)
    statements = tuple(each for sobject in OBJECTS for each in sobject.indexes())

    def __init__(self, context: Context, tenant: CrmTenant) -> None:
        super().__init__(context)
        self.org = Org(
            id=salesforce_id("00D", context.seed_label, self.name, tenant.organization),
            name=tenant.organization,
            epoch=context.clock.epoch,
            seed_label=context.seed_label,
            currencies=tenant.currencies,
            corporate_currency=tenant.corporate_currency,
            first_user_id=seed.user_id(self, tenant.users[0].username),
        )
        self.consumer_key = tenant.consumer_key
        self.consumer_secret = tenant.consumer_secret
        self.passwords = {user.username.lower(): user.password for user in tenant.users}
        self.renderers = renderers(context.clock.epoch)
        self.sessions = Sessions(self, self.org.id)
        self.cursors = Cursors(self)
        self.comet = cometd.Comet(self)
        # Of the request being served; set before anything is written.
        self.change_origin = ""
        self._described: dict[tuple[str, str], dict[str, Any]] = {}
        self._seeded = False
        self.seeding(lambda: seed.seed(self, tenant))
        self._seeded = True

    def make_id(self, record_type: RecordType, label: str) -> str:
        return salesforce_id(PREFIXES[record_type.name], self.context.seed_label, self.name, record_type.name, label)

    def described(self, sobject: SObject, version: str) -> dict[str, Any]:
        """The description of an object, made once per version."""
        key = (sobject.name, version)
        if key not in self._described:
            self._described[key] = describe.full(sobject, version, self.org)
        return self._described[key]

    def rewrite(self, path: str) -> str:
        """A trailing slash means nothing; CometD clients may append the kind of message to the address."""
        path = path.rstrip("/") or "/"
        return "/".join(path.split("/")[:3]) if path.startswith("/cometd/") else path

    def authenticate(self, request: Request) -> Principal:
        now_us = self.context.clock.now_us()
        token = bearer(request.headers.get("authorization", ""))
        if not token and request.path.startswith("/id/"):
            # Identity is also asked for with the token in the address.
            token = request.params().get("oauth_token", "")
        caller = self.sessions.use(token, now_us)
        if caller is None:
            raise errors.session_invalid()
        if request.path.startswith(DATA):
            self.sessions.count_call(now_us)
        return caller

    def serve(self, found: Found | Response, request: Request) -> Response:
        """As every mock, plus the meter that each data answer carries, refusals included."""
        response = super().serve(found, request)
        metered = not isinstance(found, Response) and found[0].needs_login and request.path.startswith(DATA)
        if metered and response.status != 401:
            calls = self.sessions.calls(self.context.clock.now_us())
            response.headers["Sforce-Limit-Info"] = f"api-usage={calls}/{CALLS_PER_DAY}"
        return response

    def not_found(self, request: Request) -> Response:
        return errors.not_found().response(request)

    def method_not_allowed(self, request: Request) -> Response:
        return errors.method_not_allowed(request.method).response(request)

    def too_large(self, request: Request) -> Response:
        return errors.too_large().response(request)

    def caller(self, request: Request) -> str:
        return self.sessions.holder(bearer(request.headers.get("authorization", "")))

    def would_wait(self, request: Request) -> bool:
        if not request.path.startswith("/cometd/"):
            return False
        try:
            sent = request.json()
        except ValueError:
            return False
        listed = sent if isinstance(sent, list) else [sent]
        return all(isinstance(each, dict) for each in listed) and self.comet.would_wait(listed)

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        # What was there before the scenario is found by query; its events are older than any retention.
        if self._seeded:
            events.announce(self, changes, self.change_origin)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "change events over CometD, and polling by SystemModstamp",
            "retention": {"change_events_s": events.RETENTION_US // SECOND_US},
            "replay": (
                "replay ids grow and are not contiguous; -1 new only, -2 all retained, a retained id exclusive; "
                "any other id is refused with 400; positions move when events are handed out, nothing is acknowledged"
            ),
            "streaming": {
                "channels": list(cometd.CHANNELS),
                "client_idle_s": cometd.CLIENT_IDLE_US // SECOND_US,
                "connect_is_held": False,
                "events_per_connect": cometd.EVENTS_PER_CONNECT,
            },
            "paging": True,
            "page_size": {"min": PAGE_MIN, "max": PAGE_MAX, "locator_lifetime_s": LIFETIME_US // SECOND_US},
            "search_lag_s": 0,
            "session_idle_s": IDLE_US // SECOND_US,
            "idempotency": "upsert by external id: the same again changes nothing; a create has no key and repeats",
            "conditional_writes": "If-Match on Account only",
            "stamps": "whole seconds; several records may share one",
            "limits": {"calls_per_day": CALLS_PER_DAY, "enforced": False},
            "zone": ORG_ZONE,
        }
