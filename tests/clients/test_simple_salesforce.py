"""simple-salesforce, unmodified. It hard-codes https: through the gateway it needs environment variables and nothing
else; over plain HTTP a session that rewrites the scheme, its own public parameter (real-clients.md 1.2).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import started
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
SESSION = """
import requests
from requests.adapters import HTTPAdapter
from urllib.parse import urlsplit
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

class ToSandbox(HTTPAdapter):
    def send(self, request, **options):
        parts = urlsplit(request.url)
        request.url = GIVEN['url'] + parts.path + ('?' + parts.query if parts.query else '')
        return super().send(request, **options)

session = requests.Session()
session.mount('https://', ToSandbox())
"""
PLAIN = f"""{SESSION}
host = urlsplit(GIVEN['url']).netloc
sf = Salesforce(instance=host, session_id=GIVEN['access_token'], session=session, version='59.0')
"""


def through_gateway(up: Up, program: str, **given: Any) -> Any:
    """A program over the vendor's own hosts."""
    return CLIENT.run(THROUGH_GATEWAY + program, {**up.given("crm"), **given}, **environment_of(up))


def environment_of(up: Up) -> dict[str, str]:
    """All that a client over requests is told of the gateway."""
    return {"HTTPS_PROXY": up.gateway["proxy"], "REQUESTS_CA_BUNDLE": up.gateway["ca"], "NO_PROXY": "127.0.0.1"}


def plain(up: Up, program: str, **given: Any) -> Any:
    return CLIENT.run(PLAIN + program, {**up.given("crm"), **given})


# How each login is asked for, with the session of recipe 1.
LOGINS = {
    "soap password": "username=GIVEN['username'], password=GIVEN['password'], security_token=GIVEN['security_token']",
    "oauth password": "username=GIVEN['username'], password=GIVEN['password'], consumer_key=GIVEN['consumer_key'],"
    " consumer_secret=GIVEN['consumer_secret']",
    "client credentials": "consumer_key=GIVEN['consumer_key'], consumer_secret=GIVEN['consumer_secret'],"
    " domain='acme.my'",
    "jwt": "username=GIVEN['username'], consumer_key=GIVEN['consumer_key'], privatekey=private_key()",
    "session id": "instance='acme.my.salesforce.com', session_id=GIVEN['access_token']",
}
PRIVATE_KEY = """
def private_key():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
"""
ASK = """
answer = sf.query('SELECT Id FROM User WHERE IsActive = true LIMIT 1')
print(json.dumps({'total': answer['totalSize'], 'id': answer['records'][0]['Id']}))
"""


@pytest.mark.parametrize("login", LOGINS)
def test_each_login_gets_a_session_over_plain_http(up: Up, login: str) -> None:
    program = f"{SESSION}{PRIVATE_KEY}sf = Salesforce({LOGINS[login]}, session=session, version='59.0')\n{ASK}"
    told = CLIENT.run(program, up.given("crm"))
    assert (told["total"], len(told["id"])) == (1, 18)


@pytest.mark.parametrize("login", LOGINS)
def test_each_login_gets_a_session_through_the_gateway_by_environment_alone(up: Up, login: str) -> None:
    head = f"from simple_salesforce import Salesforce\n{PRIVATE_KEY}"
    told = CLIENT.run(
        f"{head}sf = Salesforce({LOGINS[login]}, version='59.0')\n{ASK}", up.given("crm"), **environment_of(up)
    )
    assert (told["total"], len(told["id"])) == (1, 18)


def test_its_login_function_takes_a_url_of_plain_http(up: Up) -> None:
    told = CLIENT.run(
        """
from simple_salesforce import SalesforceLogin
session_id, instance = SalesforceLogin(username=GIVEN['username'], password=GIVEN['password'],
                                       security_token=GIVEN['security_token'], scratch_url=GIVEN['url'])
print(json.dumps({'session_id': session_id, 'instance': instance}))
""",
        up.given("crm"),
    )
    assert told["session_id"]
    assert told["instance"] == up.url("crm").removeprefix("http://")


def test_when_its_session_has_ended_it_logs_in_again_if_it_did_before(tmp_path: Path) -> None:
    with started(tmp_path, "--seed-only") as told:
        up = Up(told)
        outcomes = CLIENT.run(
            f"""{SESSION}
import urllib.request
from simple_salesforce.exceptions import SalesforceExpiredSession
own = Salesforce({LOGINS["oauth password"]}, session=session, version='59.0')
handed = Salesforce(instance='acme.my.salesforce.com', session_id=GIVEN['access_token'], session=session,
                    version='59.0')
asked = 'SELECT Id FROM User LIMIT 1'
before = [each.query(asked)['totalSize'] for each in (own, handed)]
urllib.request.urlopen(urllib.request.Request(
    GIVEN['control'] + '/_sandbox/clock/advance', json.dumps({{'by': '3h'}}).encode(),
    {{'Content-Type': 'application/json'}})).read()
try:
    handed.query(asked)
    refused = None
except SalesforceExpiredSession as why:
    refused = [why.status, why.content[0]['errorCode']]
print(json.dumps([before, own.query(asked)['totalSize'], refused]))
""",
            {**up.given("crm"), "control": told["control"]["url"]},
        )
    assert outcomes == [[1, 1], 1, [401, "INVALID_SESSION_ID"]]


