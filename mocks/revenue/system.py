"""The revenue system: wiring of store, agenda, API and person surface."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Mapping
from hmac import compare_digest
from typing import Any

from mocks.kit.app import Context, Mock, Principal
from mocks.kit.records import RecordType
from mocks.revenue import errors, events, files, records, rules, rules_reports, rules_staging, seed, ui
from mocks.revenue.routes import BASE, ROUTES
from mocks.revenue.routes_journal import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from mocks.revenue.routes_reports import SIGNED_US
from mocks.revenue.routes_views import PAGE_MAX
from mocks.revenue.seals import Seals
from mocks.revenue.shape import uploads_of
from mocks.revenue.tokens import LIFETIME_S, Tokens
from mocks.revenue.view_tasks import STALE_AFTER_US, ViewTasks
from sandbox.core.clock import HOUR_US, SECOND_US
from sandbox.core.damage import Damage
from sandbox.core.ids import numeric_id, secret_for
from sandbox.core.observe import Change
from sandbox.core.tenants import RevenueTenant
from sandbox.core.wire import Request, Response

_SDK_BASE = "/integration/"


class Revenue(Mock):
    """Zuora Revenue: uploads in, journal batches out, a close run by people."""

    name = "revenue"
    record_types = records.ALL
    routes = ROUTES
    actions = ui.ACTIONS
    feed_names = (events.JOURNAL,)

    def __init__(self, context: Context, tenant: RevenueTenant) -> None:
        self.uploads = uploads_of(tenant.shape)
        super().__init__(context, self.uploads.record_types)
        self._tenant = tenant
        self._principal = Principal(tenant.user, roles=(tenant.role,))
        claims = {
            "iss": "sandbox",
            "username": tenant.user,
            "role": tenant.role,
            "clientname": tenant.clientname,
            "clientid": records.CLIENT_ID,
        }
        self.tokens = Tokens(secret_for(context.seed_label, self.name, "token"), claims, context.clock)
        self.seals = Seals(secret_for(context.seed_label, self.name, "seal"))
        self.view_tasks = ViewTasks(lambda: self.volatile, context.clock.now_us)
        self.jobs = {
            "pre_stage": self._pre_stage,
            "stage": self._stage,
            "start_job": self._start_job,
            "finish_job": self._finish_job,
            "finish_report": self._finish_report,
        }
        self.seeding(lambda: seed.seed(self, tenant))

    def make_id(self, record_type: RecordType, label: str) -> str:
        digits: int = record_type.info["digits"]
        return numeric_id(self.context.seed_label, self.name, record_type.name, label, digits=digits)

    def rewrite(self, path: str) -> str:
        return BASE + path.removeprefix("/integration") if path.startswith(_SDK_BASE) else path

    # -- who calls ------------------------------------------------------------------------------------------------

    def log_in(self, request: Request) -> str:
        """A token for the right user, password, role and client name; raises RevenueRefusal."""
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            raise errors.unauthorized("Invalid credentials") from None
        given = (user, password, request.headers.get("role", ""), request.headers.get("clientname", ""))
        tenant = self._tenant
        wanted = (tenant.user, tenant.password, tenant.role, tenant.clientname)
        same = [compare_digest(one.encode(), other.encode()) for one, other in zip(given, wanted, strict=True)]
        if scheme.lower() != "basic" or not all(same):
            raise errors.unauthorized("Invalid credentials")
        self.volatile["tokens"] = self.volatile.get("tokens", 0) + 1
        return self.tokens.issue(self.volatile["tokens"])

    def authenticate(self, request: Request) -> Principal:
        token = request.headers.get("token")
        if token is None:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                raise errors.unauthorized()
        if not self.tokens.accepts(token):
            raise errors.unauthorized()
        return self._principal

    # -- answers that are no operation's --------------------------------------------------------------------------

    def not_found(self, request: Request) -> Response:
        return errors.envelope(404, f"No such resource: {request.path}")

    def method_not_allowed(self, request: Request) -> Response:
        return errors.envelope(405, f"Method {request.method} is not allowed for {request.path}")

    def too_large(self, request: Request) -> Response:
        return errors.envelope(413, "The request is too large")

    def damaged(self, damage: Damage, request: Request) -> Response:
        return errors.damaged(damage)

    def announce(self, changes: Iterable[Change]) -> None:
        events.announce(self.feeds[events.JOURNAL], changes, self.context.clock.now_us())

    def manual(self) -> Mapping[str, Any]:
        return {
            "delivery": "journal batches ready to transfer, polled; a reset batch is offered again under the same id",
            "retention": events.RETENTION,
            "paging": {"what": "journal lines", "first_page": 1, "default": PAGE_SIZE_DEFAULT, "max": PAGE_SIZE_MAX},
            "token_lifetime_s": LIFETIME_S,
            "upload": {"async": True, "staging_delay_s": rules.STAGING_DELAY_S, "lines_max": files.LINES_MAX},
            "file_upload": {"pre_stage_delay_s": rules.PRE_STAGE_DELAY_S, "lines_max": files.FILE_LINES_MAX},
            "views": {"page_max": PAGE_MAX, "continuation_s": STALE_AFTER_US // SECOND_US},
            "reports": {
                "kept_h": rules_reports.RETENTION_US // HOUR_US,
                "ready_after_s": rules_reports.REPORT_DELAY_S,
                "signed_url_s": SIGNED_US // SECOND_US,
            },
            "collection": {"rc_template_name": rules.RC_TEMPLATE, "jobs_per_org_max": rules.JOBS_PER_ORG_MAX},
            "idempotency": {
                "filename": "unique per tenant, a used one is refused and named",
                "SO_LINE_ID": "sets the totals of the line, the later row wins",
                "INV_LINE_ID": "unique, a second one is a row in error",
                "journal": "post once by batch id and line id",
            },
            "release": {"pob_templates": list(records.POB_TEMPLATES), "event_types": list(records.EVENT_TYPES)},
            "modification": "an order row with CT_MOD_DATE is held while its contract has revenue, until decided",
            "search_lag_s": 0,
        }

    # -- by itself ------------------------------------------------------------------------------------------------

    def _finish_report(self, report_id: str) -> None:
        clock = self.context.clock
        rules_reports.finish_report(self.store, report_id, clock.now_us(), clock.epoch)

    def _pre_stage(self, upload_id: str, busy: list[int]) -> None:
        rules.pre_stage(self.store, self.agenda, upload_id, busy)

    def _stage(self, upload_id: str, busy: list[int] | None = None) -> None:
        rules_staging.stage_upload(self.store, self.uploads, upload_id, busy or ())

    def _start_job(self, job_id: str) -> None:
        rules.start_job(self.store, job_id, self.context.clock.now_us())

    def _finish_job(self, job_id: str) -> None:
        rules.finish_job(self.store, job_id, self.context.clock.now_us())
