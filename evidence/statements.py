"""in-toto Statements in DSSE envelopes; the payload is signed as it is and never written anew."""

from collections.abc import Iterable, Mapping

from evidence.canonical import Json, base64_text, from_base64, jcs, parse_record
from evidence.digests import parse_digest, sha256_bytes
from evidence.errors import NotCanonical, SignatureInvalid
from evidence.publickeys import key_id_of, read_public_pem, verify_signature
from evidence.signing import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"


def statement(
    subjects: Iterable[tuple[str, str]], predicate_type: str, predicate: Mapping[str, object]
) -> dict[str, object]:
    """An in-toto Statement v1; a subject is (name, `sha256:…`), else DigestMismatch."""
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": parse_digest(digest)}} for name, digest in subjects],
        "predicateType": predicate_type,
        "predicate": dict(predicate),
    }


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that are signed: DSSE v1.0.2, pre-authentication encoding; lengths in bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope(statement: Mapping[str, object], signer: Signer) -> bytes:
    """The canonical bytes of the DSSE envelope with one signature over the canonical statement."""
    payload = jcs(dict(statement))
    signature = signer.sign(pae(PAYLOAD_TYPE, payload))
    return jcs(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64_text(payload),
            "signatures": [{"keyid": signer.key_id, "sig": base64_text(signature)}],
        }
    )


def payload_of(envelope_bytes: bytes) -> bytes:
    """The payload bytes of an envelope, without checking the signature; raises SignatureInvalid."""
    return _opened(envelope_bytes)[0]


def statement_digest(envelope_bytes: bytes) -> str:
    """`sha256:…` of the payload bytes: the name of a statement. Raises SignatureInvalid."""
    return sha256_bytes(payload_of(envelope_bytes))


def signing_key_id(envelope_bytes: bytes) -> str:
    """The key id the envelope names, without checking the signature; raises SignatureInvalid."""
    return _opened(envelope_bytes)[1]


def verify_envelope(envelope_bytes: bytes, public_keys_by_id: Mapping[str, str]) -> dict[str, Json]:
    """The statement of an envelope signed by one of the PEM public keys, else SignatureInvalid.

    A key is trusted for its id only: one given under the id of another is refused.
    """
    payload, key_id, signature = _opened(envelope_bytes)
    if key_id not in public_keys_by_id:
        raise SignatureInvalid(f"The signature names key {key_id[:80]}, which is not among the keys given.")
    key = read_public_pem(public_keys_by_id[key_id])
    if key_id_of(key) != key_id:
        raise SignatureInvalid(f"The key given as {key_id} has another id.")
    verify_signature(key, signature, pae(PAYLOAD_TYPE, payload))
    return _statement(payload)


def _opened(envelope_bytes: bytes) -> tuple[bytes, str, bytes]:
    try:
        match parse_record(envelope_bytes):
            case {
                "payloadType": "application/vnd.in-toto+json",
                "payload": str(payload),
                "signatures": [{"keyid": str(key_id), "sig": str(signature), **more}],
                **others,
            } if not (more or others):
                return from_base64(payload), key_id, from_base64(signature)
    except NotCanonical as fault:
        raise SignatureInvalid(f"The envelope cannot be read: {fault.detail}") from fault
    raise SignatureInvalid("The envelope is not DSSE with one signature over an in-toto statement.")


def _statement(payload: bytes) -> dict[str, Json]:
    try:
        content = parse_record(payload)
    except NotCanonical as fault:
        raise SignatureInvalid(f"The signed statement cannot be read: {fault.detail}") from fault
    if content.get("_type") != STATEMENT_TYPE:
        raise SignatureInvalid("The signed payload is not an in-toto Statement v1.")
    return content
