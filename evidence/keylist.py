"""The published list of keys: an entry may be retired or revoked, it is never taken out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.canonical import Json, jcs, parse_record, utc_text
from evidence.errors import OriginDiffers
from evidence.names import record_type
from evidence.notes import public_raw, vkey
from evidence.publickeys import ALGORITHMS, KeyUse, PublicKey, key_id_of, listed, public_pem

Entry = dict[str, Json]


def read_published(path: Path, origin: str) -> list[Entry]:
    """The entries published so far, if any; raises OriginDiffers, NotCanonical."""
    if not path.exists():
        return []
    body = parse_record(path.read_bytes())
    if body.get("origin") != origin:
        raise OriginDiffers(
            f"{path} was published for {body.get('origin')}, the settings say {origin}.",
            next_step="Set LOG_ORIGIN to the published origin; a log never changes it.",
        )
    # Lists from before keys could be revoked do not have the member.
    return [{"revocation": None, **entry} for entry in listed(body)]


def merged(
    before: list[Entry],
    keys: Mapping[KeyUse, PublicKey],
    certificates: Mapping[KeyUse, x509.Certificate],
    *,
    origin: str,
    now: datetime,
    overlap: timedelta = timedelta(0),
) -> list[Entry]:
    """One entry for each key in use, then those published before and no longer in use.

    A key that goes out of use is retired and stays valid for `overlap` from `now` on.
    """
    known = {entry["key_id"]: entry for entry in before}
    entries: list[Entry] = []
    for use, key in keys.items():
        entry = _entry(use, key, certificates.get(use), origin=origin, now=now)
        earlier = known.pop(entry["key_id"], entry)
        entries.append({**earlier, "certificate_pem": entry["certificate_pem"]})
    return entries + [_retired(entry, now + overlap) for entry in known.values()]


def revoked(entry: Entry, *, reason: str, compromised_since: datetime, now: datetime) -> Entry:
    """The entry of a key that nothing signed from `compromised_since` on is proved by."""
    ended = entry["valid_to"]
    valid_to = min(str(ended), utc_text(now)) if ended else utc_text(now)
    revocation: Json = {
        "revoked_at": utc_text(now),
        "reason": reason,
        "compromised_since": utc_text(compromised_since),
    }
    return {**entry, "status": "revoked", "valid_to": valid_to, "revocation": revocation}


def keys_body(origin: str, entries: list[Entry], time_authority: str) -> bytes:
    """Canonical bytes of `keys.json`; the time authority is `self-issued` or `external`."""
    kind = record_type("keys")
    return jcs({"type": kind, "origin": origin, "keys": entries, "time_authority": time_authority})


def _entry(
    use: KeyUse, key: PublicKey, certificate: x509.Certificate | None, *, origin: str, now: datetime
) -> Entry:
    pem = public_pem(key)
    chain = None if certificate is None else certificate.public_bytes(Encoding.PEM).decode("ascii")
    return {
        "key_id": key_id_of(key),
        "use": use.value,
        "algorithm": ALGORITHMS[use],
        "public_key_pem": pem,
        "certificate_pem": chain,
        "vkey": vkey(origin, public_raw(pem)) if use is KeyUse.LOG else None,
        "valid_from": utc_text(now),
        "valid_to": None,
        "status": "active",
        "revocation": None,
    }


def _retired(entry: Entry, ends_at: datetime) -> Entry:
    if entry["status"] != "active":
        return entry
    return {**entry, "status": "retired", "valid_to": utc_text(ends_at)}
