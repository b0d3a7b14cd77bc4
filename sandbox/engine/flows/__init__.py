"""One flow a file: how it learns that something happened, and what it then does."""
