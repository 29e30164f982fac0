"""The X.509 certificates of an installation, one root and two holders; none for anyone else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from evidence.publickeys import PublicKey

# A pack stays checkable with plain commands as long as the root, so every certificate ends with it.
ROOT_LIFE = timedelta(days=3652)
NAME_LIMIT = 64  # ub-common-name and ub-organization-name: RFC 5280, appendix A.1

DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336
ADOBE_DOCUMENT_SIGNING = ObjectIdentifier("1.2.840.113583.1.1.5")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a certificate of ours allows; RFC 3161, section 2.3 asks for the critical one."""

    title: str
    non_repudiation: bool
    purposes: tuple[ObjectIdentifier, ...]
    purposes_critical: bool


class Holder(Enum):
    """Who holds a certificate by the root."""

    # `openssl cms -verify` asks for e-mail protection by default, PDF viewers for the others.
    PACK = Profile(
        "Benchseal pack seal",
        True,
        (ExtendedKeyUsageOID.EMAIL_PROTECTION, DOCUMENT_SIGNING, ADOBE_DOCUMENT_SIGNING),
        False,
    )
    TSA = Profile("Benchseal time authority", False, (ExtendedKeyUsageOID.TIME_STAMPING,), True)


def issue_root(key: ec.EllipticCurvePrivateKey, *, operator: str, now: datetime) -> x509.Certificate:
    """The self-signed root `<operator> Benchseal root`, valid for ten years from `now`."""
    name = _name(operator, "Benchseal root")
    builder = (
        _builder(name, name, key.public_key(), now, now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def issue(
    holder: Holder,
    public: PublicKey,
    root_key: ec.EllipticCurvePrivateKey,
    *,
    root: x509.Certificate,
    operator: str,
    now: datetime,
) -> x509.Certificate:
    """A certificate of `public` by the root, valid from `now` to the end of the root."""
    profile = holder.value
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    usage = _usage(non_repudiation=profile.non_repudiation)
    builder = (
        _builder(root.subject, _name(operator, profile.title), public, now, root.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage(profile.purposes), critical=profile.purposes_critical)
        .add_extension(issuer_key, critical=False)
    )
    return builder.sign(root_key, hashes.SHA256())


def _builder(
    issuer: x509.Name, subject: x509.Name, public: PublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=public)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(start.replace(microsecond=0))
        .not_valid_after(end.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(operator: str, title: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _shortened(operator, NAME_LIMIT)),
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"{_shortened(operator, NAME_LIMIT - len(title) - 1)} {title}"
            ),
        ]
    )


def _shortened(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, never half a character."""
    return text.encode("utf-8")[:limit].decode("utf-8", errors="ignore").strip()


def _usage(*, non_repudiation: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=non_repudiation,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
