"""PyPI netsuite, unmodified. Its ``url`` parameter takes it to the sandbox over plain HTTP; without it, it speaks to
the vendor's own host, which the gateway answers for (cases N01 to N13 of real-clients.md, modes A and B).
"""

from __future__ import annotations

import re
from textwrap import indent
from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("netsuite", ["netsuite[all]==0.12.0"])

START = """
import asyncio
from netsuite import Config, NetSuite, TokenAuth
from netsuite.exceptions import NetsuiteAPIRequestError

names = ('consumer_key', 'consumer_secret', 'token_id', 'token_secret')
auth = TokenAuth(**{name: GIVEN[name] for name in names})
api = NetSuite(Config(account=GIVEN['account'], auth=auth)).rest_api
"""
# Mode A: the public parameter `url` overrides scheme and host.
PLAIN = """
def send(verb, path, *given, **options):
    return getattr(api, verb)(*given, url=GIVEN['url'] + '/services/rest' + path, **options)

def get(path, **options): return send('get', path, path, **options)
def post(path, body): return send('post', path, path, json=body)
def put(path, body): return send('put', path, path, json=body)
def patch(path, body, **options): return send('patch', path, path, json=body, **options)
def suiteql(q, **options): return send('suiteql', '/query/v1/suiteql', q=q, **options)

async def refused(call):
    try:
        await call
    except NetsuiteAPIRequestError as error:
        return {'status': error.status_code, 'body': json.loads(error.response_text)}
"""
CUSTOMER = {
    "companyName": "Harbour Rail plc",
    "subsidiary": {"externalId": "UK"},
    "currency": {"externalId": "GBP"},
    "custentity_country": "GB",
}
JOB = {
    "companyName": "Apollo",
    "parent": {"externalId": "C-107"},
    "subsidiary": {"externalId": "UK"},
    "jobBillingType": {"refName": "Time and Materials"},
    "projectExpenseType": "-2",
}


@pytest.fixture
def erp(up: Up) -> Up:
    """An ERP with nothing in it of the test before."""
    up.control("POST", "reset")
    return up


def plain(up: Up, body: str, **given: Any) -> Any:
    """What ``body`` returns, run as a coroutine against the ERP's own port, where there is client C-107."""
    arranged = f"await put('/record/v1/customer/eid:C-107', GIVEN['customer'])\n{body.strip()}"
    return CLIENT.run(program(PLAIN, arranged), {**up.given("erp"), "customer": CUSTOMER, "job": JOB, **given})


def program(before: str, body: str) -> str:
    lines = indent(body.strip(), "    ")
    return f"{START}{before}\nasync def main():\n{lines}\n\nprint(json.dumps(asyncio.run(main())))"


def test_n01_a_created_job_is_in_the_location_and_reads_back(erp: Up) -> None:
    told = plain(
        erp,
        """
made = await send('request', '/record/v1/job', 'POST', '/record/v1/job', json={'externalId': 'PSA-1', **GIVEN['job']})
location = made.headers['Location']
job = await get(location.partition('/services/rest')[2])
parent = await get('/record/v1/customer/eid:C-107')
return {'status': made.status_code, 'body': made.text, 'location': location, 'job': job, 'parent': parent['id']}
""",
    )
    assert (told["status"], told["body"]) == (204, "")
    found = re.search(r"/services/rest/record/v1/job/(\d+)$", told["location"])
    assert found is not None
    job = told["job"]
    assert (job["id"], job["parent"]["id"]) == (found[1], told["parent"])
    assert isinstance(job["id"], str)
    assert job["jobBillingType"] == {"id": "1", "refName": "Time and Materials"}


def test_n02_an_upsert_by_external_id_happens_twice_and_makes_one_job(erp: Up) -> None:
    told = plain(
        erp,
        """
path = '/record/v1/job/eid:PSA-2'
answers = [await put(path, {**GIVEN['job'], 'companyName': name}) for name in ('One', 'Two')]
counted = await suiteql("SELECT COUNT(*) AS n FROM job WHERE externalid = 'PSA-2'")
return {'answers': answers, 'name': (await get(path))['companyName'], 'counted': counted['items']}
""",
    )
    assert told["answers"] == [None, None]
    assert told["name"] == "Two"
    assert told["counted"] == [{"links": [], "n": "1"}]


def test_n04_a_job_there_is_not_is_nonexistent(erp: Up) -> None:
    told = plain(erp, "return await refused(get('/record/v1/job/999999'))")
    assert told["status"] == 404
    assert [detail["o:errorCode"] for detail in told["body"]["o:errorDetails"]] == ["NONEXISTENT_ID"]


