"""The private keys of this installation, read from PEM files; no key ever leaves this step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from evidence import clock, key_folder
from evidence.canonical import Json, parse_record, utc_text
from evidence.errors import KeyMissing, KeyRevoked, NotCanonical
from evidence.publickeys import ALGORITHMS, KeyUse, algorithm_of, key_id_of, listed, public_pem

__all__ = [
    "KEYS_FILE",
    "KeyUse",
    "PemSigner",
    "PrivateKey",
    "Signer",
    "active_key",
    "fingerprint",
    "load_certificate",
    "load_log_signers",
    "load_private_key",
    "load_signer",
    "load_tsa_key",
    "published_entries",
    "published_keys",
    "read_private_key",
    "retired_name",
    "still_signs",
]

KEYS_FILE = "keys.json"
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
    """The signer of `log`, `attest`, `pack` or `ca`; raises KeyMissing, and KeyRevoked for a revoked key.

    The time authority's RSA key signs tokens alone and comes from `load_tsa_key`.
    """
    return _signer(use, _key_in_force(use))


def load_log_signers() -> tuple[Signer, ...]:
    """The log's key, then the ones it replaces until their overlap ends; raises as `load_signer`."""
    return (load_signer(KeyUse.LOG), *(_retired_signer(entry) for entry in _overlapping()))


def still_signs(entry: Mapping[str, Json], moment: datetime) -> bool:
    """Whether a key that was replaced signs beside its successor: retired, and its end not reached."""
    return entry["status"] == "retired" and utc_text(moment) < str(entry["valid_to"])


def retired_name(use: KeyUse, key_id: str) -> str:
    """The file of a private key that was replaced and still signs."""
    return f"{use}-{key_id[:8]}.key.pem"


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
    """The RSA-3072 key of the local time authority; raises KeyMissing, KeyRevoked."""
    key = _key_in_force(KeyUse.TSA)
    assert isinstance(key, rsa.RSAPrivateKey)  # _read_private compared the algorithm
    return key


def load_certificate(use: KeyUse) -> x509.Certificate:
    """The certificate of `<use>.cert.pem` (`pack`, `tsa`, `ca`); raises KeyMissing."""
    path = Path(settings.KEYS_DIR) / f"{use}.cert.pem"
    return _read_certificate(path, _changed(path))


def published_keys() -> dict[str, Json]:
    """The body of `/.well-known/benchseal-keys.json`, as the set-up wrote it; raises KeyMissing."""
    path = Path(settings.KEYS_DIR) / KEYS_FILE
    _changed(path)
    try:
        return parse_record(path.read_bytes())
    except NotCanonical as fault:
        raise KeyMissing(f"{path} is not the published key list.", next_step=NEXT_STEP) from fault


def active_key(use: KeyUse) -> dict[str, Json]:
    """The published entry of the key in use; raises KeyMissing. Needs no private key."""
    of_use = [entry for entry in published_entries() if entry["use"] == use]
    for entry in of_use:
        if entry["status"] == "active":
            return entry
    for entry in of_use[:1]:
        _refuse_revoked(entry)
    raise KeyMissing(f"keys.json names no active key for {use}.", next_step=NEXT_STEP)


def published_entries() -> list[dict[str, Json]]:
    """The entries of the published list; raises KeyMissing."""
    return listed(published_keys())


def fingerprint() -> str:
    """The id of the active `pack` key in groups of four, to be read aloud and compared.

    The seal by this key covers the other published keys, so this one number anchors them all.
    """
    return " ".join(re.findall(r".{4}", str(active_key(KeyUse.PACK)["key_id"])))


def _key_in_force(use: KeyUse) -> PrivateKey:
    try:
        return _published_key(use)
    except KeyMissing:
        # Key file and list change one after the other while a key is being replaced.
        key_folder.wait(Path(settings.KEYS_DIR))
        return _published_key(use)


def _published_key(use: KeyUse) -> PrivateKey:
    key = load_private_key(use)
    if key_id_of(key.public_key()) != active_key(use)["key_id"]:
        raise KeyMissing(f"{use}.key.pem is not the key that keys.json calls active.", next_step=NEXT_STEP)
    return key


def _signer(use: KeyUse, key: PrivateKey) -> Signer:
    if isinstance(key, rsa.RSAPrivateKey):
        raise KeyMissing(f"The key {use} signs time tokens alone.", next_step="Use `load_tsa_key`.")
    public = key.public_key()
    return PemSigner(use, ALGORITHMS[use], key_id_of(public), public_pem(public), key)


def _overlapping() -> list[dict[str, Json]]:
    moment = clock.now()
    of_log = [entry for entry in published_entries() if entry["use"] == KeyUse.LOG]
    return [entry for entry in of_log if still_signs(entry, moment)]


def _retired_signer(entry: Mapping[str, Json]) -> Signer:
    path = Path(settings.KEYS_DIR) / retired_name(KeyUse.LOG, str(entry["key_id"]))
    return _signer(KeyUse.LOG, _read_private(path, _changed(path), ALGORITHMS[KeyUse.LOG]))


def _refuse_revoked(entry: Mapping[str, Json]) -> None:
    if entry["status"] == "revoked":
        raise KeyRevoked(
            f"The key {entry['use']} was revoked on {str(entry['valid_to'])[:10]} and signs no more.",
            next_step=f"Run `manage.py rotate_key {entry['use']}`, which puts a new key in its place.",
        )


def _changed(path: Path) -> tuple[int, int]:
    """What differs after a replacement, also where the file system's times are coarse."""
    try:
        found = path.stat()
    except OSError as fault:
        raise KeyMissing(f"{path} is not there or not readable.", next_step=NEXT_STEP) from fault
    return found.st_mtime_ns, found.st_ino


@lru_cache(maxsize=16)
def _read_private(path: Path, _changed_at: tuple[int, int], algorithm: str) -> PrivateKey:
    return read_private_key(path, algorithm)


@lru_cache(maxsize=16)
def _read_certificate(path: Path, _changed_at: tuple[int, int]) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise KeyMissing(f"{path} is not a readable certificate.", next_step=NEXT_STEP) from fault
