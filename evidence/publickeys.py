"""Public keys: their uses, their ids and what they verify; no private key passes here."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from evidence.canonical import Json
from evidence.digests import sha256_hex
from evidence.errors import SignatureInvalid

PublicKey: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey

PUBLIC_KINDS = (ed25519.Ed25519PublicKey, ec.EllipticCurvePublicKey, rsa.RSAPublicKey)


class KeyUse(StrEnum):
    """What a key signs; no key has two uses."""

    LOG = "log"
    ATTEST = "attest"
    PACK = "pack"
    TSA = "tsa"
    CA = "ca"


ALGORITHMS: dict[KeyUse, str] = {
    KeyUse.LOG: "ed25519",
    KeyUse.ATTEST: "ecdsa-p256",
    KeyUse.PACK: "ecdsa-p256",
    KeyUse.TSA: "rsa-3072",
    KeyUse.CA: "ecdsa-p256",
}


def listed(body: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The entries of a published list of keys."""
    keys = body.get("keys")
    return [entry for entry in keys if isinstance(entry, dict)] if isinstance(keys, list) else []


def key_id_of(key: PublicKey) -> str:
    """Hex SHA-256 of the SubjectPublicKeyInfo in DER: 64 digits."""
    return sha256_hex(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def public_pem(key: PublicKey) -> str:
    """SubjectPublicKeyInfo as PEM, with a final newline."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def algorithm_of(key: object) -> str:
    """`ed25519`, `ecdsa-p256`, `rsa-3072`, or `other`."""
    match key:
        case ed25519.Ed25519PublicKey():
            return "ed25519"
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return "ecdsa-p256"
        case rsa.RSAPublicKey(key_size=3072):
            return "rsa-3072"
    return "other"


def read_public_pem(pem: str) -> PublicKey:
    """The key of a PEM SubjectPublicKeyInfo; raises SignatureInvalid for other kinds."""
    try:
        key = load_pem_public_key(pem.encode("utf-8"))
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise SignatureInvalid("The public key is not a PEM SubjectPublicKeyInfo.") from fault
    if not isinstance(key, PUBLIC_KINDS) or algorithm_of(key) == "other":
        raise SignatureInvalid("The public key is none of Ed25519, ECDSA P-256 and RSA-3072.")
    return key


def verify_signature(key: PublicKey, signature: bytes, data: bytes) -> None:
    """Raises SignatureInvalid unless the signature is by this key over these bytes.

    Ed25519 signatures are 64 raw bytes (RFC 8032), ECDSA ones DER over SHA-256. RSA keys sign time
    tokens alone, which are checked as such.
    """
    try:
        match key:
            case ed25519.Ed25519PublicKey():
                key.verify(signature, data)
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
            case _:
                raise SignatureInvalid("An RSA key signs time tokens alone.")
    except InvalidSignature:
        raise SignatureInvalid(f"The signature is not by key {key_id_of(key)} over these bytes.") from None
