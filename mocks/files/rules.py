"""Drop folders: a name is used once, what lies in a folder stays there as it is."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from mocks.files.errors import FilesRefusal
from mocks.kit.store import Store
from sandbox.core.observe import Row

# Folders by partner: the customer writes into ``in`` and reads ``out``. The bank takes no files.
FOLDERS = {"bank": ("out",), "payroll": ("in", "out")}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,115}\.csv")
SIZE_MAX = 5_000_000


def folder_of(partner: str, folder: str) -> str:
    """``partner/folder``; raises FilesRefusal when there is none."""
    if folder not in FOLDERS.get(partner, ()):
        raise FilesRefusal(404, "no_such_folder", f"there is no folder {partner}/{folder}")
    return f"{partner}/{folder}"


def receive(store: Store, partner: str, folder: str, name: str, body: bytes, now_us: int) -> tuple[Row, bool]:
    """A file the customer puts into a folder: the file, and whether it is new.

    The same content under the same name again changes nothing. Raises FilesRefusal: other content under a used name
    (409), a folder only the partner writes to (403), a name or body that is none.
    """
    where = folder_of(partner, folder)
    if folder != "in":
        raise FilesRefusal(403, "read_only", f"only the partner writes to {where}")
    if not _NAME.fullmatch(name):
        raise FilesRefusal(400, "bad_name", "a file name has letters, digits and ._-, and ends in .csv")
    if len(body) > SIZE_MAX:
        raise FilesRefusal(413, "too_large", f"a file has at most {SIZE_MAX} bytes")
    there = store.one("file", {"path": f"{where}/{name}"})
    if there is not None:
        if there["sha256"] != sha256(body).hexdigest():
            raise FilesRefusal(409, "name_used", f"{name} has been delivered with other content")
        return there, False
    try:
        content = body.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise FilesRefusal(400, "not_text", "a file is text in UTF-8") from wrong
    return write(store, where, name, content, now_us), True


def write(store: Store, where: str, name: str, content: str, now_us: int) -> Row:
    """Put a file into a folder. Raises Clash for a used name, which no partner does."""
    body = content.encode()
    values = {
        "path": f"{where}/{name}",
        "folder": where,
        "name": name,
        "content": content,
        "size": len(body),
        "sha256": sha256(body).hexdigest(),
        "written_us": now_us,
    }
    return store.insert("file", values, label=f"file {where}/{name}")


def csv_text(records: Iterable[Sequence[object]]) -> str:
    """Records as CSV with line feeds; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue()


def csv_records(text: str) -> list[list[str]]:
    """Records of a CSV text, blank lines left out; raises ValueError when it is none."""
    try:
        return [record for record in csv.reader(io.StringIO(text), strict=True) if record]
    except csv.Error as wrong:
        raise ValueError(str(wrong)) from wrong