def test_2_a_wrong_password_is_refused_with_the_code_of_each_way(up: Up) -> None:
    told = CLIENT.run(
        f"""{SESSION}
def code(**more):
    try:
        Salesforce(username=GIVEN['username'], password='wrong', session=session, **more)
    except SalesforceAuthenticationFailed as refused:
        return refused.code

print(json.dumps([
    code(security_token=GIVEN['security_token']),
    code(consumer_key=GIVEN['consumer_key'], consumer_secret=GIVEN['consumer_secret']),
]))
""",
        up.given("crm"),
    )
    assert told == ["INVALID_LOGIN", "invalid_grant"]


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
print(json.dumps({'id': made['id'], 'row': sf.Opportunity.get(made['id'])}))
""",
    )
    before = told["row"]
    up.advance("1min")
    told = plain(
        up,
        """
status = sf.Opportunity.update(GIVEN['id'], {'StageName': 'Closed Won'})
print(json.dumps({'status': status, 'row': sf.Opportunity.get(GIVEN['id'])}))
""",
        id=told["id"],
    )
    after = told["row"]
    assert told["status"] == 204
    assert (after["IsClosed"], after["IsWon"], after["Probability"]) == (True, True, 100)
    for moved in ("LastModifiedDate", "SystemModstamp"):
        assert before[moved] < after[moved]


def test_10_an_upsert_creates_then_updates_then_finds_too_many(up: Up) -> None:
    told = plain(
        up,
        """
from simple_salesforce.exceptions import SalesforceMoreThanOneRecord
first = sf.Account.upsert('ERP_Customer_Id__c/C-1', {'Name': 'C one'})
second = sf.Account.upsert('ERP_Customer_Id__c/C-1', {'Name': 'C one again'})
found = sf.query_all("SELECT Id, Name FROM Account WHERE ERP_Customer_Id__c = 'C-1'")['records']
sf.Account.create({'Name': 'Its twin', 'ERP_Customer_Id__c': 'C-1'})
try:
    sf.Account.upsert('ERP_Customer_Id__c/C-1', {'Name': 'Neither'})
except SalesforceMoreThanOneRecord as refused:
    content = refused.content
names = [each['Name'] for each in
         sf.query_all("SELECT Name FROM Account WHERE ERP_Customer_Id__c = 'C-1' ORDER BY Name")['records']]
print(json.dumps({'first': first, 'second': second, 'found': found, 'content': content, 'names': names}))
""",
    )
    assert (told["first"], told["second"]) == (201, 200)
    assert [each["Name"] for each in told["found"]] == ["C one again"]
    # Which of the two was meant is the caller's to say: their addresses come back, and neither has changed.
    assert len(set(told["content"])) == 2
    assert f"/services/data/v59.0/sobjects/Account/{told['found'][0]['Id']}" in told["content"]
    assert told["names"] == ["C one again", "Its twin"]


def test_11_all_of_2501_contacts_come_page_by_page(up: Up) -> None:
    told = plain(
        up,
        """
for start in range(0, 2501, 200):
    records = [{'attributes': {'type': 'Contact'}, 'LastName': f'Many {number:04}', 'Department': 'many'}
               for number in range(start, min(start + 200, 2501))]
    made = sf.restful('composite/sobjects', method='POST', json={'allOrNone': True, 'records': records})
    assert all(each['success'] for each in made), made
asked, headers = "SELECT Id FROM Contact WHERE Department = 'many'", {'Sforce-Query-Options': 'batchSize=500'}
page = sf.query(asked, headers=headers)
whole = sf.query_all(asked, headers=headers)
pages, following = 1, page
while not following['done']:
    following = sf.query_more(following['nextRecordsUrl'], identifier_is_url=True, headers=headers)
    pages += 1
print(json.dumps({
    'done': page['done'], 'next': page['nextRecordsUrl'], 'first': len(page['records']), 'pages': pages,
    'total': whole['totalSize'], 'ids': len({each['Id'] for each in whole['records']})}))
""",
    )
    assert (told["done"], told["first"], told["pages"]) == (False, 500, 6)
    assert told["next"].startswith("/services/data/v59.0/query/")
    assert (told["total"], told["ids"]) == (2501, 2501)


def test_13_parents_children_dates_and_an_order_in_one_query(up: Up) -> None:
    told = plain(
        up,
        """
def deal(name, amount, day='2026-02-15', account=None):
    given = {'Name': name, 'StageName': 'Prospecting', 'CloseDate': day, 'AccountId': account, 'Amount': amount}
    return sf.Opportunity.create({key: value for key, value in given.items() if value is not None})['id']

