"""zuora-sdk, the vendor's own, unmodified: ``host`` of its configuration takes it to the sandbox (cases Z01 and Z02 of
real-clients.md).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("zuora-sdk", ["zuora-sdk==3.21.0"])

# Everything in one program: importing this SDK alone takes about nine seconds.
PROGRAM = """
import csv, io
from base64 import b64encode
from urllib.request import Request, urlopen
from pydantic import ValidationError
from zuora_sdk import ApiClient, Configuration, RevenueIntegrationApi
from zuora_sdk.exceptions import ApiException

api = RevenueIntegrationApi(ApiClient(Configuration(host=GIVEN['url'] + '/api')))
told = {}

def login(password):
    basic = 'Basic ' + b64encode(f"{GIVEN['user']}:{password}".encode()).decode()
    return api.generate_jwt_token_with_http_info(GIVEN['role'], GIVEN['clientname'], basic)

def advance(by):
    headers = {'content-type': 'application/json'}
    urlopen(Request(GIVEN['control'] + '/_sandbox/clock/advance', json.dumps({'by': by}).encode(), headers)).read()

answer = login(GIVEN['password'])
token = answer.headers['Revpro-Token']
told['login'] = {'code': answer.status_code, 'token': token, 'status': answer.data.status}
try:
    login('another')
except ApiException as error:
    told['refused'] = {'status': error.status, 'body': error.body}

text = io.StringIO()
rows = csv.DictWriter(text, [each['label'] for each in api.upload_mapping(token, 'PSA_TXN').mapping])
rows.writeheader()
rows.writerows({**GIVEN['line'], 'So Line Id': f'ENG-1-{n}'} for n in (1, 2, 3))
sent = api.upload_file(token, 'PSA_TXN', file=text.getvalue().encode()).result.file_request_id

def status(request_id):
    answer = api.get_file_upload_status_by_request_id(token, request_id)
    return {'message': answer.message, 'id': answer.result[0].file_request_id}

told['sent'], told['before'] = sent, status(sent)
advance('2min')
told['after'] = status(sent)
try:
    status(12333)
except Exception as error:
    told['unknown'] = {'exact': type(error) is ValidationError, 'of_the_api': isinstance(error, ApiException)}
print(json.dumps(told))
"""
# An order line of 100.00, headings as the template of the upload has them.
LINE = {
    "Type": "SO", "So Num": "ENG-1", "So Date": "12-JAN-2026", "Cust Num": "C-1", "Cstmr Nm": "Harbour Rail plc",
    "Curr": "GBP", "F Cur": "GBP", "F Ex Rate": "1", "Item Num": "FIXED-FEE", "Ord Qty": "1", "Ext Lst Prc": "100.00",
    "Ext Sll Prc": "100.00", "Start Date": "01-JAN-2026", "End Date": "31-JAN-2026", "Right To Bill": "N",
    "Rev Segments": "4010", "Def Segments": "2100", "Business Unit": "UK",
}  # fmt: skip


@pytest.fixture(scope="module")
def told(up: Up) -> Any:
    """What the client saw."""
    return CLIENT.run(PROGRAM, {**up.given("revenue"), "control": up.told["control"]["url"], "line": LINE})


def test_z01_a_token_comes_in_a_header_and_wrong_credentials_are_refused(told: Any) -> None:
    assert told["login"]["code"] == 200
    assert told["login"]["token"]
    assert told["login"]["status"]
    assert told["refused"]["status"] in (400, 401)
    assert told["refused"]["body"]


def test_z02_a_file_is_staged_and_its_request_tells(told: Any) -> None:
    """Staging takes simulated time, which stands still until it is advanced."""
    assert isinstance(told["sent"], int)
    assert told["before"] == {"message": "File received successfully", "id": told["sent"]}
    assert told["after"] == {"message": "Data Staged Successfully", "id": told["sent"]}


def test_z02_an_unknown_upload_has_no_content_which_this_sdk_cannot_read(told: Any) -> None:
    """204 on the wire, as the vendor documents it; the SDK expects a body."""
    assert told["unknown"] == {"exact": True, "of_the_api": False}
