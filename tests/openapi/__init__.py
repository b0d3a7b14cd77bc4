"""The API documents of the mocks, and generated requests made from them."""
