"""Makes the keys and certificates of an installation; never replaces a private key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from evidence import key_folder
from evidence.certificates import Holder, issue, issue_root
from evidence.keylist import Entry, keys_body, merged, read_published
from evidence.publickeys import ALGORITHMS, KeyUse, PublicKey, key_id_of
from evidence.signing import KEYS_FILE, PrivateKey, read_private_key, retired_name, still_signs


@dataclass(frozen=True, slots=True)
class _Setup:
    directory: Path
    origin: str
    operator: str
    now: datetime
    time_authority: str
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
    certificates are `<use>.cert.pem`; `keys.json` is the published list. A key whose file is gone is
    made anew, and the old public key stays in the list as retired. Raises OriginDiffers when the list
    was published under another origin, KeyMissing when a key file holds something else, NotCanonical
    when the list does.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    setup = _Setup(directory, origin, operator, now, time_authority, [])
    with key_folder.alone(directory):
        _complete(setup, overlap=timedelta(0))
    return setup.made


def replace_key(
    directory: Path,
    use: KeyUse,
    *,
    overlap: timedelta,
    origin: str,
    operator: str,
    now: datetime,
    time_authority: str = "self-issued",
) -> tuple[str, str]:
    """Put a new key in the place of one in use, with its certificate; the ids of old and new key.

    The old public key stays valid in the list for `overlap`, unless it was revoked. Its private half is
    overwritten, but for the log, which signs with both until then: there it becomes
    `log-<8 digits>.key.pem`. A stop in between leaves what `make_keys` completes, without overlap.
    Raises as `make_keys`.
    """
    setup = _Setup(directory, origin, operator, now, time_authority, [])
    with key_folder.alone(directory):
        path = directory / f"{use}.key.pem"
        old = key_id_of(read_private_key(path, ALGORITHMS[use]).public_key())
        if use is KeyUse.LOG and overlap and not _is_revoked(setup, old):
            _write(setup, retired_name(use, old), path.read_bytes(), 0o600)
        new = _make_key(setup, use)
        _complete(setup, overlap=overlap)
    return old, key_id_of(new.public_key())


def _complete(setup: _Setup, *, overlap: timedelta) -> None:
    path = setup.directory / KEYS_FILE
    before = read_published(path, setup.origin)
    keys = {use: _private_key(setup, use) for use in KeyUse}
    certificates = _certificates(setup, keys)
    public = {use: key.public_key() for use, key in keys.items()}
    entries = merged(before, public, certificates, origin=setup.origin, now=setup.now, overlap=overlap)
    body = keys_body(setup.origin, entries, setup.time_authority)
    if not _holds(path, body):
        _write(setup, KEYS_FILE, body, 0o644)
    _forget_expired(setup, entries)


def _is_revoked(setup: _Setup, key_id: str) -> bool:
    published = read_published(setup.directory / KEYS_FILE, setup.origin)
    return any(entry["key_id"] == key_id and entry["status"] == "revoked" for entry in published)


def _forget_expired(setup: _Setup, entries: list[Entry]) -> None:
    """Private halves of the log's older keys go when nothing is signed with them any more."""
    for entry in entries:
        if entry["use"] == KeyUse.LOG and not still_signs(entry, setup.now):
            (setup.directory / retired_name(KeyUse.LOG, str(entry["key_id"]))).unlink(missing_ok=True)


def _private_key(setup: _Setup, use: KeyUse) -> PrivateKey:
    path = setup.directory / f"{use}.key.pem"
    if path.exists():
        return read_private_key(path, ALGORITHMS[use])
    return _make_key(setup, use)


def _make_key(setup: _Setup, use: KeyUse) -> PrivateKey:
    key = _new_key(ALGORITHMS[use])
    _write(
        setup,
        f"{use}.key.pem",
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
    key_folder.write(setup.directory / name, body, mode)
    setup.made.append(name)
