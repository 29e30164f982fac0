import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from subprocess import CalledProcessError

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.canonical import Json, parse_record, utc_text
from evidence.errors import KeyMissing, OriginDiffers
from evidence.keymaking import make_keys
from evidence.notes import parse_vkey, public_raw
from evidence.publickeys import key_id_of, read_public_pem
from tests.evidence import openssl

ORIGIN = "bench.example/log"
OPERATOR = "Prüfstelle Nord"
NOW = datetime.now(UTC)

FILES = {
    "log.key.pem",
    "attest.key.pem",
    "pack.key.pem",
    "tsa.key.pem",
    "ca.key.pem",
    "pack.cert.pem",
    "tsa.cert.pem",
    "ca.cert.pem",
    "keys.json",
}


def make(directory: Path, *, origin: str = ORIGIN, operator: str = OPERATOR) -> list[str]:
    return make_keys(directory, origin=origin, operator=operator, now=NOW)


def entries_of(directory: Path) -> list[dict[str, Json]]:
    keys = parse_record((directory / "keys.json").read_bytes())["keys"]
    assert isinstance(keys, list)
    return [entry for entry in keys if isinstance(entry, dict)]


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("first") / "var" / "keys"
    assert set(make(directory)) == FILES
    return directory


@pytest.fixture
def made(first: Path, tmp_path: Path) -> Path:
    return Path(copytree(first, tmp_path / "keys"))


def test_nothing_else_is_left_in_the_folder(first: Path) -> None:
    assert {path.name for path in first.iterdir()} == FILES


def test_private_keys_are_for_the_owner_alone(first: Path) -> None:
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in first.glob("*.key.pem")}
    assert set(modes.values()) == {0o600}


def test_a_second_call_changes_nothing(made: Path) -> None:
    before = contents(made)
    assert make(made) == []
    assert contents(made) == before


def test_a_missing_certificate_is_made_again_and_no_key_is_touched(made: Path) -> None:
    before = contents(made)
    (made / "tsa.cert.pem").unlink()
    assert make(made) == ["tsa.cert.pem", "keys.json"]
    after = contents(made)
    assert {name for name in FILES if before[name] != after[name]} == {"tsa.cert.pem", "keys.json"}


def test_a_replaced_key_stays_published_as_retired(made: Path) -> None:
    before = {entry["use"]: entry for entry in entries_of(made)}
    (made / "attest.key.pem").unlink()
    assert make(made) == ["attest.key.pem", "keys.json"]
    attest = [entry for entry in entries_of(made) if entry["use"] == "attest"]
    assert [entry["status"] for entry in attest] == ["active", "retired"]
    assert attest[1] == {**before["attest"], "status": "retired", "valid_to": utc_text(NOW)}
    assert attest[0]["key_id"] != attest[1]["key_id"]


def test_a_replaced_root_issues_the_certificates_anew(made: Path) -> None:
    (made / "ca.key.pem").unlink()
    assert set(make(made)) == {
        "ca.key.pem",
        "ca.cert.pem",
        "pack.cert.pem",
        "tsa.cert.pem",
        "keys.json",
    }
    openssl.run(made, "openssl verify -CAfile ca.cert.pem pack.cert.pem tsa.cert.pem")


def test_another_origin_is_refused_and_nothing_is_written(made: Path) -> None:
    before = contents(made)
    with pytest.raises(OriginDiffers):
        make(made, origin="other.example/log")
    assert contents(made) == before


@pytest.mark.parametrize("content", [b"", b"no key"])
def test_a_damaged_private_key_is_named_and_never_replaced(made: Path, content: bytes) -> None:
    (made / "pack.key.pem").write_bytes(content)
    before = contents(made)
    with pytest.raises(KeyMissing, match=r"pack\.key\.pem"):
        make(made)
    assert contents(made) == before


def test_a_key_of_another_kind_is_named_and_never_replaced(made: Path) -> None:
    (made / "log.key.pem").write_bytes((made / "pack.key.pem").read_bytes())
    before = contents(made)
    with pytest.raises(KeyMissing, match="ed25519"):
        make(made)
    assert contents(made) == before


def test_processes_starting_together_make_one_set(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, [tmp_path / "keys"] * 4))
    assert sorted(len(names) for names in made) == [0, 0, 0, len(FILES)]


