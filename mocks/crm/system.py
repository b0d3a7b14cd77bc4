"""The CRM system: wiring of store, sessions, queries, change events and routes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from mocks.crm import bulk_jobs, bulk_work, cometd, describe, errors, events, outbound, routes_soap, seed, ui
from mocks.crm.credentials import Credentials
from mocks.crm.cursors import LIFETIME_US, Cursors
from mocks.crm.grants import Grants
from mocks.crm.objects import SObject
from mocks.crm.organisation import ORG_ZONE, Org
from mocks.crm.policies import Policies
from mocks.crm.records import STANDARD
from mocks.crm.routes import ROUTES
from mocks.crm.routes_query import PAGE_MAX, PAGE_MIN
from mocks.crm.sessions import CALLS_PER_DAY, IDLE_US, Sessions, bearer
from mocks.crm.shape import rules_of, schema_of
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
    record_types = STANDARD.record_types
    routes = ROUTES
    actions = ui.ACTIONS
    feed_names = (events.FEED,)
    statements = (bulk_jobs.TABLE, outbound.TABLE)

    def __init__(self, context: Context, tenant: CrmTenant) -> None:
        self.schema = schema_of(tenant.shape)
        super().__init__(context, self.schema.record_types)
        for sobject in self.schema.objects:
            for statement in sobject.indexes():
                self.store.db.execute(statement)
        self.org = Org(
            id=salesforce_id("00D", context.seed_label, self.name, tenant.organization),
            name=tenant.organization,
            epoch=context.clock.epoch,
            seed_label=context.seed_label,
            currencies=tenant.currencies,
            corporate_currency=tenant.corporate_currency,
            first_user_id=seed.user_id(self, tenant.users[0].username),
            schema=self.schema,
        )
        validations = (*tenant.validation_rules, *rules_of(tenant.shape))
        ruled = validations or tenant.duplicate_rules
        self.policies = Policies(self.org, validations, tenant.duplicate_rules) if ruled else None
        self.calls_per_day = CALLS_PER_DAY if tenant.calls_per_day is None else tenant.calls_per_day
        self.calls_granted = 2**62 if tenant.calls_per_day is None else tenant.calls_per_day
        self.consumer_key = tenant.consumer_key
        self.consumer_secret = tenant.consumer_secret
        self.credentials = Credentials(tenant.users)
        self.renderers = renderers(context.clock.epoch)
        self.sessions = Sessions(self, self.org.id)
        self.grants = Grants(self, rotates=tenant.refresh_rotates, certificate=tenant.certificate)
        self.cursors = Cursors(self)
        self.bulk = bulk_jobs.BulkJobs(self)
        self.outbound = outbound.Outbound(self, self.org, tenant.outbound_messages)
        self.jobs = {
            bulk_jobs.TAKE_UP: partial(bulk_work.take_up, self),
            bulk_jobs.FINISH: partial(bulk_work.finish, self),
            outbound.SEND: self.outbound.send,
        }
        self.comet = cometd.Comet(self, self.schema)
        # Of the request being served; set before anything is written.
        self.change_origin = ""
        self._described: dict[tuple[str, str], dict[str, Any]] = {}
        self._seeded = False
        self.seeding(lambda: seed.seed(self, tenant))
        self._seeded = True

    def make_id(self, record_type: RecordType, label: str) -> str:
        return salesforce_id(record_type.info["prefix"], self.context.seed_label, self.name, record_type.name, label)

    def described(self, sobject: SObject, version: str) -> dict[str, Any]:
        """The description of an object, made once per version."""
        key = (sobject.name, version)
        if key not in self._described:
            self._described[key] = describe.full(sobject, version, self.org)
        return self._described[key]

    def rewrite(self, path: str) -> str:
        """A trailing slash means nothing; CometD clients may append the kind of message to the address, SOAP clients
        the organisation, as their server address has it."""
        path = path.rstrip("/") or "/"
        if path.startswith("/cometd/"):
            return "/".join(path.split("/")[:3])
        return "/".join(path.split("/")[:5]) if path.startswith(routes_soap.SOAP) else path

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
            if self.sessions.calls(now_us) > self.calls_granted:
                raise errors.quota_used_up()
        return caller

    def serve(self, found: Found | Response, request: Request) -> Response:
        """As every mock, plus the meter that each data answer carries, refusals included."""
        response = super().serve(found, request)
        metered = not isinstance(found, Response) and found[0].needs_login and request.path.startswith(DATA)
        if metered and response.status != 401:
            calls = self.sessions.calls(self.context.clock.now_us())
            response.headers["Sforce-Limit-Info"] = f"api-usage={calls}/{self.calls_per_day}"
        return response

    def not_found(self, request: Request) -> Response:
        if request.path.startswith("/services/async/"):
            return errors.async_not_enabled(request)
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
        if request.path.startswith(routes_soap.SOAP):
            return routes_soap.damaged(request, damage.status)
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        # What was there before the scenario is found by query; its events are older than any retention.
        if self._seeded:
            changes = list(changes)
            events.announce(self, self.schema, changes, self.change_origin)
            self.outbound.note(changes)

    def torn(self, stream: str, row: Any) -> Any:
        """An event that lost its content is a gap event: the vendor's own word for it."""
        return events.gap(row)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "change events over CometD, and polling by SystemModstamp",
            "retention": {"change_events_s": events.RETENTION_US // SECOND_US},
            "replay": (
                "replay ids grow and are not contiguous; -1 new only, -2 all retained, a retained id exclusive; "
                "any other id is refused with 400; positions move when events are handed out, nothing is acknowledged"
            ),
            "streaming": {
                "channels": list(self.schema.channels),
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
            "limits": {"calls_per_day": self.calls_per_day, "enforced": self.calls_granted == self.calls_per_day},
            "bulk": {
                "taken_up_after_s": bulk_jobs.WAIT_US // SECOND_US,
                "done_after_s": bulk_jobs.WORK_US // SECOND_US,
                "per_row_ms": bulk_jobs.ROW_US // 1000,
            },
            "outbound_messages": (
                "posted a second after the write, with the values of the moment; repeated with growing gaps for a day "
                "until acknowledged; told apart by the notification's id"
            ),
            "zone": ORG_ZONE,
        }
