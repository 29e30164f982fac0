"""The printed document: signed as a whole, and carrying the same record; its words are not read."""

from datetime import datetime
from io import BytesIO
from typing import Final

from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # it ships no types
from cryptography import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel

from benchseal.verify.keys import certificate_key_id, certificates, named_key
from benchseal.verify.lasting import check_level
from benchseal.verify.pack import DOCUMENT, MANIFEST, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item
from benchseal.verify.revisions import refuse_changes
from benchseal.verify.timestamps import CA, TSA, context, context_of

SIGNATURE = Check(
    "document",
    DOCUMENT,
    "The printed document is unchanged since it was signed with the key that seals packs.",
    "The printed document was changed, or was not signed with the key that seals packs. Do not rely "
    "on what it prints.",
)
RECORD_INSIDE = Check(
    "document",
    "record.json in the document",
    "The printed document carries the very record that is in the pack.",
    "The printed document carries another record than the pack.",
)
LIST_INSIDE = Check(
    "document",
    "manifest-sha256.txt in the document",
    "The printed document names the very files that are in the pack.",
    "The printed document names other files than those in the pack.",
)
EMBEDDED: Final = {"record.json": (RECORD_INSIDE, RECORD), MANIFEST: (LIST_INSIDE, MANIFEST)}
LONGEST_TREE: Final = 100


def check(pack: Pack) -> list[Item]:
    """Signature of the document and the two files it carries."""
    try:
        reader = PdfFileReader(BytesIO(pack.read(DOCUMENT)))
        reason = _check_signature(pack, reader)
        lasting = check_level(pack, reader)
        inside = _embedded(reader)
    except Flaw as flaw:
        return [SIGNATURE.bad(str(flaw))]
    except Exception as fault:  # noqa: BLE001  # pyHanko's errors on hostile input are of many kinds
        return [SIGNATURE.bad(f"{DOCUMENT} cannot be read: {type(fault).__name__} {str(fault)[:200]}")]
    return [SIGNATURE.ok(reason), lasting, *_compare(pack, inside)]


def _check_signature(pack: Pack, reader: PdfFileReader) -> str:
    signatures = list(reader.embedded_regular_signatures)
    if len(signatures) != 1:
        raise Flaw(f"{DOCUMENT} bears {len(signatures)} signatures, not one.")
    signature: EmbeddedPdfSignature = signatures[0]
    certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
    if certificate_key_id(certificate) != named_key(pack, "pack"):
        raise Flaw(f"{DOCUMENT} is not signed with the key data/pack.json names for packs.")
    at = _stated_time(signature)
    chain = certificates(pack.read("data/keys/pack-chain.pem"), "data/keys/pack-chain.pem")
    root = certificates(pack.read(CA), CA)[0]
    status = validate_pdf_signature(
        signature,
        context_of(root, chain, at),
        ts_validation_context=context(pack, at),
        skip_diff=True,
    )
    _refuse(status)
    refuse_changes(reader, signature.signed_revision)
    return f"Signed at {at:%Y-%m-%d %H:%M:%S} UTC, as {_common_name(signature.signer_cert)}."


def _stated_time(signature: EmbeddedPdfSignature) -> datetime:
    for token in extract_tst_data_iter(signature.signer_info, signed=False):
        at: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
        return at
    raise Flaw(f"The signature of {DOCUMENT} bears no time token.")


def _refuse(status: PdfSignatureStatus) -> None:
    """The signature holds over its revision; what may follow it is looked at apart."""
    if not status.intact or not status.valid:
        raise Flaw(f"The signature of {DOCUMENT} does not fit its bytes.")
    if not status.trusted:
        raise Flaw(f"The certificate in {DOCUMENT} was not issued by {CA}, or was not in force.")
    if status.coverage is None or status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        raise Flaw(f"{DOCUMENT} holds more than what was signed.")
    token = status.timestamp_validity
    if token is None or not (token.intact and token.valid and token.trusted):
        raise Flaw(f"The time token in {DOCUMENT} does not hold, or is not by an authority of {TSA}.")


def _common_name(certificate: asn1_x509.Certificate) -> str:
    return str(certificate.subject.human_friendly)[:200]


def _embedded(reader: PdfFileReader) -> dict[str, bytes]:
    """The files embedded in the document by name, decoded within pyHanko's bounds."""
    names = reader.root["/Names"]["/EmbeddedFiles"]
    found: dict[str, bytes] = {}
    for specification in _leaves(names):
        name = str(specification["/UF"] if "/UF" in specification else specification["/F"])
        stream = specification["/EF"]["/F"]
        if name in found or not isinstance(stream, generic.StreamObject):
            raise Flaw(f"{DOCUMENT} carries {name[:100]} twice or not as a file.")
        found[name] = stream.data
    return found


def _leaves(tree: generic.DictionaryObject) -> list[generic.DictionaryObject]:
    """The values of a name tree of one or two levels (ISO 32000-1, 7.9.6)."""
    nodes = [tree, *_array(tree, "/Kids")]
    if len(nodes) > LONGEST_TREE:
        raise Flaw(f"{DOCUMENT} carries too many files.")
    return [value for node in nodes for value in _array(node, "/Names")[1::2]]


def _array(node: generic.DictionaryObject, key: str) -> list[generic.DictionaryObject]:
    # Reading by [] follows references to objects elsewhere in the file; .get() and iteration do not.
    if key not in node:
        return []
    array = node[key]
    return [array[place] for place in range(len(array))]


def _compare(pack: Pack, inside: dict[str, bytes]) -> list[Item]:
    items = [_compared(pack, name, inside.get(name)) for name in EMBEDDED]
    more = sorted(inside.keys() - EMBEDDED.keys())
    if more:
        items.append(SIGNATURE.bad(f"{DOCUMENT} carries further files: {', '.join(more)[:300]}."))
    return items


def _compared(pack: Pack, name: str, data: bytes | None) -> Item:
    check, path = EMBEDDED[name]
    if data is None:
        return check.missing(f"{DOCUMENT} carries no file {name}.")
    try:
        is_same = data == pack.read(path)
    except Flaw as flaw:
        return check.bad(str(flaw))
    return check.ok(f"It equals {path}.") if is_same else check.bad(f"It differs from {path}.")
