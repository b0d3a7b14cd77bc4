"""Empty of imports on purpose: mocks import sandbox.core, and nothing may pull the product in with it."""

__version__ = "0.1.0"
