"""Canonical records, signatures, ledger and packs: the part that knows nothing of projects or people."""
