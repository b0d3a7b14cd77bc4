"""What a client needs to reach the systems of a living world: addresses, credentials keyed as client libraries name
them, and a call that works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.firm.tenants import Tenants


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach one system. ``call`` is one line of a client that works, ``paste`` the credential it needs."""

    title: str
    url: str
    credentials: Mapping[str, str]
    paste: str
    call: str

    def as_json(self) -> dict[str, Any]:
        """Address and credentials."""
        return {"url": self.url, "credentials": dict(self.credentials)}


def accesses(tenants: Tenants, urls: Mapping[str, str], crm_token: str) -> dict[str, Access]:
    """How to reach each system, by its name. ``crm_token`` is a session that is open already."""
    return {
        "crm": _crm(tenants, urls["crm"], crm_token),
        "psa": _psa(tenants, urls["psa"]),
        "hris": _hris(tenants, urls["hris"]),
        "erp": _erp(tenants, urls["erp"]),
        "revenue": _revenue(tenants, urls["revenue"]),
        "files": _files(tenants, urls["files"]),
    }


def _crm(tenants: Tenants, url: str, token: str) -> Access:
    tenant, user = tenants.crm, tenants.crm.users[0]
    credentials = {
        "username": user.username,
        "password": user.password,
        "security_token": getattr(user, "security_token", "") or "",
        "consumer_key": tenant.consumer_key,
        "consumer_secret": tenant.consumer_secret,
        "access_token": token,
    }
    call = f"curl -H 'Authorization: Bearer {token}' '{url}/services/data/v59.0/query?q=SELECT+Id+FROM+Account'"
    return Access("CRM, Salesforce", url, credentials, f"access_token {token}", call)


def _psa(tenants: Tenants, url: str) -> Access:
    token = tenants.psa.users[0].token
    call = f"curl -H 'Authorization: Bearer {token}' {url}/api/v1/workspaces.json"
    return Access("PSA, Kantata OX", url, {"access_token": token}, f"access_token {token}", call)


def _hris(tenants: Tenants, url: str) -> Access:
    tenant = tenants.hris
    credentials = {"tenant": tenant.tenant, "username": tenant.username, "password": tenant.password}
    call = (
        f"curl -u {tenant.username}:{tenant.password} "
        f"'{url}/ccx/service/customreport2/{tenant.tenant}/ISU_PSA/Workers_Full?format=json'"
    )
    return Access("HRIS, Workday", url, credentials, f"{tenant.username}:{tenant.password}", call)


def _erp(tenants: Tenants, url: str) -> Access:
    tenant = tenants.erp
    credentials = {
        "account": tenant.account,
        "consumer_key": tenant.consumer_key,
        "consumer_secret": tenant.consumer_secret,
        "token_id": tenant.token_id,
        "token_secret": tenant.token_secret,
    }
    auth = ", ".join(
        f"'{credentials[name]}'" for name in ("consumer_key", "consumer_secret", "token_id", "token_secret")
    )
    call = (
        f"requests.get('{url}/services/rest/record/v1/job', "
        f"auth=OAuth1({auth}, realm='{tenant.account}', signature_method='HMAC-SHA256'))"
    )
    return Access("ERP, NetSuite SuiteTalk", url, credentials, f"token_id {tenant.token_id}", call)


def _revenue(tenants: Tenants, url: str) -> Access:
    tenant = tenants.revenue
    credentials = {
        "user": tenant.user,
        "password": tenant.password,
        "role": tenant.role,
        "clientname": tenant.clientname,
    }
    call = (
        f"curl -i -X POST -u {tenant.user}:{tenant.password} -H 'role: {tenant.role}' "
        f"-H 'clientname: {tenant.clientname}' {url}/api/integration/v1/authenticate"
    )
    return Access("revenue, Zuora Revenue", url, credentials, f"{tenant.user}:{tenant.password}", call)


def _files(tenants: Tenants, url: str) -> Access:
    token = tenants.files.customer_token
    call = f"curl -H 'Authorization: Bearer {token}' {url}/v1/bank/out"
    return Access("files of partners", url, {"access_token": token}, f"access_token {token}", call)
