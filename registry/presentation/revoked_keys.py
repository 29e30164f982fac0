"""What a revoked key means for the things signed with it, in words; changes no state."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from evidence import signing
from evidence.canonical import Json, utc_text
from evidence.errors import KeyMissing
from evidence.models import Statement
from evidence.publickeys import KeyUse
from registry.figures import day, stamp

SIGNERS: Final = {
    KeyUse.PACK: "the pack key",
    KeyUse.ATTEST: "the attestation key",
    KeyUse.LOG: "the key of the log",
    KeyUse.TSA: "the key of the local time authority",
    KeyUse.CA: "the key that signs certificates",
}


def on_statements(digests: Iterable[str]) -> dict[str, str]:
    """Statement → the sentence about its key, for those signed with a revoked one.

    Asks the database nothing while no key is revoked.
    """
    revoked = {str(entry["key_id"]): sentence(entry) for entry in _revoked()}
    if not revoked:
        return {}
    rows = Statement.objects.filter(digest__in=list(digests), key_id__in=list(revoked))
    return {digest: revoked[key_id] for digest, key_id in rows.values_list("digest", "key_id")}


def on_pack(made_at: datetime) -> tuple[str, ...]:
    """The sentences about the revoked keys that a pack of this time was sealed with."""
    entries = _published()
    used = [
        entry for use in (KeyUse.PACK, KeyUse.LOG, KeyUse.TSA) if (entry := _newest(entries, use, made_at))
    ]
    return tuple(sentence(entry) for entry in used if entry["status"] == "revoked")


def sentence(entry: Mapping[str, Json]) -> str:
    """`Signed with the pack key 1a2b3c4d, revoked on 26 Nov 2026: …`, and what still proves it."""
    revocation = entry["revocation"]
    assert isinstance(revocation, dict)  # the schema of the list: a revoked key says why
    revoked_at = datetime.fromisoformat(str(revocation["revoked_at"]))
    since = datetime.fromisoformat(str(revocation["compromised_since"]))
    signer = f"{SIGNERS[KeyUse(str(entry['use']))]} {str(entry['key_id'])[:8]}"
    reason = str(revocation["reason"]).rstrip(".")
    # Whoever stole the key of statements alone cannot put one into the log.
    proof = "the log or an outside time" if entry["use"] == KeyUse.ATTEST else "an outside time"
    return (
        f"Signed with {signer}, revoked on {day(revoked_at)}: {reason}. It was compromised since "
        f"{stamp(since)}: only {proof} before that still proves it."
    )


def _newest(entries: list[dict[str, Json]], use: KeyUse, moment: datetime) -> dict[str, Json] | None:
    made = [one for one in entries if one["use"] == use and str(one["valid_from"]) <= utc_text(moment)]
    return max(made, key=lambda one: str(one["valid_from"]), default=None)


def _revoked() -> list[dict[str, Json]]:
    return [entry for entry in _published() if entry["status"] == "revoked"]


def _published() -> list[dict[str, Json]]:
    try:
        return signing.published_entries()
    except KeyMissing:  # before the set-up nothing was signed
        return []
