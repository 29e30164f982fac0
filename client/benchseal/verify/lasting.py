"""How long the document's signature can be checked: the PAdES level the pack states, and what it needs."""

from datetime import datetime
from typing import Final

from asn1crypto import crl  # type: ignore[import-untyped]  # it ships no types
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel

from benchseal.verify.canonical import inner, text
from benchseal.verify.keys import certificates
from benchseal.verify.pack import DOCUMENT, PACK, Pack
from benchseal.verify.report import Check, Flaw, Item
from benchseal.verify.timestamps import CA, TSA, context, context_of

CHAIN: Final = "data/keys/pack-chain.pem"
MOST_LISTS: Final = 20
LEVEL = Check(
    "document",
    "PAdES level",
    "The document holds what its signature needs to be checked at the level the pack states.",
    "The document does not hold what the pack says its signature can be checked with.",
)


def check_level(pack: Pack, reader: PdfFileReader) -> Item:
    """The stated level, and its proofs; a pack from before levels were stated is B-T."""
    if "document_signature" not in pack.facts:
        return LEVEL.ok("B-T: the signature bears a time token.")
    try:
        stated = inner(pack.facts, "document_signature", PACK)
        level, reason = text(stated, "level", PACK), text(stated, "reason", PACK)
        _check_tokens(pack, reader, level)
    except Flaw as flaw:
        return LEVEL.bad(str(flaw))
    return LEVEL.ok(f"{level}: {reason[:300]}")


def _check_tokens(pack: Pack, reader: PdfFileReader, level: str) -> None:
    found = len(list(reader.embedded_timestamp_signatures))
    match level, found:
        case "B-T", 0:
            return
        case "B-LTA", 1:
            _check_lasting(pack, reader)
        case _:
            raise Flaw(
                f"{PACK} states the level {level[:20]}; {DOCUMENT} bears {found} document time stamps."
            )


def _check_lasting(pack: Pack, reader: PdfFileReader) -> None:
    """A document time stamp over signature and revocation lists, and a list for each certificate."""
    (stamp,) = reader.embedded_timestamp_signatures
    at: datetime = stamp.signed_data["encap_content_info"]["content"].parsed["gen_time"].native
    lists = _lists(reader)
    status = validate_pdf_timestamp(stamp, context(pack, at), skip_diff=True)
    if not (status.intact and status.valid and status.trusted):
        raise Flaw(
            f"The document time stamp of {DOCUMENT} does not hold, or is not by an authority of {TSA}."
        )
    if status.coverage is None or status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        raise Flaw(f"The document time stamp of {DOCUMENT} does not cover what comes before it.")
    (signature,) = reader.embedded_regular_signatures
    root = certificates(pack.read(CA), CA)[0]
    sealed = validate_pdf_signature(
        signature,
        context_of(root, certificates(pack.read(CHAIN), CHAIN), at, lists),
        ts_validation_context=context(pack, at, lists),
        skip_diff=True,
    )
    token = sealed.timestamp_validity
    if not sealed.trusted or token is None or not token.trusted:
        raise Flaw(f"A certificate of {DOCUMENT} is in a revocation list, or has none in the document.")


def _lists(reader: PdfFileReader) -> list[crl.CertificateList]:
    store = DocumentSecurityStore.read_dss(reader)
    if not 0 < len(store.crls) <= MOST_LISTS:
        raise Flaw(f"{DOCUMENT} holds {len(store.crls)} revocation lists.")
    return [crl.CertificateList.load(one.get_object().data) for one in store.crls]
