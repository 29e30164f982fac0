"""The private keys of this installation, read from PEM files; no key ever leaves this step."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from evidence.canonical import Json, parse_record
from evidence.errors import KeyMissing, NotCanonical
from evidence.publickeys import ALGORITHMS, KeyUse, algorithm_of, key_id_of, public_pem

__all__ = [
    "KeyUse",
    "PemSigner",
    "PrivateKey",
    "Signer",
    "active_key",
    "fingerprint",
    "load_certificate",
    "load_private_key",
    "load_signer",
    "load_tsa_key",
    "published_keys",
    "read_private_key",
]

NEXT_STEP = "Run `manage.py bootstrap` (or `make run`), which makes the keys that are missing."
REPLACE_STEP = "Put back the key from its copy, or move the file away to have a new key made."

PrivateKey: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
SigningKey: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


PRIVATE_KINDS = (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)


class Signer(Protocol):
    """What signs; a PEM file here, a hardware token or key service behind the same five members."""

    @property
    def use(self) -> KeyUse: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def key_id(self) -> str: ...
    @property
    def public_key_pem(self) -> str: ...
    def sign(self, data: bytes) -> bytes:
        """64 raw bytes for Ed25519 (RFC 8032), DER over SHA-256 for ECDSA P-256."""


@dataclass(frozen=True, slots=True)
class PemSigner:
    """A Signer whose private key was read from a PEM file."""

    use: KeyUse
    algorithm: str
    key_id: str
    public_key_pem: str
    private_key: SigningKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private_key, ed25519.Ed25519PrivateKey):
            return self.private_key.sign(data)
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))


def load_signer(use: KeyUse) -> Signer:
    """The signer of `log`, `attest`, `pack` or `ca`; raises KeyMissing.

    The time authority's RSA key signs tokens alone and comes from `load_tsa_key`.
    """
    key = load_private_key(use)
    if isinstance(key, rsa.RSAPrivateKey):
        raise KeyMissing(f"The key {use} signs time tokens alone.", next_step="Use `load_tsa_key`.")
    public = key.public_key()
    return PemSigner(use, ALGORITHMS[use], key_id_of(public), public_pem(public), key)


def load_private_key(use: KeyUse) -> PrivateKey:
    """The private key of `<use>.key.pem` in KEYS_DIR; raises KeyMissing."""
    path = Path(settings.KEYS_DIR) / f"{use}.key.pem"
    return _read_private(path, _changed(path), ALGORITHMS[use])


def read_private_key(path: Path, algorithm: str) -> PrivateKey:
    """The private key of a PKCS #8 PEM file, of this kind and no other; raises KeyMissing."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise KeyMissing(f"{path} is not a readable private key.", next_step=REPLACE_STEP) from fault
    if not isinstance(key, PRIVATE_KINDS) or algorithm_of(key.public_key()) != algorithm:
        raise KeyMissing(f"{path} does not hold a key of type {algorithm}.", next_step=REPLACE_STEP)
    return key


def load_tsa_key() -> rsa.RSAPrivateKey:
    """The RSA-3072 key of the local time authority; raises KeyMissing."""
    key = load_private_key(KeyUse.TSA)
    assert isinstance(key, rsa.RSAPrivateKey)  # _read_private compared the algorithm
    return key


def load_certificate(use: KeyUse) -> x509.Certificate:
    """The certificate of `<use>.cert.pem` (`pack`, `tsa`, `ca`); raises KeyMissing."""
    path = Path(settings.KEYS_DIR) / f"{use}.cert.pem"
    return _read_certificate(path, _changed(path))


def published_keys() -> dict[str, Json]:
    """The body of `/.well-known/benchseal-keys.json`, as the set-up wrote it; raises KeyMissing."""
    path = Path(settings.KEYS_DIR) / "keys.json"
    _changed(path)
    try:
        return parse_record(path.read_bytes())
    except NotCanonical as fault:
        raise KeyMissing(f"{path} is not the published key list.", next_step=NEXT_STEP) from fault


def active_key(use: KeyUse) -> dict[str, Json]:
    """The published entry of the key in use; raises KeyMissing. Needs no private key."""
    keys = published_keys()["keys"]
    entries = keys if isinstance(keys, list) else []
    for entry in entries:
        if isinstance(entry, dict) and entry["use"] == use and entry["status"] == "active":
            return entry
    raise KeyMissing(f"keys.json names no active key for {use}.", next_step=NEXT_STEP)


def fingerprint() -> str:
    """The id of the active `pack` key in groups of four, to be read aloud and compared.

    The seal by this key covers the other published keys, so this one number anchors them all.
    """
    return " ".join(re.findall(r".{4}", str(active_key(KeyUse.PACK)["key_id"])))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError as fault:
        raise KeyMissing(f"{path} is not there or not readable.", next_step=NEXT_STEP) from fault


@lru_cache(maxsize=16)
def _read_private(path: Path, _changed_at: int, algorithm: str) -> PrivateKey:
    return read_private_key(path, algorithm)


@lru_cache(maxsize=16)
def _read_certificate(path: Path, _changed_at: int) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise KeyMissing(f"{path} is not a readable certificate.", next_step=NEXT_STEP) from fault
