from pathlib import Path
from subprocess import CalledProcessError

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from evidence import notes
from evidence.errors import NoteMalformed, SignatureInvalid
from evidence.publickeys import KeyUse, key_id_of, public_pem
from evidence.signing import PemSigner
from tests.evidence import openssl

ORIGIN = "bench.example/log"
ROOT = bytes(range(32))

# The example of golang.org/x/mod/sumdb/note, which defined the form.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def made_signer(seed: int = 1) -> PemSigner:
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    public = key.public_key()
    return PemSigner(KeyUse.LOG, "ed25519", key_id_of(public), public_pem(public), key)


def vkey_of(signer: PemSigner, name: str = ORIGIN) -> str:
    return notes.vkey(name, notes.public_raw(signer.public_key_pem))


SIGNER = made_signer()
VKEY = vkey_of(SIGNER)
TEXT = notes.checkpoint_text(ORIGIN, 7, ROOT)
NOTE = notes.sign_note(TEXT, ORIGIN, SIGNER)


def test_a_checkpoint_has_three_lines() -> None:
    assert f"{ORIGIN}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n" == TEXT


def test_the_published_example_verifies() -> None:
    assert notes.verify_note(GO_NOTE, GO_VKEY) == GO_NOTE.partition("\n\n")[0] + "\n"


def test_the_published_example_does_not_verify_when_changed() -> None:
    with pytest.raises(SignatureInvalid):
        notes.verify_note(GO_NOTE.replace("answer", "Answer"), GO_VKEY)


def test_a_signed_checkpoint_gives_origin_size_and_root() -> None:
    assert notes.verify_note(NOTE, VKEY) == TEXT
    assert notes.parse_checkpoint(NOTE) == notes.Checkpoint(ORIGIN, 7, ROOT)


def test_the_same_checkpoint_is_signed_with_the_same_bytes() -> None:
    assert notes.sign_note(TEXT, ORIGIN, SIGNER) == NOTE


def test_openssl_verifies_the_note(tmp_path: Path) -> None:
    (tmp_path / "note").write_text(NOTE)
    (tmp_path / "log.pem").write_text(SIGNER.public_key_pem)
    script = """
        sed '/^$/,$d' note > text
        tail -n 1 note | cut -d ' ' -f 3 | base64 -d | tail -c 64 > sig
        openssl pkeyutl -verify -pubin -inkey log.pem -rawin -in text -sigfile sig
    """
    assert "Signature Verified Successfully" in openssl.run(tmp_path, script)
    (tmp_path / "note").write_text(NOTE.replace("\n7\n", "\n8\n"))
    with pytest.raises(CalledProcessError):
        openssl.run(tmp_path, script)


def test_lines_of_other_signers_are_allowed() -> None:
    other = notes.sign_note(TEXT, "witness.example", made_signer(2))
    assert notes.verify_note(NOTE + other.rpartition("\n\n")[2], VKEY) == TEXT


@pytest.mark.parametrize(
    "verifier_key",
    [vkey_of(made_signer(2)), vkey_of(SIGNER, "other.example/log")],
    ids=["another key", "another name"],
)
def test_a_note_by_another_key_is_refused(verifier_key: str) -> None:
    with pytest.raises(SignatureInvalid):
        notes.verify_note(NOTE, verifier_key)


def test_a_note_signed_twice_by_one_key_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        notes.verify_note(NOTE + NOTE.rpartition("\n\n")[2], VKEY)


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_note_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    changed = bytearray(NOTE.encode())
    changed[place] ^= change
    with pytest.raises(SignatureInvalid):
        notes.verify_note(changed.decode("utf-8", errors="replace"), VKEY)


@given(st.text())
def test_any_text_is_refused_as_a_note(text: str) -> None:
    for reads in (notes.parse_checkpoint, notes.parse_tlog_proof, notes.parse_vkey):
        with pytest.raises(NoteMalformed):
            reads(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{'A' * 43}=\n",
        f"{ORIGIN}\n-1\n{'A' * 43}=\n",
        f"{ORIGIN}\n7\n{'A' * 42}==\n",
        f"{ORIGIN}\n7\n\n",
        f"{ORIGIN}\n7\n",
    ],
)
def test_a_checkpoint_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        notes.parse_checkpoint(notes.sign_note(text, ORIGIN, SIGNER))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b"])
def test_a_name_with_space_or_plus_signs_nothing(name: str) -> None:
    with pytest.raises(NoteMalformed):
        notes.sign_note(TEXT, name, SIGNER)


def test_a_verifier_key_whose_parts_disagree_is_refused() -> None:
    assert notes.parse_vkey(VKEY) == (ORIGIN, notes.public_raw(SIGNER.public_key_pem))
    with pytest.raises(NoteMalformed):
        notes.parse_vkey(VKEY.replace("bench", "other"))


@given(st.integers(0, 2**62), st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_a_proof_file_gives_back_what_it_was_made_of(index: int, path: list[bytes]) -> None:
    proof = notes.parse_tlog_proof(notes.tlog_proof(index, path, NOTE))
    assert proof == notes.TlogProof(index, tuple(path), NOTE)


def test_a_proof_file_has_the_published_form() -> None:
    assert notes.tlog_proof(3, [ROOT], NOTE) == (
        "c2sp.org/tlog-proof@v1\nindex 3\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n" + NOTE
    )


def test_extra_data_of_a_proof_file_is_passed_over() -> None:
    text = notes.tlog_proof(3, [], NOTE).replace("index", "extra QQ==\nindex")
    assert notes.parse_tlog_proof(text).index == 3


@pytest.mark.parametrize(
    "text",
    [
        notes.tlog_proof(3, [ROOT[:31]], NOTE),
        notes.tlog_proof(3, [ROOT] * 64, NOTE),
        notes.tlog_proof(3, [], NOTE).replace("v1", "v2"),
        notes.tlog_proof(3, [], NOTE).replace("index 3", "index 03"),
        notes.tlog_proof(3, [], NOTE).replace("index 3\n", ""),
        notes.tlog_proof(3, [], "no note"),
    ],
)
def test_a_proof_file_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(NoteMalformed):
        notes.parse_tlog_proof(text)
