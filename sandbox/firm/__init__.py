"""The consulting firm: who works there, what a seed makes them do, and how a deed is done through the front door."""
