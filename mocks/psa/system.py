"""The PSA system: wiring of store, routes, event feed and person surface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from mocks.psa import errors, events, records, rules_locks, seed, ui
from mocks.psa.present import Frame
from mocks.psa.query import PER_PAGE, PER_PAGE_MAX
from mocks.psa.routes import ROUTES
from mocks.psa.rules_rates import RateBook
from mocks.psa.shape import record_types_of
from sandbox.core.clock import SECOND_US
from sandbox.core.damage import Damage
from sandbox.core.ids import numeric_id, secret_for
from sandbox.core.observe import Change, Row
from sandbox.core.tenants import PsaTenant
from sandbox.core.wire import Request, Response

_BASE = "/api/v1/"
_SUFFIX = ".json"
# What a firm makes by the hundred thousand needs more room than seven digits, or two of them would meet and leaving
# one out would move the id of the other.
_DIGITS = {
    "time_entry": 10,
    "timesheet_submission": 10,
    "expense": 10,
    "expense_report_submission": 10,
    "resolution": 10,
    "time_transfer": 10,
    "workspace_allocation": 10,
    "time_off_entry": 10,
    "story_state_change": 10,
}
_DIGITS_USUAL = 7


class Psa(Mock):
    """Kantata OX: a REST API for integrations, screens for people."""

    name = "psa"
    record_types = records.ALL
    routes = ROUTES
    actions = ui.ACTIONS
    feed_names = (events.FEED,)
    statements = records.INDEXES

    def __init__(self, context: Context, tenant: PsaTenant) -> None:
        super().__init__(context, record_types_of(tenant.shape))
        self.frame = Frame(context.clock.epoch, int(numeric_id(context.seed_label, self.name, tenant.account)))
        self.volatile["tokens"] = {}
        self._principals: dict[str, Principal] = {}
        self._announcing = False
        self.seeding(lambda: seed.seed(self, tenant))
        self._announcing = True

    def make_id(self, record_type: RecordType, label: str) -> str:
        digits = _DIGITS.get(record_type.name, _DIGITS_USUAL)
        return numeric_id(self.context.seed_label, self.name, record_type.name, label, digits=digits)

    # -- who calls --------------------------------------------------------------------------------------------------

    @property
    def tokens(self) -> dict[str, str]:
        """Token -> user id."""
        tokens: dict[str, str] = self.volatile["tokens"]
        return tokens

    def token_of(self, user: Row) -> str:
        """A token for a user the tenant came without."""
        token = secret_for(self.context.seed_label, self.name, "token", user["email_address"])
        self.tokens[token] = user["id"]
        return token

    def authenticate(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        known = self._principals.get(token) or self._principal(token)
        if known is None or scheme.lower() != "bearer":
            raise errors.unauthorized()
        return known

    def _principal(self, token: str) -> Principal | None:
        user_id = self.tokens.get(token)
        if user_id is None:
            return None
        membership = self.store.one("account_membership", {"user_id": user_id, "disabled": 0})
        if membership is None:
            return None
        principal = Principal(user_id, user_id, (membership["permission"],))
        self._principals[token] = principal
        return principal

    # -- what is made once ------------------------------------------------------------------------------------------

    @cached_property
    def rates(self) -> RateBook:
        """The rate cards, which only the tenant brings."""
        return RateBook(self.store)

    @cached_property
    def locked_to(self) -> str:
        """The day before which time is locked, blank when none is; asked for anew after each lock."""
        return rules_locks.latest(self.store)

    def deserialize(self, saved: Mapping[str, Any]) -> None:
        super().deserialize(saved)
        self._principals.clear()
        self.__dict__.pop("rates", None)
        self.__dict__.pop("locked_to", None)

    # -- the vendor's shapes ----------------------------------------------------------------------------------------

    def rewrite(self, path: str) -> str:
        return path[: -len(_SUFFIX)] if path.endswith(_SUFFIX) and path.startswith(_BASE) else path

    def not_found(self, request: Request) -> Response:
        return errors.system_response(404, "Page not found.")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.system_response(405, "The method is not allowed for this resource.")

    def too_large(self, request: Request) -> Response:
        return errors.system_response(413, "The request is too large.")

    def caller(self, request: Request) -> str:
        user_id = self.tokens.get(request.headers.get("authorization", "").partition(" ")[2])
        user = self.store.get("user", user_id) if user_id else None
        return str(user["email_address"]) if user is not None else ""

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage)

    def torn(self, stream: str, row: Any) -> Any:
        # An event that has lost its subject: nobody can tell what it is about.
        return {**row, "subject_id": None}

    def announce(self, changes: Iterable[Change]) -> None:
        if not self._announcing:
            return
        for change in changes:
            if change.record_type == "account_membership":
                # Before COMMIT, which is early enough: nobody is served in between.
                self._principals.clear()
            elif change.record_type == "line_item_lock":
                self.__dict__.pop("locked_to", None)
        events.announce(self, changes)

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "pull feed of subscribed events, or polling by updated_after",
            "paging": {"style": "page/per_page or limit/offset", "default": PER_PAGE, "max": PER_PAGE_MAX},
            "retention": "9 days of events; records stay",
            "event_retention_s": events.RETENTION_US // SECOND_US,
            "event_lag_s_max": events.LAG_S_MAX,
            "event_order": "none: an event may be recorded after a later one",
            "event_repeats": True,
            "created_after": "exclusive",
            "idempotency_keys": False,
            "strong_read": True,
            "search_lag_s": 0,
            "rate_limit": "429 without Retry-After",
        }
