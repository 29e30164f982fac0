"""The time token over the seal (RFC 3161); a clock of the operator is never called anything else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from asn1crypto import cms, crl, tsp  # type: ignore[import-untyped]  # it ships no types
from asn1crypto import x509 as asn1_x509
from asn1crypto.core import Void  # type: ignore[import-untyped]  # as above
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from benchseal.verify.keys import certificate_key_id, certificates, named_key
from benchseal.verify.pack import SEAL, SEAL_TIME, Pack
from benchseal.verify.report import Check, Flaw, Item

GRANTED: Final = ("granted", "granted_with_mods")
CA: Final = "data/keys/ca.pem"
TSA: Final = "data/keys/tsa-chain.pem"
CHECK = Check(
    "time",
    SEAL_TIME,
    "A time authority confirmed that the seal existed at the stated time.",
    "The time of the seal is not proved: the token is damaged or belongs to something else.",
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The item and, where the token holds, the time it states."""

    item: Item
    at: datetime | None


def check(pack: Pack) -> Sealed:
    """Whether the token is over the seal and by the authority the pack names."""
    try:
        token = _token(pack.read(SEAL_TIME))
        info = token["encap_content_info"]["content"].parsed
        at: datetime = info["gen_time"].native
        _check_authority(pack, token)
        _check_token(token, sha256(pack.read(SEAL)).digest(), context(pack, at))
    except Flaw as flaw:
        return Sealed(CHECK.bad(str(flaw)), None)
    return Sealed(CHECK.ok(f"The token states {at:%Y-%m-%d %H:%M:%S} UTC. {authority(pack)}"), at)


def authority(pack: Pack) -> str:
    """One sentence about whose clock it is; raises ``Flaw`` for an unknown kind."""
    match pack.facts.get("time_authority"):
        case "self-issued":
            return "The clock is the operator's own: the time is the operator's word."
        case "external":
            return "The clock is another organisation's; whether to trust it is the reader's decision."
    raise Flaw("data/pack.json states no known kind of time authority.")


def context(pack: Pack, at: datetime, lists: Sequence[crl.CertificateList] = ()) -> ValidationContext:
    """What a time certificate is tested against: the root of its own chain, at the stated time."""
    is_own = pack.facts.get("time_authority") == "self-issued"
    chain = certificates(pack.read(TSA), TSA)
    root = certificates(pack.read(CA), CA)[0] if is_own else chain[-1]
    return context_of(root, chain, at, lists)


def context_of(
    root: x509.Certificate,
    others: list[x509.Certificate],
    at: datetime,
    lists: Sequence[crl.CertificateList] = (),
) -> ValidationContext:
    """One trusted root, no network; certificates have to be in force at ``at``, and in no revocation list.

    Where lists are given, each certificate has to have one.
    """
    return ValidationContext(
        trust_roots=[_converted(root)],
        other_certs=[_converted(certificate) for certificate in others],
        crls=list(lists),
        moment=at,
        allow_fetching=False,
        revocation_mode="require" if lists else "soft-fail",
    )


def _converted(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _token(data: bytes) -> cms.SignedData:
    try:
        response = tsp.TimeStampResp.load(data, strict=True)
        status = response["status"]["status"].native
        token = response["time_stamp_token"]
        content = token["content"]
        info = content["encap_content_info"]["content"].parsed
    except (ValueError, TypeError, KeyError, AttributeError) as fault:
        raise Flaw(f"{SEAL_TIME} is not a time stamp response (RFC 3161): {str(fault)[:200]}") from fault
    if status not in GRANTED or not isinstance(info, tsp.TSTInfo):
        raise Flaw(f"{SEAL_TIME} holds no time token; its status is {status}.")
    if response.dump(force=False) != data:
        raise Flaw(f"{SEAL_TIME} holds bytes that belong to no part of it.")
    return content


def _check_authority(pack: Pack, token: cms.SignedData) -> None:
    """The certificate may sign time and nothing else (RFC 3161, section 2.3)."""
    chain = [*certificates(pack.read(TSA), TSA), *_embedded(token)]
    serials = {certificate.serial_number: certificate for certificate in chain}
    signer = token["signer_infos"][0]["sid"].chosen
    serial = signer["serial_number"].native if isinstance(signer, cms.IssuerAndSerialNumber) else None
    certificate = serials.get(serial) if isinstance(serial, int) else None
    if certificate is None:
        raise Flaw(f"The token was not signed by a certificate of {TSA}, and brings none.")
    if pack.facts.get("time_authority") == "self-issued" and certificate_key_id(certificate) != named_key(
        pack, "tsa"
    ):
        raise Flaw("The token was not signed by the time authority data/pack.json names.")
    _refuse_other_use(certificate)


def _embedded(token: cms.SignedData) -> list[x509.Certificate]:
    """The certificates in the token; only with ``TSA`` do they lead to a root."""
    found = token["certificates"]
    if isinstance(found, Void):
        return []
    return [x509.load_der_x509_certificate(one.chosen.dump()) for one in found if one.name == "certificate"]


def _refuse_other_use(certificate: x509.Certificate) -> None:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise Flaw("The certificate of the time authority states no purpose.") from None
    if list(purposes.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not purposes.critical:
        raise Flaw("The certificate of the time authority is not for time stamps alone.")


def _check_token(token: cms.SignedData, imprint: bytes, trusted: ValidationContext) -> None:
    info = token["encap_content_info"]["content"].parsed
    if info["message_imprint"]["hash_algorithm"]["algorithm"].native != "sha256":
        raise Flaw("The token does not use SHA-256.")
    try:
        status = asyncio.run(validate_tst_signed_data(token, trusted, lambda _: imprint))
    except Exception as fault:  # pyHanko's errors on hostile input are of many kinds
        raise Flaw(f"The token cannot be validated: {type(fault).__name__} {str(fault)[:200]}") from fault
    if not status["intact"]:
        raise Flaw(f"The token is for other bytes than {SEAL}.")
    if not status["valid"]:
        raise Flaw("The signature of the token does not hold.")
    if status["trust_problem_indic"] is not None or status["validation_path"] is None:
        raise Flaw("The certificate of the time authority does not lead to the authority the pack carries.")
