"""The person surface: empty. Whatever a salesperson does at a screen here also has a public API."""

from __future__ import annotations

from mocks.kit.person import Actions

ACTIONS = Actions()
