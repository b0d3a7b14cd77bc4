"""Tests of the connectors, each against the mock of its system."""
