"""Pure readers of evaluation files: bytes in, dataclasses out; they never touch the database."""
