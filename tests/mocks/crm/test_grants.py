"""Tokens without a password: authorization codes, refresh tokens, signed assertions; and what a token is worth."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from mocks.crm.jwt import public_key
from mocks.crm.system import Crm
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import DAY_US, MINUTE_US, ManualClock
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.crm.client import EPOCH, HOST, KEY, OTHER_USERNAME, SECRET, USERNAME, V, make, tenant

BACK = "http://localhost:9999/callback"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def made(clock: ManualClock | None = None, **changed: Any) -> Crm:
    return Crm(Context(clock or ManualClock(EPOCH), Chance(1)), replace(tenant(), **changed))


def post(mock: Crm, path: str, **form: str) -> Response:
    return mock.handle(
        Request("POST", f"/services/oauth2/{path}", headers={"host": HOST}, body=urlencode(form).encode())
    )


def token(mock: Crm, grant: str, **form: str) -> Response:
    return post(mock, "token", grant_type=grant, client_id=KEY, client_secret=SECRET, **form)


def error(response: Response) -> str:
    assert response.status == 400
    body = response.json()
    assert set(body) == {"error", "error_description"}
    return str(body["error"])


def works(mock: Crm, access_token: str) -> bool:
    headers = {"authorization": f"Bearer {access_token}"}
    return mock.handle(Request("GET", V + "/limits", headers=headers)).status == 200


def authorize(mock: Crm, **more: str) -> Response:
    query = {"response_type": "code", "client_id": KEY, "redirect_uri": BACK, **more}
    return mock.handle(Request("GET", "/services/oauth2/authorize", urlencode(query), {"host": HOST}))


def code(mock: Crm, **more: str) -> str:
    location = authorize(mock, **more).header("Location")
    assert location is not None
    return dict(parse_qsl(urlsplit(location).query))["code"]


# -- codes ------------------------------------------------------------------------------------------------------------


def test_an_authorization_goes_back_at_once_with_a_code_and_the_state() -> None:
    mock = make()
    response = authorize(mock, state="a b&c", redirect_uri=BACK + "?x=1")
    location = response.header("Location") or ""
    assert (response.status, response.body) == (302, b"")
    assert location.startswith(BACK + "?x=1&code=")
    assert dict(parse_qsl(urlsplit(location).query))["state"] == "a b&c"


def test_a_code_becomes_tokens_once() -> None:
    mock = make()
    given = code(mock, login_hint=OTHER_USERNAME)
    answer = token(mock, "authorization_code", code=given, redirect_uri=BACK).json()
    assert works(mock, answer["access_token"])
    assert answer["scope"] == "api refresh_token"
    user = mock.store.get("User", answer["id"][-18:])
    assert user is not None
    assert user["Username"] == OTHER_USERNAME
    assert error(token(mock, "authorization_code", code=given, redirect_uri=BACK)) == "invalid_grant"


def test_a_code_answers_its_challenge_and_ends_after_a_quarter_of_an_hour() -> None:
    clock = ManualClock(EPOCH)
    mock = made(clock)
    # The example of RFC 7636, appendix B.
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    sent = {"redirect_uri": BACK, "code_verifier": verifier}
    assert token(mock, "authorization_code", code=code(mock, **challenge), **sent).status == 200
    for wrong in ({**sent, "code_verifier": "guess"}, {"redirect_uri": BACK}):
        assert error(token(mock, "authorization_code", code=code(mock, **challenge), **wrong)) == "invalid_grant"
    elsewhere = token(mock, "authorization_code", code=code(mock), redirect_uri=BACK + "/else")
    assert error(elsewhere) == "redirect_uri_mismatch"
    late = code(mock)
    clock.advance_to(15 * MINUTE_US)
    assert error(token(mock, "authorization_code", code=late, redirect_uri=BACK)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"client_id": "else"}, "invalid_client_id"),
        ({"redirect_uri": ""}, "redirect_uri_missing"),
        ({"redirect_uri": "/here"}, "redirect_uri_missing"),
        ({"redirect_uri": "http://x/\r\nSet-Cookie: a=b"}, "redirect_uri_missing"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"login_hint": "nobody"}, "access_denied"),
    ],
)
def test_an_authorization_that_does_not_fit_is_refused_in_json(changed: dict[str, str], expected: str) -> None:
    assert error(authorize(make(), **changed)) == expected


# -- refresh tokens ---------------------------------------------------------------------------------------------------


def tokens(mock: Crm) -> dict[str, str]:
    answer: dict[str, str] = token(mock, "authorization_code", code=code(mock), redirect_uri=BACK).json()
    return answer


def test_a_refresh_token_gives_access_for_as_long_as_it_is_not_revoked() -> None:
    clock = ManualClock(EPOCH)
    mock = made(clock)
    first = tokens(mock)
    clock.advance_to(30 * DAY_US)
    assert not works(mock, first["access_token"])
    second = token(mock, "refresh_token", refresh_token=first["refresh_token"]).json()
    assert works(mock, second["access_token"])
    assert "refresh_token" not in second
    assert post(mock, "revoke", token=first["refresh_token"]).status == 200
    assert not works(mock, second["access_token"])
    assert error(token(mock, "refresh_token", refresh_token=first["refresh_token"])) == "invalid_grant"


def test_revoking_an_access_token_ends_its_refresh_token_too() -> None:
    mock = make()
    first = tokens(mock)
    assert post(mock, "revoke", token=first["access_token"]).status == 200
    assert error(token(mock, "refresh_token", refresh_token=first["refresh_token"])) == "invalid_grant"
    assert error(post(mock, "revoke", token=first["access_token"])) == "invalid_token"


def test_where_refresh_tokens_rotate_each_is_good_once() -> None:
    mock = made(refresh_rotates=True)
    first = tokens(mock)
    second = token(mock, "refresh_token", refresh_token=first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert error(token(mock, "refresh_token", refresh_token=first["refresh_token"])) == "invalid_grant"
    assert token(mock, "refresh_token", refresh_token=second["refresh_token"]).status == 200


def test_refresh_tokens_survive_a_snapshot() -> None:
    mock = make()
    first = tokens(mock)
    restored = make()
    restored.deserialize(mock.serialize())
    assert token(restored, "refresh_token", refresh_token=first["refresh_token"]).status == 200


# -- assertions -------------------------------------------------------------------------------------------------------


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(private: Any) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "engine")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    built = built.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
    signed = built.public_key(private.public_key()).sign(private, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def encoded(part: bytes) -> str:
    return urlsafe_b64encode(part).decode().rstrip("=")


def assertion(header: Any = None, **changed: Any) -> str:
    # The expiry is a text of wall time in simple-salesforce, and long past here.
    claims = {"iss": KEY, "sub": USERNAME, "aud": "https://login.salesforce.com", "exp": "1700000000", **changed}
    head = {"alg": "RS256"} if header is None else header
    signed = f"{encoded(dumps(head))}.{encoded(dumps({k: v for k, v in claims.items() if v is not None}))}"
    return f"{signed}.{encoded(key().sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@pytest.mark.parametrize("registered", [True, False])
def test_an_assertion_logs_its_subject_in(registered: bool) -> None:
    mock = made(certificate=certificate(key()) if registered else "")
    # As simple-salesforce sends it: without client id and secret.
    answer = post(mock, "token", grant_type=BEARER, assertion=assertion(sub=OTHER_USERNAME.upper())).json()
    assert works(mock, answer["access_token"])
    assert "refresh_token" not in answer


def test_a_signature_by_another_key_is_refused_when_a_certificate_is_registered() -> None:
    other = rsa.generate_private_key(65537, 2048)
    mock = made(certificate=certificate(other))
    assert error(post(mock, "token", grant_type=BEARER, assertion=assertion())) == "invalid_grant"
    head, claims, signature = assertion().split(".")
    forged = encoded(dumps({"iss": KEY, "sub": OTHER_USERNAME, "aud": "x", "exp": 1}))
    sure = made(certificate=certificate(key()))
    for text in (f"{head}.{forged}.{signature}", f"{head}.{claims}.", f"{head}.{claims}.{signature[:-4]}"):
        assert error(post(sure, "token", grant_type=BEARER, assertion=text)) == "invalid_grant"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "invalid_grant"),
        ("a.b", "invalid_grant"),
        ("a.b.c", "invalid_grant"),
        ("é.b.c", "invalid_grant"),
        ("e30.W10.c2ln", "invalid_grant"),
    ],
)
def test_what_is_no_assertion_is_refused(text: str, expected: str) -> None:
    assert error(post(make(), "token", grant_type=BEARER, assertion=text)) == expected


def test_an_assertion_needs_the_consumer_key_a_user_and_all_its_claims() -> None:
    mock = make()
    for changed, expected in (
        ({"iss": "else"}, "invalid_client_id"),
        ({"sub": "nobody"}, "invalid_grant"),
        ({"sub": None}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
        ({"aud": None}, "invalid_grant"),
        ({"header": {"alg": "none"}}, "invalid_grant"),
        ({"header": [1]}, "invalid_grant"),
    ):
        assert error(post(mock, "token", grant_type=BEARER, assertion=assertion(**changed))) == expected, changed


def test_a_public_key_does_as_well_as_a_certificate_and_anything_else_is_said_at_once() -> None:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    numbers = key().public_key().public_numbers()
    found = public_key(key().public_key().public_bytes(*form).decode())
    assert (found.modulus, found.exponent) == (numbers.n, numbers.e)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form).decode()
    for wrong in ("nothing", "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----", curve):
        with pytest.raises(ValueError, match="PEM"):
            public_key(wrong)


# -- what a token is worth --------------------------------------------------------------------------------------------


def test_a_connected_app_may_ask_what_a_token_is_worth() -> None:
    clock = ManualClock(EPOCH)
    mock = made(clock)
    given = tokens(mock)

    def asked(text: str) -> dict[str, Any]:
        answer: dict[str, Any] = post(mock, "introspect", token=text, client_id=KEY, client_secret=SECRET).json()
        return answer

    access = asked(given["access_token"])
    assert (access["active"], access["username"], access["token_type"]) == (True, USERNAME, "access_token")
    assert access["exp"] == int(EPOCH.timestamp()) + 7200
    assert asked(given["refresh_token"])["token_type"] == "refresh_token"
    assert asked("nothing") == {"active": False}
    clock.advance_to(3 * 60 * MINUTE_US)
    assert asked(given["access_token"]) == {"active": False}
    assert error(post(mock, "introspect", token="x", client_id=KEY, client_secret="no")) == "invalid_client"


def test_userinfo_answers_a_post_too() -> None:
    mock = make()
    headers = {"host": HOST, "authorization": f"Bearer {tokens(mock)['access_token']}"}
    answers = [mock.handle(Request(method, "/services/oauth2/userinfo", headers=headers)) for method in ("POST", "GET")]
    assert answers[0].json() == answers[1].json()
