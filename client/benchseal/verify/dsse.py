"""Open DSSE envelopes around in-toto Statements (DSSE v1.0.2); no payload is read before its signature."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from benchseal.verify.canonical import Object, digest, objects, parse, text
from benchseal.verify.keys import PackKey
from benchseal.verify.report import Flaw

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement whose signature holds: its digest (``sha256:…`` of the payload), who signed it.

    ``subjects`` are hex SHA-256 digests by name.
    """

    digest: str
    key_id: str
    predicate_type: str
    predicate: Object
    subjects: dict[str, str]


def pae(payload: bytes) -> bytes:
    """The bytes that are signed: type and payload, each after its length in bytes."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def open_envelope(data: bytes, keys: Mapping[str, PackKey], name: str) -> Statement:
    """The statement in an envelope with one ECDSA P-256 signature by one of ``keys``, else ``Flaw``."""
    body = parse(data, name)
    signatures = objects(body, "signatures", name)
    if body.keys() != {"payloadType", "payload", "signatures"} or body["payloadType"] != PAYLOAD_TYPE:
        raise Flaw(f"{name} is not a DSSE envelope around an in-toto statement.")
    if len(signatures) != 1 or signatures[0].keys() != {"keyid", "sig"}:
        raise Flaw(f"{name} does not bear exactly one signature.")
    key_id = text(signatures[0], "keyid", name)
    payload = from_base64(text(body, "payload", name), name)
    signature = from_base64(text(signatures[0], "sig", name), name)
    if key_id not in keys:
        raise Flaw(f"{name} names the key {key_id[:64]}, which is not listed for this use.")
    check_p256(keys[key_id].public, signature, pae(payload), name)
    return _statement(payload, key_id, name)


def check_p256(key: object, signature: bytes, data: bytes, name: str) -> None:
    """Raises ``Flaw`` unless the DER signature (ECDSA P-256, SHA-256) is by ``key`` over ``data``."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Flaw(f"{name} is to be checked with a key that is not ECDSA P-256.")
    try:
        key.verify(signature, data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise Flaw(f"The signature of {name} is not by the key it names over these bytes.") from None


def from_base64(value: str, name: str) -> bytes:
    """The bytes of base64 in its one canonical spelling, else ``Flaw``."""
    try:
        data = b64decode(value, validate=True)
    except ValueError:
        raise Flaw(f"{name} holds a text that is not base64.") from None
    if b64encode(data).decode("ascii") != value:
        raise Flaw(f"{name} holds base64 in another spelling than the one of its bytes.")
    return data


def _statement(payload: bytes, key_id: str, name: str) -> Statement:
    body = parse(payload, f"The statement in {name}")
    if body.get("_type") != STATEMENT_TYPE:
        raise Flaw(f"{name} does not hold an in-toto Statement v1.")
    predicate = body.get("predicate")
    if not isinstance(predicate, dict):
        raise Flaw(f"{name} holds a statement without predicate.")
    kind = text(body, "predicateType", name)
    return Statement(digest(payload), key_id, kind, predicate, _subjects(body, name))


def _subjects(body: Object, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in objects(body, "subject", name):
        subject, stated = text(item, "name", name), item.get("digest")
        value = stated.get("sha256") if isinstance(stated, dict) else None
        if subject in found or not isinstance(value, str):
            raise Flaw(f"{name} names {subject[:200]!r} twice or without a SHA-256 digest.")
        found[subject] = value
    if not found:
        raise Flaw(f"{name} holds a statement about nothing.")
    return found
