"""One API client for people and engine: token, one re-authentication on 401, retry by an injected policy."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from sandbox.core.clock import instant
from sandbox.core.errors import NoAnswer, SandboxError
from sandbox.core.ids import digest64
from sandbox.core.ports import Ports
from sandbox.core.signing import authorization, base_string, signature, signed_params
from sandbox.core.wire import SIMULATED_HOST, Request, Response, dumps, loads

_FORM = {"content-type": "application/x-www-form-urlencoded"}


class LoginRefused(SandboxError):
    """The system did not accept the credentials, or not now: ``response`` is what it answered."""

    def __init__(self, system: str, response: Response) -> None:
        super().__init__(
            f"{system} refused the login with {response.status}",
            code="login_refused", system=system, status=response.status,
        )  # fmt: skip
        self.response = response


class RetryPolicy(Protocol):
    """Decides how long to wait before the same request is sent again."""

    def delay_us(self, attempt: int, request: Request, outcome: Response | NoAnswer) -> int | None:
        """Microseconds to wait before attempt + 1, or None to stop."""


class Auth(Protocol):
    """Puts credentials on a request."""

    async def apply(self, client: ApiClient, request: Request) -> None:
        """Add what the system wants to see; may log in first."""

    def expire(self) -> bool:
        """Forget the session; True when logging in again may help."""


class StaticBearer:
    """A token that never changes (Kantata)."""

    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    async def apply(self, client: ApiClient, request: Request) -> None:
        request.headers["authorization"] = self._header

    def expire(self) -> bool:
        return False


class BasicAuth:
    """User and password on every request (Workday reports)."""

    def __init__(self, user: str, password: str) -> None:
        self._header = "Basic " + b64encode(f"{user}:{password}".encode()).decode()

    async def apply(self, client: ApiClient, request: Request) -> None:
        request.headers["authorization"] = self._header

    def expire(self) -> bool:
        return False


class PersonAuth:
    """A person at a screen: the sandbox's person surface, never given to an engine."""

    def __init__(self, username: str, token: str) -> None:
        self._username = username
        self._token = token

    async def apply(self, client: ApiClient, request: Request) -> None:
        request.headers["x-sandbox-person"] = self._username
        request.headers["authorization"] = f"Sandbox {self._token}"

    def expire(self) -> bool:
        return False


class PasswordGrant:
    """OAuth 2 password grant (Salesforce)."""

    def __init__(self, client_id: str, client_secret: str, username: str, password: str) -> None:
        self._form = {
            "grant_type": "password",
            "client_id": client_id,
            "client_secret": client_secret,
            "username": username,
            "password": password,
        }
        self._header: str | None = None

    async def apply(self, client: ApiClient, request: Request) -> None:
        if self._header is None:
            body = urlencode(self._form).encode()
            login = Request("POST", "/services/oauth2/token", headers=dict(_FORM), body=body)
            response = await client.exchange(login)
            if response.status != 200:
                raise LoginRefused(client.system, response)
            answer = response.json()
            self._header = f"{answer['token_type']} {answer['access_token']}"
        request.headers["authorization"] = self._header

    def expire(self) -> bool:
        self._header = None
        return True


class RevenueAuth:
    """Zuora Revenue: authenticate, then the token in a header of its own.

    The token is a JWT that says until when it holds: one that has run out is not sent to hear so.
    """

    def __init__(self, user: str, password: str, role: str, clientname: str) -> None:
        basic = b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"authorization": f"Basic {basic}", "role": role, "clientname": clientname}
        self._token: str | None = None
        self._expires_s: int | None = None

    async def apply(self, client: ApiClient, request: Request) -> None:
        if self._expires_s is not None and client.unix_s() >= self._expires_s:
            self.expire()
        if self._token is None:
            login = Request("POST", "/api/integration/v1/authenticate", headers=dict(self._headers))
            response = await client.exchange(login)
            self._token = response.header("Revpro-Token")
            if response.status != 200 or self._token is None:
                raise LoginRefused(client.system, response)
            self._expires_s = _expiry_s(self._token)
        request.headers["token"] = self._token

    def expire(self) -> bool:
        self._token = self._expires_s = None
        return True


