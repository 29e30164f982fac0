"""The published list of keys: an entry may be retired, it is never taken out."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.canonical import Json, jcs, parse_record, utc_text
from evidence.errors import OriginDiffers
from evidence.names import record_type
from evidence.notes import public_raw, vkey
from evidence.publickeys import ALGORITHMS, KeyUse, PublicKey, key_id_of, public_pem

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
    keys = body.get("keys")
    return [entry for entry in keys if isinstance(entry, dict)] if isinstance(keys, list) else []


def merged(
    before: list[Entry],
    keys: Mapping[KeyUse, PublicKey],
    certificates: Mapping[KeyUse, x509.Certificate],
    *,
    origin: str,
    now: datetime,
) -> list[Entry]:
    """One active entry for each key in use, then those published before and no longer in use."""
    known = {entry["key_id"]: entry for entry in before}
    entries: list[Entry] = []
    for use, key in keys.items():
        entry = _entry(use, key, certificates.get(use), origin=origin, now=now)
        earlier = known.pop(entry["key_id"], entry)
        entries.append({**earlier, "certificate_pem": entry["certificate_pem"]})
    return entries + [_retired(entry, now) for entry in known.values()]


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
    }


def _retired(entry: Entry, now: datetime) -> Entry:
    if entry["status"] != "active":
        return entry
    return {**entry, "status": "retired", "valid_to": utc_text(now)}
