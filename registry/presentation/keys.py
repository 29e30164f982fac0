"""The published keys in words: what each signed, and the number to compare; holds no private key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.apps import apps
from django.conf import settings

from evidence import clock, key_usage, signing
from evidence.canonical import Json
from evidence.errors import KeyRevoked
from evidence.key_usage import MOST_COUNTED, Amount
from evidence.publickeys import listed
from registry.figures import day, stamp
from registry.presentation.words import counted

USES: Final = {
    "pack": ("Pack", "Signs audit packs and their documents, and with them all other keys."),
    "attest": ("Attestation", "Signs the statement of each run, signature and decision."),
    "log": ("Log", "Signs the checkpoints of the ledger."),
    "tsa": ("Time", "Signs time tokens, where no outside authority is set up. They are self-issued."),
    "ca": ("Certificates", "Signs the certificates of the pack and the time key."),
}
SIGNED: Final = {
    "pack": ("pack", "packs"),
    "attest": ("statement", "statements"),
    "log": ("checkpoint", "checkpoints"),
    "tsa": ("pack with its time token", "packs with their time tokens"),
}
STATES: Final = {
    "active": ("pass", "Active"),
    "retired": ("wait", "Retired"),
    "revoked": ("fail", "Revoked"),
}
Entry = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One published key; ``revoked`` says why, since when, and what that means."""

    name: str
    about: str
    algorithm: str
    fingerprint: str
    key_id: str
    pem: str
    vkey: str
    valid_from: datetime
    valid_to: datetime | None
    state: tuple[str, str]
    signed: str
    signed_when: str
    revoked: str


@dataclass(frozen=True, slots=True)
class Published:
    """All published keys, the anchor first; it is empty while the pack key is revoked."""

    origin: str
    anchor: str
    keys: tuple[KeyLine, ...]
    is_time_external: bool


def published() -> Published:
    """The keys of this installation; raises `KeyMissing` before its set-up."""
    body = signing.published_keys()
    entries, order = listed(body), list(USES)
    ordered = sorted(entries, key=lambda one: (one["status"] != "active", order.index(str(one["use"]))))
    is_external = body.get("time_authority") == "external"
    return Published(
        origin=str(body["origin"]),
        anchor=_anchor(),
        keys=tuple(_line(one, _amount(one, entries, is_external)) for one in ordered),
        is_time_external=is_external,
    )


def _anchor() -> str:
    try:
        return signing.fingerprint()
    except KeyRevoked:
        return ""


def _amount(entry: Entry, entries: list[dict[str, Json]], is_time_external: bool) -> Amount | None:
    if entry["use"] == "tsa" and is_time_external:
        return None
    label, _ = settings.SUBJECT_MODELS["pack"]
    packs = apps.get_model(label)._default_manager.all()
    return key_usage.signed_with(entry, entries, packs=packs)


def _line(entry: Entry, amount: Amount | None) -> KeyLine:
    use = str(entry["use"])
    name, about = USES[use]
    ends = entry["valid_to"]
    return KeyLine(
        name=name,
        about=about,
        algorithm=str(entry["algorithm"]),
        fingerprint=" ".join(re.findall(".{4}", str(entry["key_id"]))),
        key_id=str(entry["key_id"]),
        pem=str(entry["public_key_pem"]),
        vkey=str(entry["vkey"] or ""),
        valid_from=datetime.fromisoformat(str(entry["valid_from"])),
        valid_to=datetime.fromisoformat(str(ends)) if ends else None,
        state=_state(entry),
        signed=_signed(use, amount),
        signed_when=_when(amount),
        revoked=_revoked(entry),
    )


def _state(entry: Entry) -> tuple[str, str]:
    if signing.still_signs(entry, clock.now()):
        return "wait", "Being replaced"
    return STATES[str(entry["status"])]


def _signed(use: str, amount: Amount | None) -> str:
    if amount is None:
        return "certificates" if use == "ca" else "nothing: time comes from outside"
    if amount.is_more:
        return f"more than {MOST_COUNTED:,} {SIGNED[use][1]}"
    return counted(amount.count, *SIGNED[use]) if amount.count else "nothing yet"


def _when(amount: Amount | None) -> str:
    if amount is None or amount.first_at is None or amount.last_at is None:
        return ""
    first, last = day(amount.first_at), day(amount.last_at)
    return first if first == last else f"{first} to {last}"


def _revoked(entry: Entry) -> str:
    revocation = entry.get("revocation")
    if not isinstance(revocation, dict):
        return ""
    since = datetime.fromisoformat(str(revocation["compromised_since"]))
    return (
        f"{str(revocation['reason']).rstrip('.')}. It was compromised since {stamp(since)}: "
        "what it signed is proved only by an outside time before that."
    )
