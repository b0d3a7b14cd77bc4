"""Many writes in one request, each a savepoint: what fails is undone alone, or everything with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mocks.crm import errors
from mocks.kit.app import Call

ITEMS_MAX = 200
_ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"

Result = dict[str, Any]


class _Undone(Exception):
    """Everything is taken back; never seen outside."""


def each(call: Call, items: Sequence[Any], write: Callable[[Any], Result], *, all_or_none: bool) -> list[Result]:
    """The result of each item, in order; ``write`` gives what a good one adds, or raises CrmRefusal."""
    refused = call.refused_items(len(items))
    results: list[Result] = []

    def attempt() -> None:
        for index, item in enumerate(items):
            results.append(_one(call, item, write, locked=index in refused))
        if all_or_none and not all(result["success"] for result in results):
            raise _Undone

    try:
        with call.store.savepoint():
            attempt()
    except _Undone:
        rolled_back = errors.CrmRefusal(400, "ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED_BACK, [])
        return [failure(rolled_back) if result["success"] else result for result in results]
    return results


def failure(refusal: errors.CrmRefusal) -> Result:
    """The result of an item that was refused."""
    return {"success": False, "errors": [item_error(refusal)]}


def item_error(refusal: errors.CrmRefusal) -> dict[str, Any]:
    """A refusal as an element of a result: its code is called ``statusCode`` there."""
    return {"statusCode": refusal.code, "message": refusal.message, "fields": list(refusal.fields_named or ())}


def check_count(count: int) -> None:
    """Raises CrmRefusal for more items than a request may have."""
    if count > ITEMS_MAX:
        message = f"record limit reached. cannot submit more than {ITEMS_MAX} records into this transaction"
        raise errors.CrmRefusal(400, "EXCEEDED_ID_LIMIT", message)


def _one(call: Call, item: Any, write: Callable[[Any], Result], *, locked: bool) -> Result:
    try:
        if locked:
            raise errors.row_locked()
        with call.store.savepoint():
            added = write(item)
    except errors.CrmRefusal as refusal:
        return failure(refusal)
    created = {"created": added["created"]} if "created" in added else {}
    return {"id": added["id"], "success": True, "errors": [], **created}
