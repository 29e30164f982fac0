"""Tables and columns that change without an entry, each with its reason; everything else is governed.

A model that is not listed here is governed: a new one needs entries, or a reason.
"""

from __future__ import annotations

from typing import Final

OPERATIONAL: Final[dict[str, str]] = {
    "evidence_ledgerentry": "the log itself",
    "evidence_ledgerpayload": "the log itself",
    "evidence_unsealedentry": "what the sealer has to do next",
    "evidence_sealedleaf": "made of entries by sealing",
    "evidence_treenode": "made of entries by sealing",
    "evidence_treehead": "made of entries by sealing",
    "evidence_checkpoint": "made of entries by sealing",
    "evidence_publication": "which checkpoints went where; the copies outside are the proof",
    "evidence_record": "named by its digest, insert-only; what names it is told",
    "evidence_blob": "named by its digest; what names it is told",
    "evidence_job": "progress of work; what it does is told by the work",
    "evidence_ticklease": "which worker ticks now",
    "registry_projectuserobjectpermission": "follows the grants, and `check_grants` compares both",
    "registry_idempotentanswer": "answers kept for a repeated request; the request is told",
    "registry_notification": "repeats to a person what an entry tells",
    "registry_totpuse": "the last code that counted; what it was typed for is told",
    "approvals_signingchallenge": "an open sign dialog; the signature is told",
    "approvals_signingseries": "which signatures of a session belong together; each statement tells of it",
    "approvals_signingfailure": "counts attempts; the refusal and the lock are told",
    "django_session": "who is logged in now",
    "account_emailaddress": "the login library's copy of the address of an account",
    "account_emailconfirmation": "links of the login library; addresses are not changed here",
    "auth_permission": "made by migrations",
    "django_content_type": "made by migrations",
    "django_migrations": "made by migrations",
}
"""Table → why nobody asks the log about it."""

COLUMNS: Final[dict[tuple[str, str], str]] = {
    ("registry_user", "last_login"): "when somebody logged in last decides nothing",
    ("registry_project", "run_count"): "follows from the rows it numbers",
    ("registry_project", "release_count"): "follows from the rows it numbers",
    ("registry_project", "pack_count"): "follows from the rows it numbers",
    ("registry_submission", "state"): "being read is progress; admission and refusal change more than this",
    ("registry_apitoken", "last_used_at"): "when a token was used last decides nothing",
    ("mfa_authenticator", "data"): "which recovery codes were used up decides nothing",
    ("mfa_authenticator", "last_used_at"): "when a factor was used last decides nothing",
}
"""Column of a governed table → why its change alone needs no entry."""


def is_governed(table: str, columns: frozenset[str]) -> bool:
    """Whether a write to these columns has to be told; no columns stand for a whole row."""
    if table in OPERATIONAL:
        return False
    return not columns or any((table, column) not in COLUMNS for column in columns)
