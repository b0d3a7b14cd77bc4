"""A tenant file: what a team's own tenants add to the systems, read and refused with file and line."""

from __future__ import annotations

from pathlib import Path

import mocks.crm.shape
import mocks.erp.shape
import mocks.hris.shape
import mocks.psa.shape
import mocks.revenue.shape
from sandbox.core.documents import line_of, parse_document
from sandbox.core.errors import UsageError
from sandbox.core.tenant_shape import ShapeMistake, TenantShape


def load_shape(path: Path) -> TenantShape:
    """The shape a file describes; raises UsageError with file and line for what is malformed or no vendor takes."""
    try:
        content = path.read_bytes()
    except OSError as missing:
        raise UsageError(f"{path}: cannot be read: {missing.strerror}", code="no_tenant_file") from missing
    shape = parse_document(content, str(path), TenantShape)
    try:
        _check(shape)
    except ShapeMistake as wrong:
        line = line_of(content, wrong.place)
        raise UsageError(f"{path}:{line}: {wrong.message}", code="bad_tenant", file=str(path), line=line) from wrong
    return shape


def _check(shape: TenantShape) -> None:
    """Ask each system; the first that refuses raises ShapeMistake."""
    mocks.crm.shape.check(shape.crm)
    mocks.psa.shape.fields_of(shape.psa)
    mocks.erp.shape.account_of(shape.erp)
    mocks.hris.shape.fields_of(shape.hris)
    mocks.revenue.shape.uploads_of(shape.revenue)
