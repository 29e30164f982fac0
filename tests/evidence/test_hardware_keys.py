"""A key in a hardware token signs behind the same five members as one in a file; SoftHSM is the token."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pkcs11
import pytest
from asn1crypto.core import OctetString, PrintableString  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11.util.ec import encode_named_curve_parameters

from evidence import notes
from evidence.digests import sha256_raw
from evidence.publickeys import KeyUse, PublicKey, key_id_of, public_pem, read_public_pem
from evidence.signing import Signer
from evidence.statements import envelope, statement, verify_envelope

MODULES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN: Final = "1234"
ORIGIN: Final = "benchseal.test/log"
CURVES: Final = {
    "ecdsa-p256": (pkcs11.KeyType.EC, encode_named_curve_parameters("secp256r1")),
    "ed25519": (pkcs11.KeyType.EC_EDWARDS, PrintableString("edwards25519").dump()),
}


@dataclass(frozen=True)
class TokenSigner:
    """A Signer whose private key never leaves its token."""

    use: KeyUse
    algorithm: str
    public_key_pem: str
    private_key: Any

    @property
    def key_id(self) -> str:
        return key_id_of(read_public_pem(self.public_key_pem))

    def sign(self, data: bytes) -> bytes:
        """As `evidence.signing.Signer.sign`: a token gives r and s of ECDSA side by side."""
        if self.algorithm == "ed25519":
            return bytes(self.private_key.sign(data, mechanism=pkcs11.Mechanism.EDDSA))
        raw = self.private_key.sign(sha256_raw(data), mechanism=pkcs11.Mechanism.ECDSA)
        return encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """An open session with a fresh token."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        command = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "seal",
            "--pin",
            PIN,
            "--so-pin",
            PIN,
        ]
        subprocess.run(command, check=True, capture_output=True)
        library = pkcs11.lib(next(path for path in MODULES if Path(path).exists()))
        with library.get_token(token_label="seal").open(rw=True, user_pin=PIN) as opened:
            yield opened


def signer(session: Any, use: KeyUse, algorithm: str) -> Signer:
    kind, curve = CURVES[algorithm]
    made = session.create_domain_parameters(kind, {pkcs11.Attribute.EC_PARAMS: curve}, local=True)
    public, private = made.generate_keypair(store=False)
    point = bytes(OctetString.load(public[pkcs11.Attribute.EC_POINT]))
    return TokenSigner(use, algorithm, public_pem(_public(algorithm, point)), private)


def _public(algorithm: str, point: bytes) -> PublicKey:
    if algorithm == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(point)
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def test_a_statement_is_signed_in_a_token(session: Any) -> None:
    attest = signer(session, KeyUse.ATTEST, "ecdsa-p256")
    body = statement([("record.json", "sha256:" + "0" * 64)], "https://benchseal.dev/ns/run/v1", {})
    signed = envelope(body, attest)
    assert verify_envelope(signed, {attest.key_id: attest.public_key_pem}) == body


def test_a_head_of_the_log_is_signed_in_a_token(session: Any) -> None:
    log = signer(session, KeyUse.LOG, "ed25519")
    text = notes.checkpoint_text(ORIGIN, 7, bytes(32))
    verifier = notes.vkey(ORIGIN, notes.public_raw(log.public_key_pem))
    notes.verify_note(notes.sign_note(text, ORIGIN, log), verifier)
