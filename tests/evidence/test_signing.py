import os
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from evidence.errors import KeyMissing, SignatureInvalid
from evidence.keymaking import make_keys
from evidence.publickeys import key_id_of, read_public_pem, verify_signature
from evidence.signing import (
    KeyUse,
    active_key,
    fingerprint,
    load_certificate,
    load_private_key,
    load_signer,
    load_tsa_key,
    published_keys,
)

SIGNING_USES = [KeyUse.LOG, KeyUse.ATTEST, KeyUse.PACK, KeyUse.CA]


def make(directory: Path) -> None:
    make_keys(directory, origin="bench.example/log", operator="Acme", now=datetime.now(UTC))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("installation") / "keys"
    make(directory)
    return directory


@pytest.fixture
def keys(first: Path, tmp_path: Path, settings: Settings) -> Path:
    directory = Path(copytree(first, tmp_path / "keys"))
    settings.KEYS_DIR = directory
    return directory


@pytest.mark.parametrize("use", SIGNING_USES)
def test_what_a_signer_signs_verifies_with_its_public_key(keys: Path, use: KeyUse) -> None:
    signer = load_signer(use)
    public = read_public_pem(signer.public_key_pem)
    assert signer.use is use
    assert signer.key_id == key_id_of(public)
    signature = signer.sign(b"record")
    verify_signature(public, signature, b"record")
    with pytest.raises(SignatureInvalid):
        verify_signature(public, signature, b"Record")


def test_a_signature_of_another_key_is_refused(keys: Path) -> None:
    signature = load_signer(KeyUse.PACK).sign(b"record")
    other = read_public_pem(load_signer(KeyUse.ATTEST).public_key_pem)
    with pytest.raises(SignatureInvalid):
        verify_signature(other, signature, b"record")


def test_log_signatures_are_64_bytes_and_repeatable(keys: Path) -> None:
    signer = load_signer(KeyUse.LOG)
    assert len(signer.sign(b"text")) == 64
    assert signer.sign(b"text") == signer.sign(b"text")


def test_a_signer_shows_no_private_key(keys: Path) -> None:
    assert "private" not in repr(load_signer(KeyUse.PACK)).lower()


def test_the_time_authority_key_signs_no_records(keys: Path) -> None:
    assert load_tsa_key().key_size == 3072
    with pytest.raises(KeyMissing, match="time tokens alone"):
        load_signer(KeyUse.TSA)


def test_a_certificate_is_of_the_key_of_its_use(keys: Path) -> None:
    for use in (KeyUse.PACK, KeyUse.TSA, KeyUse.CA):
        assert load_certificate(use).public_key() == load_private_key(use).public_key()


@pytest.mark.parametrize("use", KeyUse)
def test_a_missing_key_names_the_file_and_the_next_step(keys: Path, use: KeyUse) -> None:
    (keys / f"{use}.key.pem").unlink()
    with pytest.raises(KeyMissing) as missing:
        load_private_key(use)
    assert f"{use}.key.pem" in missing.value.detail
    assert "bootstrap" in str(missing.value.next_step)
    assert missing.value.status == 500


def test_a_missing_certificate_or_list_is_named(keys: Path) -> None:
    with pytest.raises(KeyMissing, match=r"log\.cert\.pem"):
        load_certificate(KeyUse.LOG)
    (keys / "keys.json").unlink()
    with pytest.raises(KeyMissing, match=r"keys\.json"):
        published_keys()


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_a_file_that_is_no_key_is_named(keys: Path, content: bytes) -> None:
    for name in ("pack.key.pem", "pack.cert.pem", "keys.json"):
        (keys / name).write_bytes(content)
    with pytest.raises(KeyMissing, match=r"pack\.key\.pem"):
        load_signer(KeyUse.PACK)
    with pytest.raises(KeyMissing, match=r"pack\.cert\.pem"):
        load_certificate(KeyUse.PACK)
    with pytest.raises(KeyMissing, match=r"keys\.json"):
        published_keys()


def test_a_key_of_another_kind_is_refused(keys: Path) -> None:
    (keys / "log.key.pem").write_bytes((keys / "pack.key.pem").read_bytes())
    with pytest.raises(KeyMissing, match="ed25519"):
        load_signer(KeyUse.LOG)


def test_a_replaced_key_file_is_used_at_once(keys: Path) -> None:
    before = load_signer(KeyUse.ATTEST).key_id
    path = keys / "attest.key.pem"
    changed = path.stat().st_mtime_ns
    path.unlink()
    make(keys)
    # A file system with coarse times could give the new file the time of the old one.
    os.utime(path, ns=(changed + 10**9, changed + 10**9))
    assert load_signer(KeyUse.ATTEST).key_id != before
    assert load_signer(KeyUse.ATTEST).key_id == active_key(KeyUse.ATTEST)["key_id"]


def test_the_published_list_needs_no_private_key(keys: Path) -> None:
    for path in keys.glob("*.key.pem"):
        path.unlink()
    assert published_keys()["origin"] == "bench.example/log"


def test_the_fingerprint_is_the_pack_key_id_in_groups_of_four(keys: Path) -> None:
    groups = fingerprint().split(" ")
    assert [len(group) for group in groups] == [4] * 16
    assert "".join(groups) == load_signer(KeyUse.PACK).key_id


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed448.Ed448PrivateKey.generate()])
def test_a_public_key_of_a_kind_never_used_is_refused(
    key: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey,
) -> None:
    spki = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(SignatureInvalid):
        read_public_pem(spki.decode())


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n", "é"])
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(SignatureInvalid):
        read_public_pem(text)


def test_an_rsa_key_verifies_no_record(keys: Path) -> None:
    with pytest.raises(SignatureInvalid, match="time tokens alone"):
        verify_signature(load_tsa_key().public_key(), b"", b"")
