"""Tests of the flows on small worlds."""
