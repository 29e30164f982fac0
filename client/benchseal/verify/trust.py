"""Whose pack it is: decided only against keys obtained elsewhere, never against those in the pack."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography import x509

from benchseal.verify.keys import PackKey, certificates, named_key, read_list
from benchseal.verify.pack import PACK, Pack
from benchseal.verify.report import Check, Flaw, Item

LARGEST_LIST: Final = 4 * 1024 * 1024
FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}\Z")
SEPARATORS: Final = re.compile(r"[\s:.-]+")

CHECK = Check(
    "origin",
    "issued by",
    "The pack was issued by the installation whose keys were obtained elsewhere.",
    "The pack was not issued by the installation whose keys were obtained elsewhere.",
)
UNPROVED: Final = (
    "Everything fits together, but anybody could have made it: compare the key id with the one the operator "
    "publishes."
)


class TrustUnreadable(ValueError):
    """What was given to ``--trust`` is neither a list of keys nor a fingerprint."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys obtained elsewhere: a published list, or the one id of the key that seals packs.

    ``source`` says where they come from, ``listed`` is empty where only ``pack_key`` is known.
    ``time_root`` is the root certificate of an outside time authority, obtained elsewhere, too.
    """

    source: str
    listed: dict[str, PackKey]
    pack_key: str | None = None
    time_root: x509.Certificate | None = None

    @classmethod
    def read(cls, given: str) -> "Trust":
        """From the path of a ``keys.json`` or from a fingerprint; raises ``TrustUnreadable``."""
        plain = SEPARATORS.sub("", given.strip().lower()).removeprefix("sha256")
        if FINGERPRINT.match(plain):
            return cls(f"fingerprint {plain}", {}, plain)
        path = Path(given)
        try:
            data = path.read_bytes() if path.stat().st_size <= LARGEST_LIST else b""
        except (OSError, ValueError):
            raise TrustUnreadable(
                f"{given[:200]!r} is neither a readable file nor a key id of 64 hexadecimal digits. "
                "Give the file of /.well-known/benchseal-keys.json, or the whole key id of the key page."
            ) from None
        return cls.of_list(data, path.name)

    @classmethod
    def of_list(cls, data: bytes, name: str) -> "Trust":
        """From the bytes of a published list; raises ``TrustUnreadable``. Spacing does not matter."""
        try:
            body = json.loads(data)
            return cls(name, read_list(body if isinstance(body, dict) else {}, name))
        except (Flaw, ValueError, RecursionError) as fault:
            raise TrustUnreadable(f"{name} is not a published list of keys: {fault}") from fault

    def with_time_root(self, path: Path) -> "Trust":
        """With the last certificate of a PEM file as root of time; raises ``TrustUnreadable``."""
        try:
            return replace(self, time_root=certificates(path.read_bytes(), path.name)[-1])
        except (Flaw, OSError) as fault:
            raise TrustUnreadable(f"{path} holds no certificate in PEM.") from fault


def check(pack: Pack, trust: Trust | None) -> list[Item]:
    """Whether the keys of the pack are among the trusted ones; what revoked ones prove is not asked here."""
    try:
        key = named_key(pack, "pack")
        if trust is None:
            item = CHECK.unchecked(f"The seal was made with the key {key}; no published key was given.")
            return [Item(item.section, item.name, item.state, item.reason, UNPROVED)]
        if trust.pack_key is not None:
            _refuse_other(key, trust.pack_key)
        else:
            _check_listed(pack, trust)
    except Flaw as flaw:
        return [CHECK.bad(str(flaw))]
    return [CHECK.ok(f"The key {key} is the one of {trust.source}.")]


def uses_of(pack: Pack) -> list[str]:
    """What the keys of the operator are used for in this pack."""
    is_own_time = pack.facts.get("time_authority") == "self-issued"
    return ["pack", "attest", "log", *(["tsa"] if is_own_time else [])]


def _refuse_other(key: str, trusted: str) -> None:
    if key != trusted:
        raise Flaw(f"The pack was not issued under the key {trusted}: its seal is by {key}.")


def _check_listed(pack: Pack, trust: Trust) -> None:
    made_at = pack.facts.get("made_at")
    for use in uses_of(pack):
        key_id = named_key(pack, use)
        known = trust.listed.get(key_id)
        if known is None or known.use != use:
            raise Flaw(f"The pack was not issued under {trust.source}, which does not list {key_id} ({use}).")
        ended = known.valid_to if known.status != "revoked" else None
        if ended is not None and not (isinstance(made_at, str) and made_at <= ended):
            raise Flaw(f"{PACK} states a time at which the key {key_id} ({use}) was no longer in use.")
