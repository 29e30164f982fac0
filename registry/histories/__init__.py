"""How `verify_ledger` replays what the log tells of the rows of the registry."""
