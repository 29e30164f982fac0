"""What a revoked key still proves: what was seen by somebody else before it was compromised.

That a key is revoked is said by the list the reader got elsewhere and by the one in the pack, which the seal
covers. Either is believed, and of two times the earlier one: nobody gains by calling his own key stolen, and
a list may be older than the pack. What a thief of the key `attest` alone signed is not in the log, whose key
he has not; so statements are judged one by one, by the time at which the log took them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256

from benchseal.verify.canonical import objects, text
from benchseal.verify.keys import KEYS_LIST, PackKey, certificates, named_key, read_list
from benchseal.verify.pack import Pack
from benchseal.verify.report import Check, Flaw, Item, State
from benchseal.verify.timestamps import TSA
from benchseal.verify.trust import Trust, uses_of

FOLDER: Final = "data/attestations/"
KEY = Check(
    "origin",
    "revoked key",
    "The key was compromised later. An outside clock saw this seal before that, so it stays proved.",
    "A key of the pack was compromised, and nothing outside shows that the pack is from before.",
)
TIME_UNPROVED: Final = (
    "Whether the key was already stolen is open: get the certificate of the time authority from itself and "
    "give it with --time-root, for the one in the pack may be made up."
)
STATEMENT = Check(
    "origin",
    "statements by a revoked key",
    "The key was compromised later; the log, signed with another key, held these statements before that.",
    "The key of this statement was compromised, and the log does not show it from before.",
)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A revoked key, and which list says so."""

    key: PackKey
    source: str

    @property
    def since(self) -> str:
        """From when on it proves nothing; empty, before any time, where the list names none."""
        return self.key.compromised_since or ""

    @property
    def said(self) -> str:
        """The fact as the beginning of a sentence."""
        return f"{self.source} says that the key {self.key.key_id} ({self.key.use}) was revoked"


def check(
    pack: Pack, trust: Trust | None, sealed_at: datetime | None, logged_at: Mapping[str, str]
) -> list[Item]:
    """An item for each revoked key of the pack, and for statements by such keys; most packs have none.

    ``sealed_at`` is the time of the token over the seal, if it holds; ``logged_at`` gives the time at which
    the log took a statement, by digest.
    """
    revoked = _revoked(pack, trust)
    if not revoked:
        return []
    used = {named_key(pack, use) for use in uses_of(pack)}
    items = {key_id: _key(pack, trust, one, sealed_at) for key_id, one in revoked.items()}
    by_log = {
        key_id: one
        for key_id, one in revoked.items()
        if one.key.use == "attest" and items[key_id].state is not State.OK
    }
    keys = [item for key_id, item in items.items() if key_id in used and key_id not in by_log]
    return [*keys, *_statements(pack, by_log, logged_at)]


def _revoked(pack: Pack, trust: Trust | None) -> dict[str, Revoked]:
    found: dict[str, Revoked] = {}
    for source, listed in _lists(pack, trust):
        for key_id, key in listed.items():
            one = Revoked(key, source)
            if key.status == "revoked" and (key_id not in found or one.since < found[key_id].since):
                found[key_id] = one
    return found


def _lists(pack: Pack, trust: Trust | None) -> list[tuple[str, Mapping[str, PackKey]]]:
    given: list[tuple[str, Mapping[str, PackKey]]] = [] if trust is None else [(trust.source, trust.listed)]
    try:
        return [*given, (KEYS_LIST, read_list(pack.json(KEYS_LIST), KEYS_LIST))]
    except Flaw:
        return given  # the section on keys names it


def _key(pack: Pack, trust: Trust | None, revoked: Revoked, sealed_at: datetime | None) -> Item:
    """Who has the key seals what he likes under any time of his own: only a clock the reader knows counts."""
    said, since = revoked.said, revoked.since
    stated = "" if sealed_at is None else f"{sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if not since or not stated or stated >= since:
        return KEY.bad(f"{said}, compromised since {since or 'its beginning'}; this pack is not from before.")
    if pack.facts.get("time_authority") != "external":
        return KEY.bad(f"{said}. The time of this pack is self-issued, so it proves nothing against that.")
    root = certificates(pack.read(TSA), TSA)[-1]
    if trust is None or trust.time_root is None:
        reason = f"{said}, compromised since {since}. The token states {stated}, by an authority under"
        open_item = KEY.unchecked(f"{reason} {root.fingerprint(SHA256()).hex()}.")
        return replace(open_item, meaning=TIME_UNPROVED)
    if root != trust.time_root:
        return KEY.bad(f"{said}, and the time token is not by the authority that was given.")
    return KEY.ok(f"{said}, compromised since {since}. The seal existed at {stated}, before that.")


def _statements(pack: Pack, revoked: Mapping[str, Revoked], logged_at: Mapping[str, str]) -> list[Item]:
    """Each statement by one of these keys, against the time at which the log took it."""
    faults: list[Item] = []
    good = 0
    for path in pack.below(FOLDER):
        one = revoked.get(_signer(pack, path))
        if one is None:
            continue
        at = logged_at.get(f"sha256:{path.removeprefix(FOLDER)[:64]}")
        if at is not None and at < one.since:
            good += 1
            continue
        reason = f"{one.said}, compromised since {one.since or 'its beginning'}"
        faults.append(
            STATEMENT.named(path).bad(f"{path}: {reason}; the log has the statement from {at or 'no time'}.")
        )
    if not faults and not good:
        return []
    return STATEMENT.faults_or_ok(faults, f"{good} statements are signed with a key that was revoked later.")


def _signer(pack: Pack, path: str) -> str:
    try:
        return text(objects(pack.json(path), "signatures", path)[0], "keyid", path)
    except (Flaw, IndexError):
        return ""  # the section on statements names it
