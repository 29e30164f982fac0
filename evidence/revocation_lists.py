"""Revocation lists (RFC 5280, section 5): our root's, made anew each time, and an outside authority's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from evidence.canonical import Json
from evidence.errors import KeyMissing
from evidence.publickeys import KeyUse
from evidence.signing import load_certificate, load_private_key, published_entries

LIFE: Final = timedelta(days=7)
# An outside authority whose clock is behind ours still finds the list to be of before its token.
BEFORE: Final = timedelta(minutes=5)
PEM_LIST: Final = b"-----BEGIN X509 CRL-----"


def own_list(now: datetime) -> x509.CertificateRevocationList:
    """The list of our root as of `now`: certificates of revoked keys, from when they were compromised.

    Raises KeyMissing where the root's private key is not on this machine.
    """
    root, key = load_certificate(KeyUse.CA), load_private_key(KeyUse.CA)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # load_private_key compared the algorithm
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root.subject)
        .last_update(now - BEFORE)
        .next_update(now + LIFE)
        .add_extension(issuer, critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
    )
    for entry in published_entries():
        if entry["status"] == "revoked" and entry["certificate_pem"]:
            builder = builder.add_revoked_certificate(_revoked(entry))
    return builder.sign(key, hashes.SHA256())


def outside_lists() -> list[x509.CertificateRevocationList]:
    """The lists in the file TSA_CRL, in PEM or one in DER; raises KeyMissing for a file that holds none."""
    if not settings.TSA_CRL:
        return []
    return list(_read(_bytes_of(settings.TSA_CRL, "TSA_CRL")))


def outside_chain() -> list[x509.Certificate]:
    """The certificates in the file TSA_CHAIN, root last; raises KeyMissing for a file that holds none."""
    try:
        return x509.load_pem_x509_certificates(_bytes_of(settings.TSA_CHAIN, "TSA_CHAIN"))
    except ValueError as fault:
        raise _unreadable(settings.TSA_CHAIN, "TSA_CHAIN") from fault


def _revoked(entry: dict[str, Json]) -> x509.RevokedCertificate:
    certificate = x509.load_pem_x509_certificate(str(entry["certificate_pem"]).encode())
    revocation = entry["revocation"]
    assert isinstance(revocation, dict)  # the schema of the list: a revoked key says why
    since = datetime.fromisoformat(str(revocation["compromised_since"]))
    return (
        x509.RevokedCertificateBuilder()
        .serial_number(certificate.serial_number)
        .revocation_date(since)
        .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        .build()
    )


def _bytes_of(path: str, setting: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as fault:
        raise _unreadable(path, setting) from fault


def _read(data: bytes) -> Iterator[x509.CertificateRevocationList]:
    try:
        if PEM_LIST not in data:
            yield x509.load_der_x509_crl(data)
        for part in data.split(PEM_LIST)[1:]:
            yield x509.load_pem_x509_crl(PEM_LIST + part)
    except ValueError as fault:
        raise _unreadable(settings.TSA_CRL, "TSA_CRL") from fault


def _unreadable(path: str, setting: str) -> KeyMissing:
    return KeyMissing(
        f"{setting} names {path}, where nothing of its kind can be read." if path else f"{setting} is empty.",
        next_step="Get the certificates and the revocation lists from the time authority's operator.",
    )
