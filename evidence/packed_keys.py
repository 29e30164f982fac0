"""The public half of every key, as the files a pack carries below `data/keys/`."""

from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from evidence.canonical import jcs
from evidence.packs import PackFile
from evidence.publickeys import KeyUse, listed
from evidence.revocation_lists import outside_chain
from evidence.signing import load_certificate, published_keys


def key_files() -> Iterator[PackFile]:
    """Keys in use, older attest keys by the first digits of their id, chains, and the published list."""
    body = published_keys()
    yield PackFile("data/keys/keys.json", jcs(body))
    for entry in listed(body):
        yield from _public(entry)
    yield PackFile("data/keys/ca.pem", _chain(KeyUse.CA))
    yield PackFile("data/keys/pack-chain.pem", _chain(KeyUse.PACK, KeyUse.CA))
    yield PackFile("data/keys/tsa-chain.pem", _time_chain())


def _public(entry: dict[str, Any]) -> Iterator[PackFile]:
    use, pem = entry["use"], str(entry["public_key_pem"]).encode()
    if use not in (KeyUse.LOG, KeyUse.ATTEST, KeyUse.PACK):
        return
    if entry["status"] != "active":
        yield PackFile(f"data/keys/{use}-{entry['key_id'][:8]}.pem", pem)
        return
    yield PackFile(f"data/keys/{use}.pem", pem)
    if use == KeyUse.LOG:
        yield PackFile("data/keys/log.vkey", f"{entry['vkey']}\n".encode())


def _time_chain() -> bytes:
    if not settings.TSA_URL:
        return _chain(KeyUse.TSA, KeyUse.CA)
    return b"".join(one.public_bytes(Encoding.PEM) for one in outside_chain())


def _chain(*uses: KeyUse) -> bytes:
    return b"".join(load_certificate(use).public_bytes(Encoding.PEM) for use in uses)