def test_the_published_list_names_each_key_by_its_id(first: Path) -> None:
    body = parse_record((first / "keys.json").read_bytes())
    assert body["type"] == "https://benchseal.dev/ns/keys/v1"
    assert (body["origin"], body["time_authority"]) == (ORIGIN, "self-issued")
    entries = entries_of(first)
    assert {entry["use"]: entry["algorithm"] for entry in entries} == {
        "log": "ed25519",
        "attest": "ecdsa-p256",
        "pack": "ecdsa-p256",
        "tsa": "rsa-3072",
        "ca": "ecdsa-p256",
    }
    for entry in entries:
        assert entry["key_id"] == key_id_of(read_public_pem(str(entry["public_key_pem"])))
        assert (entry["status"], entry["valid_to"]) == ("active", None)
        assert (entry["certificate_pem"] is None) == (entry["use"] in {"log", "attest"})


def test_the_key_id_is_what_openssl_computes(first: Path, tmp_path: Path) -> None:
    for entry in entries_of(first):
        (tmp_path / "public.pem").write_text(str(entry["public_key_pem"]))
        script = "openssl pkey -pubin -in public.pem -outform DER | sha256sum | cut -c 1-64"
        assert openssl.run(tmp_path, script).strip() == entry["key_id"]


def test_the_log_key_is_published_as_verifier_key(first: Path) -> None:
    entry = next(entry for entry in entries_of(first) if entry["use"] == "log")
    expected = (ORIGIN, public_raw(str(entry["public_key_pem"])))
    assert parse_vkey(str(entry["vkey"])) == expected


def test_no_private_key_is_published(first: Path) -> None:
    published = (first / "keys.json").read_text()
    for path in first.glob("*.key.pem"):
        assert load_pem_private_key(path.read_bytes(), password=None) is not None
        assert path.read_text().splitlines()[1] not in published
    assert "PRIVATE" not in published


@pytest.mark.parametrize(
    ("certificate", "purpose"),
    [("pack", "any"), ("pack", "smimesign"), ("tsa", "timestampsign")],
)
def test_openssl_accepts_each_certificate(first: Path, certificate: str, purpose: str) -> None:
    script = f"openssl verify -x509_strict -purpose {purpose} -CAfile ca.cert.pem {certificate}.cert.pem"
    assert openssl.run(first, script) == f"{certificate}.cert.pem: OK\n"


def test_openssl_refuses_the_seal_certificate_as_time_authority(first: Path) -> None:
    with pytest.raises(CalledProcessError):
        openssl.run(first, "openssl verify -purpose timestampsign -CAfile ca.cert.pem pack.cert.pem")


def test_openssl_verifies_a_cms_signature_by_the_pack_key(first: Path, tmp_path: Path) -> None:
    (tmp_path / "seal").write_bytes(b"sealed bytes")
    script = f"""
        openssl cms -sign -binary -in seal -signer {first}/pack.cert.pem \
            -inkey {first}/pack.key.pem -outform DER -out seal.p7s
        openssl cms -verify -binary -content seal -inform DER -in seal.p7s \
            -CAfile {first}/ca.cert.pem -purpose any -out /dev/null
    """
    assert "successful" in openssl.run(tmp_path, script)


def test_openssl_verifies_a_time_token_by_the_tsa_key(first: Path, tmp_path: Path) -> None:
    (tmp_path / "seal").write_bytes(b"sealed bytes")
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = local\n[local]\nserial = ./serial\ndefault_policy = 1.3.6.1.4.1.1\n"
        "digests = sha256\nsigner_digest = sha256\ness_cert_id_alg = sha256\n"
    )
    (tmp_path / "serial").write_text("01\n")
    script = f"""
        openssl ts -query -data seal -sha256 -cert -out request
        openssl ts -reply -config tsa.cnf -queryfile request -signer {first}/tsa.cert.pem \
            -inkey {first}/tsa.key.pem -out seal.tsr
        openssl ts -verify -data seal -in seal.tsr -CAfile {first}/ca.cert.pem
    """
    assert "Verification: OK" in openssl.run(tmp_path, script)


def test_the_tsa_certificate_has_time_stamping_alone_and_critical(first: Path) -> None:
    certificate = x509.load_pem_x509_certificate((first / "tsa.cert.pem").read_bytes())
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_the_root_is_named_after_the_operator_and_lasts_ten_years(first: Path) -> None:
    root = x509.load_pem_x509_certificate((first / "ca.cert.pem").read_bytes())
    name = root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name == f"{OPERATOR} Benchseal root"
    assert root.not_valid_after_utc - root.not_valid_before_utc == timedelta(days=3652)


def test_a_long_operator_name_is_shortened_to_what_x509_allows(tmp_path: Path) -> None:
    make(tmp_path / "keys", operator="Universität " * 20)
    openssl.run(tmp_path / "keys", "openssl verify -CAfile ca.cert.pem pack.cert.pem tsa.cert.pem")
