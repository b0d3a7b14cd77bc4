"""A RESTlet of the account takes over lines of a bank statement: our script at the vendor's address for scripts."""

from __future__ import annotations

from pydantic import ValidationError

from mocks.erp import errors
from mocks.erp.ui import BankLineForm, put_bank_line
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.person import FormRefused
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

BANK_ROUTES = Routes()
RESTLET_PATH = "/app/site/hosting/restlet.nl"
# Which script: the only one this account has.
SCRIPT, DEPLOY = "customscript_bank_lines", "customdeploy_bank_lines"


@BANK_ROUTES.add("POST", RESTLET_PATH, "bank.lines")
def import_line(call: Call) -> Response:
    """200 ``{id, line_id, status}``; a line that is there already is left as it is, one that says otherwise refused."""
    params = call.request.params()
    if (params.get("script"), params.get("deploy")) != (SCRIPT, DEPLOY):
        raise errors.bad_parameter("script", f"This account has the script {SCRIPT}, deployed as {DEPLOY}.")
    try:
        form = BankLineForm.model_validate_json(call.request.body)
        return json_response(200, put_bank_line(call, form))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise errors.invalid_content(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from wrong
    except FormRefused as refused:
        raise errors.user_error(str(refused), "lineId") from refused
