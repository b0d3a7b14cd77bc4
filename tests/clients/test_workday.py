"""PyPI workday with zeep, unmodified: the address of the WSDL takes it to the sandbox, and the WSDL says where to post
(cases W05 and W08 of real-clients.md).
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.environments import PythonClient
from tests.clients.up import Up

pytestmark = pytest.mark.clients

CLIENT = PythonClient("workday", ["workday==0.4.0", "zeep==3.4.0", "six"])

START = """
from datetime import date, datetime
from workday import WorkdayClient
from workday.auth import WsSecurityCredentialAuthentication
from workday.exceptions import WorkdaySoapApiError

def client(password):
    login = WsSecurityCredentialAuthentication(f"{GIVEN['username']}@{GIVEN['tenant']}", password)
    wsdl = f"{GIVEN['url']}/ccx/service/{GIVEN['tenant']}/Human_Resources/v44.2"
    return WorkdayClient(wsdls={'hr': wsdl}, authentication=login)

def wids(page):
    ids = [each for worker in page.data['Worker'] for each in worker['Worker_Reference']['ID']]
    return [each['_value_1'] for each in ids if each['type'] == 'WID']
"""
FIRST_PAGE = """
page = client(GIVEN['password']).hr.Get_Workers(Response_Filter={'Page': 1, 'Count': 30})
# Its own property `filter` calls a method that zeep's answers do not have.
moment = page._response['Response_Filter']
known = {name: moment[name].isoformat() for name in ('As_Of_Effective_Date', 'As_Of_Entry_DateTime')}
print(json.dumps({'known': known, 'wids': wids(page), 'page': page.page, 'total_pages': page.total_pages,
                  'total_results': page.total_results, 'page_results': page.page_results}))
"""
OTHER_PAGES = """
known = {'As_Of_Effective_Date': date.fromisoformat(GIVEN['known']['As_Of_Effective_Date']),
         'As_Of_Entry_DateTime': datetime.fromisoformat(GIVEN['known']['As_Of_Entry_DateTime'])}
hr = client(GIVEN['password']).hr
pages = [hr.Get_Workers(Response_Filter={**known, 'Page': n, 'Count': 30}) for n in (2, 3)]
now = hr.Get_Workers(Response_Filter={'Page': 2, 'Count': 30})
print(json.dumps({'wids': [wids(page) for page in pages], 'now': wids(now), 'total_now': now.total_results}))
"""


def run(up: Up, program: str, **given: Any) -> Any:
    return CLIENT.run(START + program, {**up.given("hris"), **given})


def hire(up: Up, employee_id: str) -> None:
    """Somebody new from the first day of the year on, entered at a screen."""
    form = {
        "employee_id": employee_id, "first_name": "New", "last_name": employee_id,
        "email": f"{employee_id.lower()}@sandbox-consulting.example", "hire_date": "2026-01-01",
        "grade": "analyst", "company": "UK", "location": "London",
    }  # fmt: skip
    up.person("hr", "hris", "hire", form)


def test_w05_pages_of_one_moment_hold_while_somebody_is_hired(up: Up) -> None:
    # Those hired at the instant a page is read are known to it or not: the clock moves in between.
    staff = run(up, FIRST_PAGE)["total_results"]
    for n in range(65 - staff):
        hire(up, f"W-{9000 + n}")
    up.advance("1min")
    first = run(up, FIRST_PAGE)
    counts = {name: first[name] for name in ("total_results", "total_pages", "page", "page_results")}
    assert counts == {"total_results": 65, "total_pages": 3, "page": 1, "page_results": 30}
    assert len(first["wids"]) == 30
    up.advance("1min")
    # First in the order of employee ids, so that it would push somebody from page 1 to page 2.
    hire(up, "A-0001")
    up.advance("1min")
    rest = run(up, OTHER_PAGES, known=first["known"])
    assert [len(page) for page in rest["wids"]] == [30, 5]
    assert len({*first["wids"], *rest["wids"][0], *rest["wids"][1]}) == 65
    # As known now, the last of page 1 comes again on page 2.
    assert (rest["total_now"], rest["now"][0]) == (66, first["wids"][-1])


def test_w08_faults_are_the_clients_own_error_with_the_text(up: Up) -> None:
    told = run(
        up,
        """
def fault(password, **options):
    try:
        client(password).hr.Get_Workers(**options)
    except WorkdaySoapApiError as error:
        return str(error)

unknown = {'Worker_Reference': [{'ID': [{'_value_1': '99999', 'type': 'Employee_ID'}]}]}
print(json.dumps([fault('another'), fault(GIVEN['password'], Request_References=unknown)]))
""",
    )
    assert "invalid username or password" in told[0]
    assert "'99999'" in told[1]
    assert "Employee_ID" in told[1]
