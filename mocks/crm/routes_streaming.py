"""The CometD endpoint: an array of messages in, an array of replies out, always 200 when it can be read."""

from __future__ import annotations

from mocks.crm import errors
from mocks.crm.bodies import json_of
from mocks.crm.sessions import bearer
from mocks.crm.versions import VERSIONS
from mocks.kit.answers import json_response
from mocks.kit.app import Call
from mocks.kit.routing import Routes
from sandbox.core.wire import Response

ROUTES = Routes()


@ROUTES.add("POST", "/cometd/<version>", "stream.messages", needs_login=False)
def messages(call: Call, version: str) -> Response:
    """Handshake, connect, subscribe, unsubscribe, disconnect. A bad session is said in the replies."""
    if f"v{version}" not in VERSIONS:
        raise errors.not_found()
    sent = json_of(call.request)
    listed = sent if isinstance(sent, list) else [sent]
    if not all(isinstance(each, dict) for each in listed):
        raise errors.body_unreadable("A CometD body is an array of message objects")
    caller = call.mock.sessions.use(bearer(call.request.headers.get("authorization", "")), call.now_us)
    return json_response(200, call.mock.comet.answer(listed, caller))
