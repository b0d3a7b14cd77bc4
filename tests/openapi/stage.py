"""A tenant that has lived through first-thread, and how a generated request is made that of a client it knows.

The seeded pool: every request of a test meets the same state, so that the ids in the document are those of records.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

import orjson

from mocks.kit import openapi
from mocks.kit.app import Mock
from sandbox.core.clock import SECOND_US
from sandbox.core.damage import NoFaults
from sandbox.core.observe import Unobserved
from sandbox.core.signing import authorization, base_string, signature, signed_params
from sandbox.core.wire import Request, Response, dumps
from sandbox.firm.tenants import Tenants
from sandbox.runs import Wanted, make
from sandbox.world import World

Sign = Callable[[Request], None]


@cache
def world() -> World:
    """first-thread, played to its end by the reference engine."""
    plan, contract, policy = make(Wanted("first-thread", 1, "reference", "none", None))
    played = World(plan, contract, policy)
    played.run()
    return played


class Stage:
    """One system at the end of the scenario. ``send`` leaves it as it was; ``keep`` lets changes stay."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mock: Mock = world().systems[name]
        # Nobody records what is asked here, and nothing is struck.
        self.mock.context.observer, self.mock.context.faults = Unobserved(), NoFaults()
        self.sign: Sign = _SIGNERS[name](self.mock, world()._tenants)
        for request in _BEGUN.get(name, ()):
            answer, _ = self.keep(request())
            assert answer.ok, answer.body
        self.settle()

    def settle(self) -> None:
        """What is there now is what every request meets from here on."""
        self._saved = self.mock.serialize()
        self.document = orjson.loads(dumps(openapi.document(self.mock)))

    def send(self, request: Request) -> tuple[Response, bool]:
        """The answer to a request and whether something was stored; everything is as before afterwards."""
        written = self._written()
        try:
            response, committed = self.keep(request)
        except BaseException:
            self.restore()
            raise
        # Jobs are stored beside the records, and no commit tells of them.
        if committed or self._written() > written:
            self.restore()
        return response, committed

    def keep(self, request: Request) -> tuple[Response, bool]:
        """The answer to a request, signed where it shows no credentials, and whether something was stored."""
        request.headers["host"] = f"{self.name}.sandbox.test"
        self.sign(request)
        response = self.mock.handle(request)
        return response, self.mock.outcome.committed

    def _written(self) -> int:
        """How many rows have been written ever, those taken back included."""
        return self.mock.store.db.total_changes

    def restore(self) -> None:
        """Back to the end of the scenario."""
        self.mock.deserialize(self._saved)


def _post(path: str, body: Any, **headers: str) -> Callable[[], Request]:
    sent = {"content-type": "application/json", **headers}
    return lambda: Request("POST", path, "", dict(sent), dumps(body))


_JOBS = "/services/data/v59.0/jobs"
# What a client has begun that no scenario leaves behind: jobs that are open, a view read in part.
_BEGUN: dict[str, tuple[Callable[[], Request], ...]] = {
    "crm": (
        _post(f"{_JOBS}/ingest", {"object": "Account", "operation": "insert"}),
        _post(f"{_JOBS}/query", {"operation": "query", "query": "SELECT Id FROM Account"}),
    ),
    "erp": (_post("/services/rest/record/v1/customer", {"companyName": "Northwind Traders"}, prefer="respond-async"),),
    "revenue": (lambda: Request("GET", "/api/integration/v2/biviews/RPRO_BI3_RC_LNS_V", "pagesize=1"),),
}


@cache
def stage(name: str) -> Stage:
    """The stage of a system; there is one."""
    return Stage(name)


# -- credentials ------------------------------------------------------------------------------------------------------


def _header(name: str, value: str) -> Sign:
    def sign(request: Request) -> None:
        request.headers[name] = value

    return sign


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def _crm(mock: Any, tenants: Tenants) -> Sign:
    user = mock.store.find("User", {"Username": tenants.crm.users[0].username})[0]
    return _header(
        "authorization", f"Bearer {mock.sessions.open(user['Id'], user['Username'], mock.context.clock.now_us())}"
    )


def _psa(mock: Any, tenants: Tenants) -> Sign:
    return _header("authorization", f"Bearer {tenants.psa.users[0].token}")


def _hris(mock: Any, tenants: Tenants) -> Sign:
    tenant, session = tenants.hris, mock.open_session()

    def sign(request: Request) -> None:
        if request.path.startswith("/ccx/oauth2/"):
            request.headers["authorization"] = _basic(mock.client_id, mock.client_secret)
        elif request.path.startswith("/ccx/api/"):
            request.headers["authorization"] = f"Bearer {session}"
        else:
            request.headers["authorization"] = _basic(tenant.username, tenant.password)

    return sign


def _erp(mock: Any, tenants: Tenants) -> Sign:
    tenant, nonces = tenants.erp, count()

    def sign(request: Request) -> None:
        clock = mock.context.clock
        stamp_s = int(clock.epoch.timestamp()) + clock.now_us() // SECOND_US
        params = {
            "realm": tenant.account,
            "oauth_consumer_key": tenant.consumer_key,
            "oauth_token": tenant.token_id,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(stamp_s),
            "oauth_nonce": f"g{next(nonces)}",
            "oauth_version": "1.0",
        }
        url = f"https://{request.host}{request.path}"
        base = base_string(request.method, url, signed_params(params, request.param_list()))
        signed = signature(base, tenant.consumer_secret, tenant.token_secret)
        request.headers["authorization"] = authorization({**params, "oauth_signature": signed})

    return sign


def _revenue(mock: Any, tenants: Tenants) -> Sign:
    tenant, token = tenants.revenue, mock.tokens.issue(0)

    def sign(request: Request) -> None:
        if request.path.endswith("/authenticate"):
            request.headers["authorization"] = _basic(tenant.user, tenant.password)
            request.headers |= {"role": tenant.role, "clientname": tenant.clientname}
        else:
            request.headers["token"] = token

    return sign


def _files(mock: Any, tenants: Tenants) -> Sign:
    return _header("authorization", f"Bearer {tenants.files.customer_token}")


_SIGNERS: dict[str, Callable[[Any, Tenants], Sign]] = {
    "crm": _crm,
    "psa": _psa,
    "hris": _hris,
    "erp": _erp,
    "revenue": _revenue,
    "files": _files,
}
