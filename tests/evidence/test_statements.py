import json
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from evidence.canonical import base64_text, from_base64, jcs, parse_record
from evidence.digests import sha256_bytes
from evidence.errors import DigestMismatch, SignatureInvalid
from evidence.names import predicate_type
from evidence.publickeys import KeyUse, key_id_of, public_pem
from evidence.signing import PemSigner
from evidence.statements import (
    PAYLOAD_TYPE,
    envelope,
    pae,
    payload_of,
    signing_key_id,
    statement,
    statement_digest,
    verify_envelope,
)
from tests.evidence import openssl

SUBJECT = sha256_bytes(b"release manifest")


def made_signer(number: int) -> PemSigner:
    key = ec.derive_private_key(number, ec.SECP256R1())
    public = key.public_key()
    return PemSigner(KeyUse.ATTEST, "ecdsa-p256", key_id_of(public), public_pem(public), key)


SIGNER, OTHER = made_signer(7), made_signer(8)
KEYS = {SIGNER.key_id: SIGNER.public_key_pem}
STATEMENT = statement(
    [("HARBOR-REL-2026-0001", SUBJECT)],
    predicate_type("approval"),
    {"printed_name": "Renée Ångström"},
)
ENVELOPE = envelope(STATEMENT, SIGNER)

DSSE_RECIPE = """
    T=$(jq -r .payloadType e.json); jq -r .payload e.json | base64 -d > p
    { printf 'DSSEv1 %d %s %d ' ${#T} "$T" $(stat -c%s p); cat p; } > pae
    jq -r '.signatures[0].sig' e.json | base64 -d > sig
    openssl dgst -sha256 -verify pub.pem -signature sig pae
"""


def with_field(path: str, value: object) -> bytes:
    changed = json.loads(ENVELOPE)
    place = changed["signatures"][0] if path in {"sig", "keyid"} else changed
    place[path] = value
    return jcs(changed)


def test_a_statement_has_the_form_of_in_toto_v1() -> None:
    assert {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": "HARBOR-REL-2026-0001",
                "digest": {"sha256": SUBJECT.removeprefix("sha256:")},
            }
        ],
        "predicateType": "https://benchseal.dev/ns/approval/v1",
        "predicate": {"printed_name": "Renée Ångström"},
    } == STATEMENT


def test_a_subject_needs_a_digest() -> None:
    with pytest.raises(DigestMismatch):
        statement([("x", "md5:00")], predicate_type("approval"), {})


def test_the_signed_bytes_are_those_of_the_dsse_protocol_example() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_an_envelope_gives_the_statement_back() -> None:
    assert verify_envelope(ENVELOPE, KEYS) == STATEMENT
    assert payload_of(ENVELOPE) == jcs(STATEMENT)
    assert statement_digest(ENVELOPE) == sha256_bytes(jcs(STATEMENT))
    assert signing_key_id(ENVELOPE) == SIGNER.key_id


def test_an_envelope_is_canonical_json() -> None:
    assert list(parse_record(ENVELOPE)) == ["payload", "payloadType", "signatures"]


def test_jq_base64_and_openssl_verify_an_envelope(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_bytes(ENVELOPE)
    (tmp_path / "pub.pem").write_text(SIGNER.public_key_pem)
    assert "Verified OK" in openssl.run(tmp_path, DSSE_RECIPE)
    forged = jcs({**STATEMENT, "predicate": {"printed_name": "Mallory"}})
    (tmp_path / "e.json").write_bytes(with_field("payload", base64_text(forged)))
    with pytest.raises(CalledProcessError):
        openssl.run(tmp_path, DSSE_RECIPE)


def test_an_envelope_by_a_key_not_given_is_refused() -> None:
    with pytest.raises(SignatureInvalid, match="not among the keys given"):
        verify_envelope(ENVELOPE, {OTHER.key_id: OTHER.public_key_pem})


def test_a_key_given_under_the_id_of_another_is_refused() -> None:
    forged = with_field("keyid", SIGNER.key_id)
    with pytest.raises(SignatureInvalid, match="has another id"):
        verify_envelope(forged, {SIGNER.key_id: OTHER.public_key_pem})


@pytest.mark.parametrize(
    "changed",
    [
        with_field("payload", base64_text(jcs({**STATEMENT, "subject": []}))),
        with_field("payload", "A"),
        with_field("payload", None),
        with_field("payloadType", "text/plain"),
        with_field("sig", ""),
        with_field("sig", base64_text(b"\x30\x00")),
        with_field("keyid", 7),
        with_field("unsigned", "remark"),
        with_field("signatures", []),
        with_field("signatures", [{"keyid": SIGNER.key_id, "sig": "QQ=="}] * 2),
        ENVELOPE + b"\n",
        json.dumps(json.loads(ENVELOPE)).encode(),
        b"[]",
        b"",
    ],
)
def test_a_changed_envelope_is_refused(changed: bytes) -> None:
    with pytest.raises(SignatureInvalid):
        verify_envelope(changed, KEYS)


@given(st.integers(0, len(ENVELOPE) - 1), st.integers(1, 255))
def test_an_envelope_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    changed = bytearray(ENVELOPE)
    changed[place] ^= change
    with pytest.raises(SignatureInvalid):
        verify_envelope(bytes(changed), KEYS)


@pytest.mark.parametrize("content", [{"_type": "other"}, ["no object"]])
def test_a_signed_payload_which_is_no_statement_is_refused(content: object) -> None:
    payload = jcs(content)
    signature = SIGNER.sign(pae(PAYLOAD_TYPE, payload))
    signatures = [{"keyid": SIGNER.key_id, "sig": base64_text(signature)}]
    data = jcs({"payloadType": PAYLOAD_TYPE, "payload": base64_text(payload), "signatures": signatures})
    with pytest.raises(SignatureInvalid):
        verify_envelope(data, KEYS)


def test_the_signature_is_der() -> None:
    signature = json.loads(ENVELOPE)["signatures"][0]["sig"]
    assert from_base64(signature)[0] == 0x30
