"""Makes the keys and certificates of an installation; never replaces a private key."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from evidence.certificates import Holder, issue, issue_root
from evidence.keylist import keys_body, merged, read_published
from evidence.publickeys import ALGORITHMS, KeyUse, PublicKey
from evidence.signing import PrivateKey, read_private_key

KEYS_FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class _Setup:
    directory: Path
    operator: str
    now: datetime
    made: list[str]


def make_keys(
    directory: Path,
    *,
    origin: str,
    operator: str,
    now: datetime,
    time_authority: str = "self-issued",
) -> list[str]:
    """Create what is missing and return the names of the files written, none when all is there.

    Private keys are PKCS #8 PEM files `<use>.key.pem` of mode 0600 in a folder of mode 0700;
    certificates are `<use>.cert.pem`; `keys.json` is the published list. To replace a key, move
    its file away and call this again: the old public key stays in the list as retired. Raises
    OriginDiffers when the list was published under another origin, KeyMissing when a key file holds
    something else, NotCanonical when the list does.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    with _alone(directory):
        setup = _Setup(directory, operator, now, [])
        before = read_published(directory / KEYS_FILE, origin)
        keys = {use: _private_key(setup, use) for use in KeyUse}
        certificates = _certificates(setup, keys)
        public = {use: key.public_key() for use, key in keys.items()}
        entries = merged(before, public, certificates, origin=origin, now=now)
        body = keys_body(origin, entries, time_authority)
        if not _holds(directory / KEYS_FILE, body):
            _write(setup, KEYS_FILE, body, 0o644)
    return setup.made


def _private_key(setup: _Setup, use: KeyUse) -> PrivateKey:
    path = setup.directory / f"{use}.key.pem"
    if path.exists():
        return read_private_key(path, ALGORITHMS[use])
    key = _new_key(ALGORITHMS[use])
    _write(
        setup,
        path.name,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        0o600,
    )
    return key


def _new_key(algorithm: str) -> PrivateKey:
    if algorithm == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == "rsa-3072":
        return rsa.generate_private_key(public_exponent=65537, key_size=3072)
    return ec.generate_private_key(ec.SECP256R1())


def _certificates(setup: _Setup, keys: dict[KeyUse, PrivateKey]) -> dict[KeyUse, x509.Certificate]:
    root_key = keys[KeyUse.CA]
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)
    root = _fitting(setup, KeyUse.CA, root_key.public_key(), None)
    if root is None:
        root = issue_root(root_key, operator=setup.operator, now=setup.now)
        _write_certificate(setup, KeyUse.CA, root)
    certificates = {KeyUse.CA: root}
    for use, holder in ((KeyUse.PACK, Holder.PACK), (KeyUse.TSA, Holder.TSA)):
        public = keys[use].public_key()
        certificate = _fitting(setup, use, public, root)
        if certificate is None:
            certificate = issue(holder, public, root_key, root=root, operator=setup.operator, now=setup.now)
            _write_certificate(setup, use, certificate)
        certificates[use] = certificate
    return certificates


def _fitting(
    setup: _Setup, use: KeyUse, key: PublicKey, root: x509.Certificate | None
) -> x509.Certificate | None:
    """The certificate on file, if it is of this key and by this root."""
    path = setup.directory / f"{use}.cert.pem"
    if not path.exists():
        return None
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    if certificate.public_key() != key:
        return None
    try:
        certificate.verify_directly_issued_by(root or certificate)
    except (ValueError, InvalidSignature):
        return None
    return certificate


def _write_certificate(setup: _Setup, use: KeyUse, certificate: x509.Certificate) -> None:
    _write(setup, f"{use}.cert.pem", certificate.public_bytes(Encoding.PEM), 0o644)


def _holds(path: Path, body: bytes) -> bool:
    return path.exists() and path.read_bytes() == body


def _write(setup: _Setup, name: str, body: bytes, mode: int) -> None:
    """All of the file or none of it, even when the machine stops in between."""
    handle, temporary = tempfile.mkstemp(dir=setup.directory, prefix=f".{name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(setup.directory / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    setup.made.append(name)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Web and worker may start together: the second waits, then finds the keys of the first."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
