"""What a revoked key still proves: what was seen by somebody else before it was compromised."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256

from benchseal.verify.canonical import objects, text
from benchseal.verify.keys import PackKey, certificates, named_key
from benchseal.verify.pack import Pack
from benchseal.verify.report import Check, Flaw, Item
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


def check(
    pack: Pack, trust: Trust | None, sealed_at: datetime | None, logged_at: Mapping[str, str]
) -> list[Item]:
    """An item for each revoked key of the pack, and for statements by older ones; most packs have none.

    ``sealed_at`` is the time of the token over the seal, if it holds; ``logged_at`` gives the time at which
    the log took a statement, by digest.
    """
    if trust is None:
        return []
    revoked = {one.key_id: one for one in trust.listed.values() if one.status == "revoked"}
    used = [revoked[key] for use in uses_of(pack) if (key := named_key(pack, use)) in revoked]
    if used:
        return [_key(pack, trust, one, sealed_at) for one in used]
    return list(_statements(pack, revoked, logged_at))


def _key(pack: Pack, trust: Trust, key: PackKey, sealed_at: datetime | None) -> Item:
    """Who has the key seals what he likes under any time of his own: only a clock the reader knows counts."""
    said = f"{trust.source} says that the key {key.key_id} ({key.use}) was revoked"
    since = key.compromised_since
    stated = "" if sealed_at is None else f"{sealed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if since is None or not stated or stated >= since:
        return KEY.bad(f"{said}, compromised since {since or 'its beginning'}; this pack is not from before.")
    if pack.facts.get("time_authority") != "external":
        return KEY.bad(f"{said}. The time of this pack is self-issued, so it proves nothing against that.")
    root = certificates(pack.read(TSA), TSA)[-1]
    if trust.time_root is None:
        reason = f"{said}, compromised since {since}. The token states {stated}, by an authority under"
        open_item = KEY.unchecked(f"{reason} {root.fingerprint(SHA256()).hex()}.")
        return replace(open_item, meaning=TIME_UNPROVED)
    if root != trust.time_root:
        return KEY.bad(f"{said}, and the time token is not by the authority that was given.")
    return KEY.ok(f"{said}, compromised since {since}. The seal existed at {stated}, before that.")


def _statements(pack: Pack, revoked: Mapping[str, PackKey], logged_at: Mapping[str, str]) -> Iterator[Item]:
    held = 0
    for path in pack.below(FOLDER):
        key = revoked.get(_signer(pack, path))
        if key is None:
            continue
        at = logged_at.get(f"sha256:{path.removeprefix(FOLDER)[:64]}")
        if at is None or key.compromised_since is None or at >= key.compromised_since:
            yield STATEMENT.named(path).bad(
                f"{path} is signed with {key.key_id}, compromised since {key.compromised_since}; "
                f"the log has it from {at or 'no time'}."
            )
        held += 1
    if held:
        yield STATEMENT.ok(f"{held} statements are signed with a key that was revoked later.")


def _signer(pack: Pack, path: str) -> str:
    try:
        return text(objects(pack.json(path), "signatures", path)[0], "keyid", path)
    except (Flaw, IndexError):
        return ""  # the section on statements names it
