"""The public keys a pack carries; that they are the operator's is not decided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from benchseal.verify.canonical import Object, inner, objects, text
from benchseal.verify.pack import Pack
from benchseal.verify.report import Check, Flaw, Item

KEYS_LIST: Final = "data/keys/keys.json"
SINGLE: Final = ("log", "attest", "pack")

CHECK = Check(
    "keys",
    KEYS_LIST,
    "The keys in the pack are the ones it names, and they agree with each other.",
    "The keys in the pack contradict each other, so no signature in it can be relied on.",
)


@dataclass(frozen=True, slots=True)
class PackKey:
    """A public key as ``keys.json`` lists it; ``public`` is a key of the package cryptography.

    ``compromised_since`` is told of a revoked key alone.
    """

    key_id: str
    use: str
    status: str
    valid_to: str | None
    public: object
    vkey: str | None
    compromised_since: str | None = None


def fingerprint(pem: bytes, name: str) -> tuple[str, object]:
    """Hex SHA-256 of the SubjectPublicKeyInfo in DER, and the key; raises ``Flaw``."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Flaw(f"{name} is not a public key in PEM.") from None
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest(), key


def read_list(body: Object, name: str) -> dict[str, PackKey]:
    """The keys of a ``keys.json`` by id, each id computed anew; raises ``Flaw``."""
    found: dict[str, PackKey] = {}
    for entry in objects(body, "keys", name):
        stated = text(entry, "key_id", name)
        key_id, public = fingerprint(text(entry, "public_key_pem", name).encode(), f"Key {stated[:64]}")
        if stated != key_id or key_id in found:
            raise Flaw(f"{name} lists the key {stated[:64]} twice or under an id that is not its own.")
        found[key_id] = _key(entry, key_id, public, name)
    return found


def of_use(keys: Mapping[str, PackKey], use: str) -> dict[str, PackKey]:
    """The keys listed for one use."""
    return {key_id: key for key_id, key in keys.items() if key.use == use}


def certificates(pem: bytes, name: str) -> list[x509.Certificate]:
    """The certificates of a PEM file, at least one; raises ``Flaw``."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise Flaw(f"{name} holds no readable certificate.") from None


def certificate_key_id(certificate: x509.Certificate) -> str:
    """Hex SHA-256 of the certificate's SubjectPublicKeyInfo."""
    key = certificate.public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def check(pack: Pack) -> list[Item]:
    """The key files are those ``pack.json`` names and ``keys.json`` lists."""
    faults = []
    for name, rule in (
        ("data/keys/keys.json", _check_named),
        ("data/keys/log.vkey", _check_vkey),
        ("data/keys/pack-chain.pem", _check_pack_chain),
        ("data/keys/tsa-chain.pem", _check_tsa_chain),
    ):
        try:
            rule(pack)
        except Flaw as flaw:
            faults.append(CHECK.named(name).bad(str(flaw)))
    return CHECK.faults_or_ok(faults, "The key files, certificates and the list of keys agree.")


def _key(entry: Object, key_id: str, public: object, name: str) -> PackKey:
    valid_to, vkey = entry.get("valid_to"), entry.get("vkey")
    return PackKey(
        key_id=key_id,
        use=text(entry, "use", name),
        status=text(entry, "status", name),
        valid_to=valid_to if isinstance(valid_to, str) else None,
        public=public,
        vkey=vkey if isinstance(vkey, str) else None,
        compromised_since=_since(entry, name) if entry.get("revocation") else None,
    )


def _since(entry: Object, name: str) -> str:
    """From when on nothing is proved by a revoked key; canonical times sort as texts."""
    return text(inner(entry, "revocation", name), "compromised_since", name)


def named_key(pack: Pack, use: str) -> str:
    """The id ``pack.json`` names for a use; raises ``Flaw``."""
    return text(inner(pack.facts, "keys", "data/pack.json"), use, "data/pack.json, keys")


def _check_named(pack: Pack) -> None:
    listed = read_list(pack.json(KEYS_LIST), KEYS_LIST)
    for use in SINGLE:
        path = f"data/keys/{use}.pem"
        key_id, _ = fingerprint(pack.read(path), path)
        if key_id != named_key(pack, use):
            raise Flaw(f"{path} is not the key data/pack.json names for {use}.")
        if key_id not in of_use(listed, use):
            raise Flaw(f"{KEYS_LIST} does not list the key of {path} for {use}.")


def _check_vkey(pack: Pack) -> None:
    listed = read_list(pack.json(KEYS_LIST), KEYS_LIST)
    vkey = pack.read("data/keys/log.vkey").decode("utf-8", errors="replace").strip()
    if listed[named_key(pack, "log")].vkey != vkey:
        raise Flaw(f"data/keys/log.vkey is not the one {KEYS_LIST} lists for the log.")


def _check_pack_chain(pack: Pack) -> None:
    chain = certificates(pack.read("data/keys/pack-chain.pem"), "data/keys/pack-chain.pem")
    if certificate_key_id(chain[0]) != named_key(pack, "pack"):
        raise Flaw("The first certificate of data/keys/pack-chain.pem is not for the key of the seal.")
    _issued_by_ca(pack, chain[0], "data/keys/pack-chain.pem")


def _check_tsa_chain(pack: Pack) -> None:
    chain = certificates(pack.read("data/keys/tsa-chain.pem"), "data/keys/tsa-chain.pem")
    if pack.facts.get("time_authority") != "self-issued":
        return
    if certificate_key_id(chain[0]) != named_key(pack, "tsa"):
        raise Flaw("The first certificate of data/keys/tsa-chain.pem is not the one data/pack.json names.")
    _issued_by_ca(pack, chain[0], "data/keys/tsa-chain.pem")


def _issued_by_ca(pack: Pack, certificate: x509.Certificate, name: str) -> None:
    ca = certificates(pack.read("data/keys/ca.pem"), "data/keys/ca.pem")[0]
    try:
        certificate.verify_directly_issued_by(ca)
    except (ValueError, TypeError, InvalidSignature):
        raise Flaw(f"The first certificate of {name} was not issued by data/keys/ca.pem.") from None
