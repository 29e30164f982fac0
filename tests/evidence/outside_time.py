"""A time authority of another organisation: its own root, certificate, revocation list, and answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import tsp  # type: ignore[import-untyped]  # it ships no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.keys.internal import translate_pyca_cryptography_key_to_asn1
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence import clock
from evidence.certificates import Holder, issue, issue_root
from evidence.timestamps import LocalAuthority

OPERATOR = "Outside Time Ltd"


@dataclass(frozen=True)
class OutsideAuthority:
    """Keys and certificates of somebody else; `chain` is the file their clients get."""

    root_key: ec.EllipticCurvePrivateKey
    root: x509.Certificate
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    chain: Path

    def reply(self, query: bytes) -> bytes:
        """A true answer; the certificate comes in the token alone."""
        certificate = asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))
        authority = LocalAuthority(
            certificate,
            translate_pyca_cryptography_key_to_asn1(self.key),
            certs_to_embed=SimpleCertificateStore.from_certs([]),  # type: ignore[no-untyped-call]  # pyHanko
            fixed_dt=clock.now().astimezone(UTC),
        )
        return bytes(authority.request_tsa_response(tsp.TimeStampReq.load(query)).dump())

    def revocation_list(self, path: Path, *, until: datetime, revoked: bool = False) -> Path:
        """A list in PEM that is in force until a moment; with the authority's own certificate on request."""
        now = clock.now()
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(min(now, until) - timedelta(hours=1))
            .next_update(until)
        )
        if revoked:
            gone = x509.RevokedCertificateBuilder().serial_number(self.certificate.serial_number)
            builder = builder.add_revoked_certificate(gone.revocation_date(now - timedelta(hours=2)).build())
        path.write_bytes(builder.sign(self.root_key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return path


def outside_authority(folder: Path) -> OutsideAuthority:
    """A new one, with its root in a file."""
    now = clock.now() - timedelta(days=1)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = issue_root(root_key, operator=OPERATOR, now=now)
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    certificate = issue(Holder.TSA, key.public_key(), root_key, root=root, operator=OPERATOR, now=now)
    chain = folder / "outside-chain.pem"
    chain.write_bytes(root.public_bytes(Encoding.PEM))
    return OutsideAuthority(root_key, root, key, certificate, chain)
