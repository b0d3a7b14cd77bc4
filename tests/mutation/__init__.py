"""Random mistakes in rules, flows and checks: do the tests find them? ``python -m tests.mutation --help``."""
