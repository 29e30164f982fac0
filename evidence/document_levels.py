"""How long a document's signature can be checked: its PAdES level, and why that one (EN 319 142-1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from asn1crypto import crl as asn1_crl  # type: ignore[import-untyped]  # it ships no types
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from pyhanko_certvalidator import ValidationContext

from evidence import revocation_lists
from evidence.errors import KeyMissing
from evidence.publickeys import KeyUse
from evidence.signing import load_certificate

LASTING: Final = (
    "Revocation lists of this moment and a second time token are in the document, so that it can be checked "
    "after its certificates end."
)
SELF_ISSUED: Final = (
    "Time is self-issued, on the operator's own clock: that is proof of order, and not called long-term."
)
OUTSIDE: Final = "Another organisation vouches for the time."
NO_ROOT: Final = (
    "The key that signs revocation lists is not on the machine that seals, so none is in the document."
)
NO_LIST: Final = "No revocation list of the time authority is set up, so none is in the document."
OLD_LIST: Final = "The revocation list of the time authority is out of date, so none is in the document."

Level = Literal["B-LTA", "B-T"]


@dataclass(frozen=True, slots=True)
class DocumentLevel:
    """The level, and the sentence that a pack prints about it."""

    level: Level
    reason: str


def level_at(now: datetime) -> DocumentLevel:
    """B-LTA where every certificate has a revocation list that is in force, else B-T."""
    try:
        revocation_lists.own_list(now)
    except KeyMissing:
        return DocumentLevel("B-T", NO_ROOT)
    if not settings.TSA_URL:
        return DocumentLevel("B-LTA", f"{LASTING} {SELF_ISSUED}")
    lists = revocation_lists.outside_lists()
    if not lists:
        return DocumentLevel("B-T", NO_LIST)
    if not all(_is_in_force(one, now) for one in lists):
        return DocumentLevel("B-T", OLD_LIST)
    return DocumentLevel("B-LTA", f"{LASTING} {OUTSIDE}")


def validation_context(now: datetime) -> ValidationContext:
    """The roots and revocation lists of the document's certificates; nothing is fetched."""
    outside = revocation_lists.outside_chain() if settings.TSA_URL else []
    lists = [revocation_lists.own_list(now), *(revocation_lists.outside_lists() if outside else [])]
    roots = [load_certificate(KeyUse.CA), *outside[-1:]]
    return ValidationContext(
        trust_roots=[_certificate(one) for one in roots],
        other_certs=[_certificate(one) for one in outside[:-1]],
        crls=[asn1_crl.CertificateList.load(one.public_bytes(Encoding.DER)) for one in lists],
        allow_fetching=False,
        moment=now,
        revocation_mode="require",
    )


def _is_in_force(one: x509.CertificateRevocationList, now: datetime) -> bool:
    until = one.next_update_utc
    return until is not None and one.last_update_utc <= now < until


def _certificate(one: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(one.public_bytes(Encoding.DER))
