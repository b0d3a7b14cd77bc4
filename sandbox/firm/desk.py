"""A person's desk: clients of the systems they use, and what they remember having looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.core.client import ApiClient, Auth, LoginRefused, PasswordGrant, PersonAuth, StaticBearer
from sandbox.core.errors import SandboxError
from sandbox.core.ports import Ports
from sandbox.core.wire import Response
from sandbox.firm.tenants import Tenants, login_of, tenants_of
from sandbox.interface import Interface
from sandbox.plan import Client, Person, Plan, Terms

CRM = "/services/data/v62.0"
PSA = "/api/v1"


class Blocked(SandboxError):
    """The deed cannot be done yet; the message names what it waits for."""

    def __init__(self, need: str) -> None:
        super().__init__(need, code="blocked")


class Records:
    """What the firm shares: terms, clients, tenants, and a memory of native ids that look-ups found."""

    def __init__(self, plan: Plan, interface: Interface | None = None) -> None:
        # What the interface contract says of questions to the engine.
        self.synchronous = interface.synchronous if interface is not None else {}
        self.tenants: Tenants = tenants_of(plan)
        self.terms: dict[str, Terms] = {terms.code: terms for terms in plan.terms}
        self.clients: dict[str, Client] = {client.code: client for client in plan.clients}
        self.remembered: dict[tuple[str, str], str] = {}
        self.sessions: dict[tuple[str, str], Auth] = {}
        # Engagements whose client finance puts on credit hold: only there is something to look at.
        self.holds = {deed.args["engagement"] for deed in plan.deeds if deed.verb == "set_credit_hold"}


class Desk:
    """One person doing one deed. ``attempts`` counts the tries before this one."""

    def __init__(self, plan: Plan, ports: Ports, records: Records, person: str) -> None:
        self.plan = plan
        self.ports = ports
        self.person: Person = plan.people[person]
        self.records = records
        self.attempts = 0
        self.asked = ""

    # -- looking things up in the agreed terms ---------------------------------------------------------------------

    def terms(self, engagement: str) -> Terms:
        """Terms of an engagement."""
        return self.records.terms[engagement]

    def client(self, code: str) -> Client:
        """A client by code."""
        return self.records.clients[code]

    # -- the systems -------------------------------------------------------------------------------------------------

    async def crm(self, method: str, path: str, **sent: Any) -> Response:
        """A call of the CRM's API as this person, path below the version."""
        return await self._call("crm", method, CRM + path, sent)

    async def psa(self, method: str, path: str, **sent: Any) -> Response:
        """A call of the PSA's API as this person."""
        return await self._call("psa", method, PSA + path, sent)

    async def screen(self, system: str, action: str, form: Mapping[str, Any]) -> Any:
        """A form on a system's person surface; returns what the screen shows. Raises Blocked when it says no."""
        self.asked = f"{system} screen {action}"
        client = ApiClient(self.ports, system, self._screen_auth())
        response = await client.call("POST", f"/_sandbox/ui/{action}", json=form)
        if not response.ok:
            raise Blocked(f"{self.asked}: {_reason(response)}")
        return response.json()

    async def _call(self, system: str, method: str, path: str, sent: dict[str, Any]) -> Response:
        self.asked = f"{system} {method} {path}"
        client = ApiClient(self.ports, system, self._session(system))
        try:
            response = await client.call(method, path, **sent)
        except LoginRefused as refused:
            raise Blocked(f"{self.asked}: {refused.message}") from refused
        if response.status == 401 and system == "psa":
            await self._fetch_token()
            response = await client.call(method, path, **sent)
        if response.status == 429 or response.status >= 500:
            raise Blocked(f"{self.asked}: answered {response.status}")
        return response

    async def _fetch_token(self) -> None:
        """Whoever was invited after the tenant was made gets their token from the finance desk, once."""
        desk = f"finance-{self.person.entity.lower()}"
        auth = PersonAuth(self.plan.people[desk].email, login_of(self.plan, desk).screen_token)
        form = {"email_address": self.person.email}
        response = await ApiClient(self.ports, "psa", auth).call("POST", "/_sandbox/ui/api_token", json=form)
        if not response.ok:
            raise Blocked(f"{self.person.name} has no access to the PSA: {_reason(response)}")

    def _session(self, system: str) -> Auth:
        key = (system, self.person.name)
        auth = self.records.sessions.get(key)
        if auth is None:
            login = login_of(self.plan, self.person.name)
            if system == "crm":
                tenant = self.records.tenants.crm
                auth = PasswordGrant(tenant.consumer_key, tenant.consumer_secret, self.person.email, login.crm_password)
            else:
                auth = StaticBearer(login.psa_token)
            self.records.sessions[key] = auth
        return auth

    def _screen_auth(self) -> PersonAuth:
        return PersonAuth(self.person.email, login_of(self.plan, self.person.name).screen_token)


def must(response: Response, *statuses: int) -> Response:
    """The response when its status is one of these; raises Blocked with what the system said otherwise."""
    if response.status not in statuses:
        raise Blocked(f"answered {response.status}: {_reason(response)}")
    return response


def _reason(response: Response) -> str:
    return response.body.decode("utf-8", "replace")[:200]


def listed(response: Response) -> list[dict[str, Any]]:
    """The rows of a PSA envelope, in the order of its results."""
    body = must(response, 200).json()
    return [body[row["key"]][row["id"]] for row in body["results"]]
