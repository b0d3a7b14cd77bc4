"""simple-salesforce, unmodified. It hard-codes https: through the gateway it needs environment variables and nothing
else; over plain HTTP a session that rewrites the scheme, its own public parameter (real-clients.md 1.2).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("simple-salesforce", ["simple-salesforce==1.12.10"])

# Recipe 3: login hosts and data hosts as built in, through the gateway.
THROUGH_GATEWAY = """
from simple_salesforce import Salesforce
sf = Salesforce(username=GIVEN['username'], password=GIVEN['password'], consumer_key=GIVEN['consumer_key'],
                consumer_secret=GIVEN['consumer_secret'], version='59.0')
"""
# Recipe 1: a public parameter, plain HTTP.
PLAIN = """
import requests
from requests.adapters import HTTPAdapter
from urllib.parse import urlsplit
from simple_salesforce import Salesforce

class ToSandbox(HTTPAdapter):
    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = GIVEN['url'] + parts.path + ('?' + parts.query if parts.query else '')
        return super().send(request, **options)

session = requests.Session()
session.mount('https://', ToSandbox())
host = urlsplit(GIVEN['url']).netloc
sf = Salesforce(instance=host, session_id=GIVEN['access_token'], session=session, version='59.0')
"""


def through_gateway(up: Up, program: str, **given: Any) -> Any:
    """A program over the vendor's own hosts, told of the gateway by environment alone."""
    environment = {"HTTPS_PROXY": up.gateway["proxy"], "REQUESTS_CA_BUNDLE": up.gateway["ca"], "NO_PROXY": "127.0.0.1"}
    return CLIENT.run(THROUGH_GATEWAY + program, {**up.given("crm"), **given}, **environment)


def plain(up: Up, program: str, **given: Any) -> Any:
    return CLIENT.run(PLAIN + program, {**up.given("crm"), **given})


def test_1_a_password_login_and_a_query_and_usage_grows(up: Up) -> None:
    plain(up, "sf.Account.create({'Name': 'One'}); print('{}')")
    told = through_gateway(
        up,
        """
first = sf.query('SELECT Id FROM Account LIMIT 1')
before = sf.api_usage['api-usage'].used
sf.query('SELECT Id FROM Account LIMIT 1')
print(json.dumps({'total': first['totalSize'], 'id': first['records'][0]['Id'],
                  'grown': sf.api_usage['api-usage'].used - before}))
""",
    )
    assert (told["total"], len(told["id"]), told["grown"]) == (1, 18, 1)


def test_5_what_is_created_reads_back_with_what_the_stage_implies(up: Up) -> None:
    told = plain(
        up,
        """
made = sf.Opportunity.create({'Name': 'Deal', 'StageName': 'Prospecting', 'CloseDate': '2026-03-31'})
print(json.dumps({'made': made, 'row': sf.Opportunity.get(made['id'])}))
""",
    )
    row = told["row"]
    assert told["made"]["success"] is True
    assert (row["StageName"], row["IsClosed"], row["IsWon"]) == ("Prospecting", False, False)
    assert row["Probability"] == 10
    assert row["NextStep"] is None


def test_6_what_is_missing_is_named_and_nothing_is_stored(up: Up) -> None:
    told = plain(
        up,
        """
from simple_salesforce.exceptions import SalesforceMalformedRequest
try:
    sf.Opportunity.create({'Name': 'x'})
except SalesforceMalformedRequest as refused:
    content = refused.content
stored = sf.query("SELECT COUNT() FROM Opportunity WHERE Name = 'x'")['totalSize']
print(json.dumps({'content': content, 'stored': stored}))
""",
    )
    assert told["content"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert {"StageName", "CloseDate"} <= set(told["content"][0]["fields"])
    assert told["stored"] == 0


def test_7_a_win_closes_the_deal(up: Up) -> None:
    told = plain(
        up,
        """
made = sf.Opportunity.create({'Name': 'Won', 'StageName': 'Prospecting', 'CloseDate': '2026-03-31'})
status = sf.Opportunity.update(made['id'], {'StageName': 'Closed Won'})
print(json.dumps({'status': status, 'row': sf.Opportunity.get(made['id'])}))
""",
    )
    assert told["status"] == 204
    assert (told["row"]["IsClosed"], told["row"]["IsWon"], told["row"]["Probability"]) == (True, True, 100)


def test_10_an_upsert_creates_then_updates_then_finds_too_many(up: Up) -> None:
    told = plain(
        up,
        """
first = sf.Account.upsert('ERP_Customer_Id__c/C-1', {'Name': 'C one'})
second = sf.Account.upsert('ERP_Customer_Id__c/C-1', {'Name': 'C one again'})
count = sf.query("SELECT COUNT() FROM Account WHERE ERP_Customer_Id__c = 'C-1'")['totalSize']
print(json.dumps({'first': first, 'second': second, 'count': count}))
""",
    )
    assert (told["first"], told["second"], told["count"]) == (201, 200, 1)