class OAuth1:
    """NetSuite token-based authentication: every request signed."""

    def __init__(self, account: str, consumer_key: str, consumer_secret: str, token_id: str, token_secret: str) -> None:
        self._account = account
        self._consumer_key = consumer_key
        self._consumer_secret = consumer_secret
        self._token_id = token_id
        self._token_secret = token_secret
        self._count = 0

    async def apply(self, client: ApiClient, request: Request) -> None:
        ports = client.ports
        self._count += 1
        oauth = {
            "realm": self._account,
            "oauth_consumer_key": self._consumer_key,
            "oauth_token": self._token_id,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(client.unix_s()),
            # Of the instant and a count: a restarted client must not use its earlier nonces again.
            "oauth_nonce": f"{digest64('nonce', ports.actor, str(ports.now_us()), str(self._count)):016x}",
            "oauth_version": "1.0",
        }
        url = f"https://{request.host}{request.path}"
        base = base_string(request.method, url, signed_params(oauth, request.param_list()))
        oauth["oauth_signature"] = signature(base, self._consumer_secret, self._token_secret)
        request.headers["authorization"] = authorization(oauth)

    def expire(self) -> bool:
        return False


class ApiClient:
    """A session of one actor with one system."""

    def __init__(self, ports: Ports, system: str, auth: Auth, retry: RetryPolicy | None = None) -> None:
        self.ports = ports
        self.system = system
        self._auth = auth
        self._retry = retry
        self._host = SIMULATED_HOST.format(system=system)
        self._epoch_s = int(ports.clock.epoch.timestamp())

    def unix_s(self) -> int:
        """Now, in seconds since 1970."""
        return self._epoch_s + self.ports.now_us() // 1_000_000

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request and return the last answer.

        ``json`` is encoded with Decimals as numbers. Raises NoAnswer when the retry policy gives up without an
        answer, LoginRefused when the credentials are not accepted.
        """
        all_headers = {"host": self._host, **(headers or {})}
        if json is not None:
            body = dumps(json)
            all_headers.setdefault("content-type", "application/json")
        encoded = "&".join([f"{_quoted(name)}={_quoted(str(value))}" for name, value in query.items()]) if query else ""
        request = Request(method, path, encoded, all_headers, body or b"")
        return await self._with_retry(request, authenticate=True)

    async def exchange(self, request: Request) -> Response:
        """Send a ready request without credentials (logins), under the same retry policy."""
        request.headers.setdefault("host", self._host)
        return await self._with_retry(request, authenticate=False)

    async def _with_retry(self, request: Request, authenticate: bool) -> Response:
        attempt = 1
        while True:
            outcome = await self._attempt(request, authenticate)
            good = isinstance(outcome, Response) and outcome.status < 400
            delay = None if good or self._retry is None else self._retry.delay_us(attempt, request, outcome)
            if delay is None:
                if isinstance(outcome, NoAnswer):
                    raise outcome
                return outcome
            attempt += 1
            await self.ports.sleep(delay)

    async def _attempt(self, request: Request, authenticate: bool) -> Response | NoAnswer:
        try:
            if not authenticate:
                return await self.ports.send(self.system, _copy(request))
            response = await self._authenticated(request)
            if response.status == 401 and self._auth.expire():
                response = await self._authenticated(request)
            return response
        except NoAnswer as silence:
            return silence
        except LoginRefused as refused:
            if refused.response.status == 429 or refused.response.status >= 500:
                # Not now, said at the door: whoever waits for the call waits for the login.
                return refused.response
            raise

    async def _authenticated(self, request: Request) -> Response:
        fresh = _copy(request)
        await self._auth.apply(self, fresh)
        return await self.ports.send(self.system, fresh)


def _expiry_s(token: str) -> int | None:
    """When a JWT runs out by its own word (``exp``, RFC 7519 section 4.1.4), in seconds since 1970; None if it does
    not say."""
    claims = token.split(".")[1:2]
    try:
        said = loads(urlsafe_b64decode(claims[0] + "=" * (-len(claims[0]) % 4)))["exp"]
    except (ValueError, LookupError, TypeError):
        return None
    return said if isinstance(said, int) else None


@lru_cache(maxsize=4096)
def _quoted(text: str) -> str:
    # A poll sends the same few names and values over and over.
    return quote(text)


def _copy(request: Request) -> Request:
    return Request(request.method, request.path, request.query, dict(request.headers), request.body, request.meta)


def retry_after_us(response: Response, now_us: int, epoch: datetime) -> int | None:
    """Microseconds a Retry-After header asks for, in seconds or as an HTTP date; None without a usable header."""
    value = response.header("Retry-After")
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return int(text) * 1_000_000
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:
        # The old spellings of a date name no zone and mean UTC (RFC 9110 section 5.6.7).
        when = when.replace(tzinfo=UTC)
    return max(0, instant(epoch, when) - now_us)
