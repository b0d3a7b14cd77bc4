"""Machine-to-machine OAuth 2.0: a signed assertion becomes a bearer token of an hour."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mocks.erp.assertions import rsa_key
from mocks.erp.system import Erp
from mocks.kit.app import Context
from sandbox.core.chance import Chance
from sandbox.core.clock import HOUR_US, SECOND_US, ManualClock
from sandbox.core.tenants import ErpOAuth2Client
from sandbox.core.wire import Request, Response, dumps
from tests.mocks.erp.client import EPOCH, HOST, RECORD, error, make, tenant

TOKEN = "/services/rest/auth/oauth2/v1/token"
FORM = "application/x-www-form-urlencoded"
ASSERTED = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
HASHES = {"PS256": hashes.SHA256(), "PS384": hashes.SHA384(), "PS512": hashes.SHA512()}
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    whole = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return whole.decode()


def system(clock: ManualClock) -> Erp:
    clients = (ErpOAuth2Client("client-1", "cert-1", pem(KEY)),)
    return Erp(Context(clock, Chance(1)), replace(tenant(), oauth2_clients=clients))


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def assertion(key: rsa.RSAPrivateKey = KEY, alg: str = "PS256", kid: str = "cert-1", **claims: Any) -> str:
    """Signed with wall time, far from the sandbox's clock."""
    content = {
        "iss": "client-1",
        "scope": ["rest_webservices"],
        "aud": f"https://{HOST}{TOKEN}",
        "iat": 1_795_000_000,
        "exp": 1_795_003_600,
        **claims,
    }
    signed = f"{encoded(dumps({'typ': 'JWT', 'alg': alg, 'kid': kid}))}.{encoded(dumps(content))}"
    algorithm = HASHES.get(alg, hashes.SHA256())
    pss = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
    return f"{signed}.{encoded(key.sign(signed.encode(), pss, algorithm))}"


def ask(mock: Erp, token: str, **form: str) -> Response:
    content = {"grant_type": "client_credentials", "client_assertion_type": ASSERTED, "client_assertion": token, **form}
    return mock.handle(Request("POST", TOKEN, "", {"host": HOST, "content-type": FORM}, urlencode(content).encode()))


def read(mock: Erp, bearer: str) -> Response:
    headers = {"host": HOST, "authorization": f"Bearer {bearer}"}
    return mock.handle(Request("GET", f"{RECORD}/subsidiary", "", headers))


@pytest.mark.parametrize("alg", list(HASHES))
def test_an_assertion_of_a_known_certificate_gets_a_bearer_token_that_reads(clock: ManualClock, alg: str) -> None:
    mock = system(clock)
    response = ask(mock, assertion(alg=alg))
    assert response.status == 200, response.body
    answer = response.json()
    assert (answer["expires_in"], answer["token_type"]) == ("3600", "bearer")
    assert read(mock, answer["access_token"]).status == 200


def test_a_bearer_token_lasts_an_hour_of_the_sandboxs_clock(clock: ManualClock) -> None:
    mock = system(clock)
    bearer = ask(mock, assertion()).json()["access_token"]
    clock.advance_to(HOUR_US - SECOND_US)
    assert read(mock, bearer).status == 200
    clock.advance_to(HOUR_US)
    refused = read(mock, bearer)
    assert error(refused) == (401, "INVALID_LOGIN", "")
    assert refused.header("WWW-Authenticate") == 'Bearer error="invalid_token"'
    fresh = ask(mock, assertion()).json()["access_token"]
    assert fresh != bearer
    assert read(mock, fresh).status == 200
    assert list(mock.volatile["bearers"]["expires_us"]) == [fresh]


def test_a_bearer_token_counts_in_a_restored_system(clock: ManualClock) -> None:
    mock, other = system(clock), system(clock)
    bearer = ask(mock, assertion()).json()["access_token"]
    assert read(other, bearer).status == 401
    other.deserialize(mock.serialize())
    assert read(other, bearer).status == 200


@pytest.mark.parametrize(
    ("token", "status", "problem"),
    [
        (assertion(OTHER), 401, "invalid_client"),
        (assertion(kid="cert-2"), 401, "invalid_client"),
        (assertion(alg="RS256"), 400, "invalid_request"),
        (assertion(alg="none"), 400, "invalid_request"),
        (assertion(iss="client-2"), 401, "invalid_client"),
        (assertion(aud=f"https://{HOST}/elsewhere"), 400, "invalid_grant"),
        (assertion(scope=["restlets"]), 400, "invalid_scope"),
        (assertion(exp=1_795_003_601), 400, "invalid_grant"),
        (assertion(exp=1_795_000_000), 400, "invalid_grant"),
        (assertion(iat="now"), 400, "invalid_grant"),
        (assertion()[:-8] + "AAAAAAAA", 401, "invalid_client"),
        (assertion() + "AAAA", 401, "invalid_client"),
        ("a.b", 400, "invalid_request"),
        ("a.b.c", 400, "invalid_request"),
        (f"{encoded(b'[]')}.{encoded(b'{}')}.", 400, "invalid_request"),
        ("é.b.c", 400, "invalid_request"),
        ("", 400, "invalid_request"),
    ],
)
def test_an_assertion_that_does_not_hold_is_refused(clock: ManualClock, token: str, status: int, problem: str) -> None:
    response = ask(system(clock), token)
    assert (response.status, response.json()["error"]) == (status, problem)


def test_a_changed_claim_breaks_the_signature(clock: ManualClock) -> None:
    head, _, signature = assertion().split(".")
    _, claims, _ = assertion(scope="rest_webservices restlets").split(".")
    assert ask(system(clock), f"{head}.{claims}.{signature}").json()["error"] == "invalid_client"


def test_other_grants_and_other_bodies_are_refused(clock: ManualClock) -> None:
    mock = system(clock)
    assert ask(mock, assertion(), grant_type="password").json()["error"] == "unsupported_grant_type"
    assert ask(mock, assertion(), client_assertion_type="x").json()["error"] == "invalid_request"
    json = Request("POST", TOKEN, "", {"host": HOST, "content-type": "application/json"}, b"{}")
    assert mock.handle(json).json()["error"] == "invalid_request"


def test_a_tenant_without_certificates_gives_out_no_token() -> None:
    assert ask(make(ManualClock(EPOCH)), assertion()).json()["error"] == "invalid_client"


def test_a_key_that_is_none_is_refused_when_the_tenant_is_made() -> None:
    assert rsa_key(pem(KEY))[1] == 65537
    for wrong in ("", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"):
        with pytest.raises(ValueError, match="PEM"):
            rsa_key(wrong)
    with pytest.raises(ValueError, match="DER"):
        rsa_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
