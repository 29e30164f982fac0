"""Put a new key in the place of one in use, or declare one revoked; each list published is in the log."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from evidence import clock, key_folder, ledger
from evidence.actors import Actor
from evidence.canonical import utc_text
from evidence.digests import digest_of
from evidence.errors import KeyRevoked, KeyUnknown
from evidence.events import EvidenceEvent
from evidence.keylist import Entry, keys_body, read_published, revoked
from evidence.keymaking import replace_key
from evidence.publickeys import KeyUse
from evidence.signing import KEYS_FILE, published_keys
from evidence.timestamps import time_authority


@transaction.atomic
def rotate(use: KeyUse, *, overlap: timedelta, actor: Actor) -> tuple[str, str]:
    """Make a new key for a use and retire the one before; the ids of old and new key.

    Where the old key was revoked there is no overlap. Raises `KeyMissing` where the old key, or the one
    that signs certificates, is not there.
    """
    old, new = replace_key(
        Path(settings.KEYS_DIR),
        use,
        overlap=overlap,
        origin=settings.LOG_ORIGIN,
        operator=settings.OPERATOR,
        now=clock.now(),
        time_authority=time_authority(),
    )
    note = ledger.Note(old={old: f"{use} active"}, new={new: f"{use} active"})
    _tell(EvidenceEvent.KEYS_ROTATED, note, actor)
    return old, new


@transaction.atomic
def revoke(
    key_id: str, *, reason: str, compromised_since: datetime | None = None, actor: Actor
) -> tuple[KeyUse, datetime]:
    """Publish that what the key signed from `compromised_since` on proves nothing; its use and that time.

    Without a time it is the one from which the key was valid. Raises `KeyUnknown`, and `KeyRevoked` where
    the key was revoked already and the time is not an earlier one: a revocation is never taken back.
    """
    now = clock.now()
    path = Path(settings.KEYS_DIR) / KEYS_FILE
    with key_folder.alone(path.parent):
        entries = read_published(path, settings.LOG_ORIGIN)
        found = _found(entries, key_id)
        since = compromised_since or datetime.fromisoformat(str(found["valid_from"]))
        _refuse_later(found, since)
        changed = revoked(found, reason=reason, compromised_since=since, now=now)
        entries[entries.index(found)] = changed
        body = keys_body(settings.LOG_ORIGIN, entries, time_authority())
        key_folder.write(path, body, 0o644)
    note = ledger.Note(
        reason=reason,
        old={key_id: f"{found['use']} {found['status']}"},
        new={key_id: f"{found['use']} revoked", "compromised_since": utc_text(since)},
    )
    _tell(EvidenceEvent.KEYS_REVOKED, note, actor)
    return KeyUse(str(found["use"])), since


def _found(entries: list[Entry], key_id: str) -> Entry:
    for entry in entries:
        if entry["key_id"] == key_id:
            return entry
    raise KeyUnknown(
        f"No published key has the id {key_id[:80]}.",
        next_step="Take the whole id, 64 hexadecimal digits, from the page of keys.",
    )


def _refuse_later(found: Entry, since: datetime) -> None:
    before = found["revocation"]
    if isinstance(before, dict) and utc_text(since) >= str(before["compromised_since"]):
        raise KeyRevoked(
            f"The key was revoked on {str(before['revoked_at'])[:10]}, as compromised since "
            f"{before['compromised_since']}.",
            next_step="Name an earlier time; a revocation is never taken back.",
        )


def _tell(event: EvidenceEvent, note: ledger.Note, actor: Actor) -> None:
    # The digest of the list as subject: the log holds every list that was ever published.
    ledger.append(
        event,
        f"keys:{digest_of(published_keys())}",
        actor=actor,
        container=ledger.OF_THE_INSTALLATION,
        note=note,
    )
