"""The published keys in words: what each signs, and the number to compare; holds no private key."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evidence import signing

USES: Final = {
    "pack": ("Pack", "Signs audit packs and their documents, and with them all other keys."),
    "attest": ("Attestation", "Signs the statement of each run, signature and decision."),
    "log": ("Log", "Signs the checkpoints of the ledger."),
    "tsa": ("Time", "Signs time tokens, where no outside authority is set up."),
    "ca": ("Certificates", "Signs the certificates of the pack and the time key."),
}
STATES: Final = {
    "active": ("pass", "Active"),
    "retired": ("wait", "Retired"),
    "revoked": ("voided", "Revoked"),
}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One published key."""

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


@dataclass(frozen=True, slots=True)
class Published:
    """All published keys, the anchor first."""

    origin: str
    anchor: str
    keys: tuple[KeyLine, ...]
    is_time_external: bool


def published() -> Published:
    """The keys of this installation; raises `KeyMissing` before its set-up."""
    body = signing.published_keys()
    entries = body["keys"]
    rows = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    order = list(USES)
    ordered = sorted(rows, key=lambda one: (one["status"] != "active", order.index(str(one["use"]))))
    return Published(
        origin=str(body["origin"]),
        anchor=signing.fingerprint(),
        keys=tuple(_line(one) for one in ordered),
        is_time_external=body.get("time_authority") == "external",
    )


def _line(entry: Mapping[str, object]) -> KeyLine:
    name, about = USES[str(entry["use"])]
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
        state=STATES[str(entry["status"])],
    )
