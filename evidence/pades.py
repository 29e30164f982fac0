"""Sign a finished PDF as PAdES (EN 319 142-1); only proofs of time may follow the signature."""

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from asn1crypto import algos, x509  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.errors import ValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence.document_levels import Level, validation_context
from evidence.errors import TimestampFailed
from evidence.publickeys import KeyUse
from evidence.signing import load_certificate, load_signer
from evidence.timestamps import timestamper

FIELD: Final = "Seal"
# A DER signature of P-256 has at most 72 bytes: two integers of 33 bytes with their headers.
LONGEST_SIGNATURE: Final = 72
LISTS_STEP: Final = (
    "Check that TSA_CHAIN and TSA_CRL are of the authority TSA_URL names, then ask for the pack again."
)


class SealSigner(Signer):
    """Lets pyHanko sign with the key `pack` without ever holding it."""

    def __init__(self) -> None:
        certificate, ca = (
            x509.Certificate.load(load_certificate(use).public_bytes(Encoding.DER))
            for use in (KeyUse.PACK, KeyUse.CA)
        )
        super().__init__(
            signing_cert=certificate,
            cert_registry=SimpleCertificateStore.from_certs([ca]),  # type: ignore[no-untyped-call]  # pyHanko
            signature_mechanism=algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            embed_roots=True,
        )
        self.seal = load_signer(KeyUse.PACK)

    async def async_sign_raw(
        self,
        data: bytes,
        digest_algorithm: str,
        dry_run: bool = False,
    ) -> bytes:
        """The signature over ``data``, or as many bytes as it can have."""
        return bytes(LONGEST_SIGNATURE) if dry_run else self.seal.sign(data)


class DatedSigner(PdfSigner):
    """States the time it is given; pyHanko would take the host's clock in its own time zone."""

    signed_at: datetime

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """pyHanko's session with our time."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.signed_at
        return session


def sign_pdf(pdf: bytes | Path, *, reason: str, signed_at: datetime, level: Level = "B-T") -> bytes:
    """``pdf`` with an invisible certification signature by the key `pack` and a time token in it.

    The signature allows form filling and further signatures alone (ISO 32000-1, 12.8.2.2: P = 2). At
    B-LTA, revocation lists and a document time stamp follow it. ``signed_at`` is the time stated, the
    token's the time proved. Raises ``TimestampFailed`` and ``KeyMissing``.
    """
    body = pdf if isinstance(pdf, bytes) else pdf.read_bytes()
    proofs = validation_context(signed_at) if level == "B-LTA" else None
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        subfilter=SigSeedSubFilter.PADES,
        embed_validation_info=proofs is not None,
        use_pades_lta=proofs is not None,
        validation_context=proofs,
    )
    signer = DatedSigner(
        metadata, SealSigner(), timestamper=timestamper(), new_field_spec=SigFieldSpec(FIELD)
    )
    signer.signed_at = signed_at
    try:
        signed: BytesIO = signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(body)))
    except ValidationError as fault:
        raise TimestampFailed(
            f"The certificates of the document are not shown to be in force: {fault}", next_step=LISTS_STEP
        ) from fault
    return signed.getvalue()


def page_count(pdf: bytes) -> int:
    """How many pages the document has."""
    return int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"])