def test_n05_pages_of_a_query_say_whether_more_follows(erp: Up) -> None:
    told = plain(
        erp,
        """
for n in range(3):
    await put(f'/record/v1/job/eid:PSA-{n}', GIVEN['job'])
q = 'SELECT id, entityid FROM job ORDER BY id'
pages = [await suiteql(q, limit=2, offset=offset) for offset in (0, 2)]
return {'pages': pages, 'odd': await refused(suiteql(q, limit=2, offset=1))}
""",
    )
    first, second = told["pages"]
    assert (first["count"], first["hasMore"], first["totalResults"]) == (2, True, 3)
    assert all(item["links"] == [] and isinstance(item["id"], str) for item in first["items"])
    assert (second["count"], second["hasMore"]) == (1, False)
    assert len({item["id"] for item in first["items"] + second["items"]}) == 3
    assert told["odd"]["status"] == 400


def test_n06_parameters_pick_and_an_unknown_column_is_named(erp: Up) -> None:
    told = plain(
        erp,
        """
await put('/record/v1/customer/eid:C-108', GIVEN['other'])
await put('/record/v1/job/eid:PSA-1', GIVEN['job'])
await put('/record/v1/job/eid:PSA-2', {**GIVEN['job'], 'parent': {'externalId': 'C-108'}})
parent = (await get('/record/v1/customer/eid:C-107'))['id']
picked = await suiteql('SELECT externalid FROM job WHERE parent = ?', json={'params': [parent]})
return {'picked': picked['items'], 'unknown': await refused(suiteql('SELECT colour FROM job'))}
""",
        other={**CUSTOMER, "companyName": "Other plc"},
    )
    assert [item["externalid"] for item in told["picked"]] == ["PSA-1"]
    unknown = told["unknown"]
    assert unknown["status"] == 400
    texts = [unknown["body"]["title"], *(detail["detail"] for detail in unknown["body"]["o:errorDetails"])]
    assert any("colour" in text for text in texts)


def test_n08_lines_are_appended_unless_the_sublist_is_replaced(erp: Up) -> None:
    told = plain(
        erp,
        """
def line(rate, contract_line):
    item = {'item': {'externalId': 'FIXED-FEE'}, 'quantity': 1, 'rate': rate, 'custcol_contract_line': contract_line}
    return {'item': {'items': [item]}}

async def rates():
    order = await get(path, params={'expandSubResources': 'true'})
    return [item['rate'] for item in order['item']['items']]

await put('/record/v1/job/eid:PSA-1', GIVEN['job'])
path = '/record/v1/salesOrder/eid:SO-1'
head = {'entity': {'externalId': 'C-107'}, 'job': {'externalId': 'PSA-1'}, 'tranDate': '2026-01-12'}
await put(path, {**head, **line(10, 'CL-1')})
seen = [await rates()]
await patch(path, line(20, 'CL-2'))
seen.append(await rates())
await patch(path, line(30, 'CL-3'), params={'replace': 'item'})
return seen + [await rates()]
""",
    )
    assert told == [[10.0], [10.0, 20.0], [30.0]]


def test_n10_time_of_an_inactive_employee_is_refused_with_the_field(erp: Up) -> None:
    told = plain(
        erp,
        """
await put('/record/v1/job/eid:PSA-1', GIVEN['job'])
time = {'externalId': 'T-1', 'employee': {'externalId': 'W-0003'}, 'customer': {'externalId': 'PSA-1'},
        'hours': '7:30', 'tranDate': '2026-01-13'}
await patch('/record/v1/employee/eid:W-0003', {'isInactive': True})
inactive = await refused(post('/record/v1/timeBill', time))
await patch('/record/v1/employee/eid:W-0003', {'isInactive': False})
made = await post('/record/v1/timeBill', time)
job = await get('/record/v1/job/eid:PSA-1')
return {'inactive': inactive, 'made': made, 'time': await get('/record/v1/timeBill/eid:T-1'), 'job': job['id']}
""",
    )
    assert told["inactive"]["status"] == 400
    (detail,) = told["inactive"]["body"]["o:errorDetails"]
    assert "employee" in detail["detail"]
    assert told["made"] is None
    assert (told["time"]["hours"], told["time"]["customer"]["id"]) == ("7:30", told["job"])


def test_n13_a_schema_comes_through_the_gateway_signed_for_the_vendors_host(erp: Up) -> None:
    """Links show the host a request arrived with. With another secret the same call is refused."""
    gateway = {"HTTPS_PROXY": erp.gateway["proxy"], "SSL_CERT_FILE": erp.gateway["ca"], "NO_PROXY": "127.0.0.1"}
    asked = "return await api.jsonschema('job'), await api.get('/record/v1/subsidiary')"
    schema, page = CLIENT.run(program("", asked), erp.given("erp"), **gateway)
    assert schema["type"] == "object"
    assert {"lastModifiedDate", "jobBillingType"} <= schema["properties"].keys()
    vendor = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/record/v1/subsidiary"
    assert page["links"][0]["href"].startswith(f"{vendor}?")
    assert all(item["links"][0]["href"] == f"{vendor}/{item['id']}" for item in page["items"])
    wrong = {**erp.given("erp"), "token_secret": "another"}
    told = CLIENT.run(program(PLAIN, "return await refused(api.jsonschema('job'))"), wrong, **gateway)
    assert told["status"] == 401