acme = sf.Account.create({'Name': 'Acme 13'})['id']
other = sf.Account.create({'Name': 'Boxes 13'})['id']
deal('13 small', 10, account=acme)
deal('13 no amount', None, account=acme)
lined = deal('13 lined', None, account=acme)
deal('13 large', 900000, account=acme)
deal('13 next quarter', 50, day='2026-04-01', account=acme)
deal('13 of another', 60, account=other)
currency = sf.Opportunity.get(lined)['CurrencyIsoCode']
entry = sf.query(f"SELECT Id FROM PricebookEntry WHERE CurrencyIsoCode = '{currency}' LIMIT 1")['records'][0]['Id']
sf.OpportunityLineItem.create({'OpportunityId': lined, 'PricebookEntryId': entry, 'Quantity': 3, 'UnitPrice': 40})
rows = sf.query_all("SELECT Name,Account.Name,(SELECT Quantity FROM OpportunityLineItems) FROM Opportunity "
                    "WHERE CloseDate=THIS_QUARTER AND Account.Name LIKE 'A%' ORDER BY Amount DESC NULLS LAST")
deal('13 of nobody', 70)
alone = sf.query("SELECT Name, Account.Name FROM Opportunity WHERE Name = '13 of nobody'")['records'][0]
print(json.dumps({'rows': rows['records'], 'alone': alone}))
""",
    )
    rows = told["rows"]
    assert [row["Name"] for row in rows] == ["13 large", "13 lined", "13 small", "13 no amount"]
    assert {row["Account"]["Name"] for row in rows} == {"Acme 13"}
    lines = [row["OpportunityLineItems"] for row in rows]
    assert lines[0] is lines[2] is lines[3] is None
    assert (lines[1]["totalSize"], lines[1]["done"], lines[1]["records"][0]["Quantity"]) == (1, True, 3.0)
    assert told["alone"]["Account"] is None


def test_18_a_bulk_job_tells_the_good_rows_from_the_bad_one(paced: Up) -> None:
    told = plain(
        paced,
        """
records = [{'LastName': f'Bulk {number:03}', 'Department': 'bulk'} for number in range(100)]
(told,) = sf.bulk2.Contact.insert(records=[*records, {'LastName': '', 'Department': 'bulk'}])
rows = sf.bulk2.Contact.get_all_ingest_records(told['job_id'])
stored = sf.query("SELECT COUNT() FROM Contact WHERE Department = 'bulk'")['totalSize']
job = sf.restful('jobs/ingest/' + told['job_id'])
print(json.dumps({'told': told, 'rows': rows, 'stored': stored, 'state': job['state']}))
""",
    )
    assert told["state"] == "JobComplete"
    assert (told["told"]["numberRecordsProcessed"], told["told"]["numberRecordsFailed"]) == (101, 1)
    rows = told["rows"]
    (failed,) = rows["failedRecords"]
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING")
    assert [row["sf__Created"] for row in rows["successfulRecords"]] == ["true"] * 100
    assert (told["stored"], rows["unprocessedRecords"]) == (100, [])


def test_what_it_sends_besides_finds_an_answer(up: Up) -> None:
    told = plain(
        up,
        """
import datetime
from simple_salesforce.exceptions import SalesforceResourceNotFound
made = sf.Account.create({'Name': 'Besides', 'ERP_Customer_Id__c': 'B-1'})['id']
found = sf.Account.get_by_custom_id('ERP_Customer_Id__c', 'B-1')['Id']
now = datetime.datetime.fromisoformat(GIVEN['now'].replace('Z', '+00:00'))
since, until = now - datetime.timedelta(hours=1), now + datetime.timedelta(hours=1)
updated = sf.Account.updated(since, until)['ids']
gone = sf.Account.delete(made)
deleted = [each['id'] for each in sf.Account.deleted(since, until)['deletedRecords']]
try:
    sf.Account.get(made)
except SalesforceResourceNotFound as refused:
    status = refused.status
asked = "SELECT Id FROM Account WHERE Name = 'Besides'"
print(json.dumps({
    'made': made, 'found': found, 'updated': updated, 'gone': gone, 'deleted': deleted, 'status': status,
    'kept': [sf.query_all(asked)['totalSize'], sf.query_all(asked, include_deleted=True)['totalSize']],
    'objects': [each['name'] for each in sf.describe()['sobjects']],
    'limit': sf.limits()['DailyApiRequests']['Max']}))
""",
        now=up.control("GET", "clock")["now"],
    )
    assert told["found"] == told["made"]
    assert told["made"] in told["updated"]
    assert told["made"] in told["deleted"]
    assert (told["gone"], told["status"], told["kept"]) == (204, 404, [0, 1])
    assert {"Account", "Opportunity"} <= set(told["objects"])
    assert told["limit"] == 15000
