"""Canonical records, signatures, ledger and packs; it knows nothing of projects or people."""
