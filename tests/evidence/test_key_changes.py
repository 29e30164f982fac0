"""A key is replaced with an overlap or revoked for ever; the log tells of each published list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command
from pytest_django import Settings

from evidence import clock, key_changes, notes, sealing
from evidence.actors import SYSTEM
from evidence.canonical import Json, utc_text
from evidence.digests import digest_of
from evidence.errors import KeyMissing, KeyRevoked, KeyUnknown, SignatureInvalid
from evidence.models import Checkpoint, LedgerEntry
from evidence.publickeys import KeyUse
from evidence.signing import (
    active_key,
    load_certificate,
    load_log_signers,
    load_signer,
    load_tsa_key,
    published_entries,
    published_keys,
)
from registry import installation
from tests.evidence import openssl

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SIGNING = (KeyUse.ATTEST, KeyUse.PACK, KeyUse.LOG)


@pytest.fixture
def keys(key_folder: Path, tmp_path: Path, settings: Settings) -> Path:
    """A copy of the keys of the session, which may be changed."""
    settings.KEYS_DIR = Path(copytree(key_folder, tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    def move(by: timedelta) -> None:
        moment = clock.now() + by
        monkeypatch.setattr(clock, "now", lambda: moment)

    return move


def rotate(use: KeyUse, overlap: timedelta = timedelta(0)) -> tuple[str, str]:
    return key_changes.rotate(use, overlap=overlap, actor=SYSTEM)


def revoke(use: KeyUse, since: datetime | None = None) -> str:
    key_id = str(active_key(use)["key_id"])
    key_changes.revoke(key_id, reason="A copy was found", compromised_since=since, actor=SYSTEM)
    return key_id


def entry_of(key_id: str) -> dict[str, Json]:
    return next(entry for entry in published_entries() if entry["key_id"] == key_id)


@pytest.mark.parametrize("use", SIGNING)
def test_a_new_key_signs_and_the_old_one_stays_published(keys: Path, use: KeyUse) -> None:
    before = clock.now()
    old, new = rotate(use, 30 * DAY)
    assert load_signer(use).key_id == new == active_key(use)["key_id"]
    retired = entry_of(old)
    assert retired["status"] == "retired"
    assert utc_text(before + 30 * DAY) <= str(retired["valid_to"]) <= utc_text(clock.now() + 30 * DAY)
    assert retired["revocation"] is None


def test_a_new_pack_or_time_key_has_a_certificate_by_the_root(keys: Path) -> None:
    for use in (KeyUse.PACK, KeyUse.TSA):
        before = load_certificate(use)
        _, new = rotate(use)
        assert load_certificate(use) != before
        pem = load_certificate(use).public_bytes(Encoding.PEM).decode()
        assert entry_of(new)["certificate_pem"] == pem
    openssl.run(keys, "openssl verify -CAfile ca.cert.pem pack.cert.pem tsa.cert.pem")


def test_a_new_root_issues_certificates_for_the_keys_in_use(keys: Path) -> None:
    pack = load_signer(KeyUse.PACK).key_id
    rotate(KeyUse.CA)
    assert load_signer(KeyUse.PACK).key_id == pack
    openssl.run(keys, "openssl verify -CAfile ca.cert.pem pack.cert.pem tsa.cert.pem")


def test_during_the_overlap_a_checkpoint_is_signed_by_both_log_keys(
    keys: Path, later: Callable[[timedelta], None]
) -> None:
    old_vkey = str(active_key(KeyUse.LOG)["vkey"])
    old, new = rotate(KeyUse.LOG, 30 * DAY)
    new_vkey = str(active_key(KeyUse.LOG)["vkey"])
    assert [signer.key_id for signer in load_log_signers()] == [new, old]
    checkpoint = sealing.seal()
    assert checkpoint is not None
    assert checkpoint.note.count("\n— ") == 2
    assert notes.verify_note(checkpoint.note, old_vkey) == notes.verify_note(checkpoint.note, new_vkey)

    later(31 * DAY)
    assert [signer.key_id for signer in load_log_signers()] == [new]
    rotate(KeyUse.ATTEST)
    after = sealing.seal()
    assert after is not None
    notes.verify_note(after.note, new_vkey)
    with pytest.raises(SignatureInvalid):
        notes.verify_note(after.note, old_vkey)


def test_the_old_private_key_of_the_log_goes_when_its_overlap_ends(
    keys: Path, later: Callable[[timedelta], None]
) -> None:
    old, _ = rotate(KeyUse.LOG, DAY)
    kept = keys / f"log-{old[:8]}.key.pem"
    assert kept.stat().st_mode & 0o777 == 0o600
    later(2 * DAY)
    installation.make_keys()
    assert not kept.exists()


def test_no_old_private_key_is_kept_where_nothing_signs_with_it(keys: Path) -> None:
    before = {path.name for path in keys.iterdir()}
    for use in KeyUse:
        rotate(use, timedelta(0) if use is KeyUse.LOG else DAY)
    assert {path.name for path in keys.iterdir()} == before


def test_a_missing_old_log_key_stops_sealing_and_is_named(keys: Path) -> None:
    old, _ = rotate(KeyUse.LOG, DAY)
    (keys / f"log-{old[:8]}.key.pem").unlink()
    with pytest.raises(KeyMissing, match=f"log-{old[:8]}"):
        sealing.seal()


def test_the_log_names_each_list_that_was_published(keys: Path) -> None:
    rotate(KeyUse.ATTEST)
    rotated = f"keys:{digest_of(published_keys())}"
    revoke(KeyUse.ATTEST)
    revoked = f"keys:{digest_of(published_keys())}"
    entries = LedgerEntry.objects.order_by("id").values_list("kind", "subject")
    assert list(entries) == [("keys.rotated", rotated), ("keys.revoked", revoked)]
    installation.make_keys()
    assert LedgerEntry.objects.count() == 2


def test_nothing_is_signed_with_a_revoked_key(keys: Path) -> None:
    for use in SIGNING:
        revoke(use)
        with pytest.raises(KeyRevoked) as refused:
            load_signer(use)
        assert f"rotate_key {use}" in str(refused.value.next_step)
    revoke(KeyUse.TSA)
    with pytest.raises(KeyRevoked):
        load_tsa_key()
    assert not Checkpoint.objects.exists()
    with pytest.raises(KeyRevoked):
        sealing.seal()


def test_after_a_revocation_a_new_key_signs_alone(keys: Path) -> None:
    old = revoke(KeyUse.LOG)
    _, new = rotate(KeyUse.LOG, 30 * DAY)
    assert [signer.key_id for signer in load_log_signers()] == [new]
    assert entry_of(old)["status"] == "revoked"
    assert not (keys / f"log-{old[:8]}.key.pem").exists()


def test_a_key_revoked_during_its_overlap_signs_no_more(keys: Path) -> None:
    old, new = rotate(KeyUse.LOG, 30 * DAY)
    key_changes.revoke(old, reason="A copy was found", actor=SYSTEM)
    assert [signer.key_id for signer in load_log_signers()] == [new]


def test_a_revocation_says_when_why_and_since_when(keys: Path) -> None:
    since = clock.now() - DAY
    key_id = revoke(KeyUse.PACK, since)
    entry = entry_of(key_id)
    assert (entry["status"], entry["valid_to"] is None) == ("revoked", False)
    assert entry["revocation"] == {
        "revoked_at": entry["valid_to"],
        "reason": "A copy was found",
        "compromised_since": utc_text(since),
    }


def test_without_a_time_a_key_was_compromised_from_its_beginning(keys: Path) -> None:
    entry = entry_of(revoke(KeyUse.PACK))
    assert isinstance(entry["revocation"], dict)
    assert entry["revocation"]["compromised_since"] == entry["valid_from"]


def test_a_revocation_reaches_further_back_and_never_less_far(keys: Path) -> None:
    moment = clock.now()
    key_id = revoke(KeyUse.ATTEST, moment - DAY)
    with pytest.raises(KeyRevoked, match="compromised since"):
        key_changes.revoke(key_id, reason="Less", compromised_since=moment, actor=SYSTEM)
    key_changes.revoke(key_id, reason="Earlier", compromised_since=moment - 2 * DAY, actor=SYSTEM)
    revocation = entry_of(key_id)["revocation"]
    assert isinstance(revocation, dict)
    assert revocation["compromised_since"] == utc_text(moment - 2 * DAY)


def test_setting_up_again_revives_no_revoked_key(keys: Path) -> None:
    key_id = revoke(KeyUse.ATTEST)
    installation.make_keys()
    assert entry_of(key_id)["status"] == "revoked"


def test_an_unknown_key_is_refused_and_nothing_is_written(keys: Path) -> None:
    before = (keys / "keys.json").read_bytes()
    with pytest.raises(KeyUnknown, match="0000"):
        key_changes.revoke("0" * 64, reason="A copy was found", actor=SYSTEM)
    assert (keys / "keys.json").read_bytes() == before
    assert not LedgerEntry.objects.exists()


def test_a_key_file_that_is_not_the_published_one_signs_nothing(keys: Path) -> None:
    (keys / "attest.key.pem").write_bytes((keys / "pack.key.pem").read_bytes())
    with pytest.raises(KeyMissing, match="calls active"):
        load_signer(KeyUse.ATTEST)


def test_the_commands_rotate_and_revoke(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rotate_key", "log", "--overlap-days=7")
    key_id = str(active_key(KeyUse.PACK)["key_id"])
    spaced = " ".join(key_id[at : at + 4] for at in range(0, 64, 4))
    call_command(
        "revoke_key", spaced, "--reason=A copy was found", "--compromised-since=2026-01-02T03:04:05Z"
    )
    said = capsys.readouterr().out
    assert str(active_key(KeyUse.LOG)["key_id"]) in said
    assert "compromised since 2026-01-02 03:04:05 UTC" in said
    assert "rotate_key pack" in said
    assert set(LedgerEntry.objects.values_list("kind", "actor_id")) == {
        ("keys.rotated", "operator"),
        ("keys.revoked", "operator"),
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("rotate_key", "log", "--overlap-days=-1"),
        ("rotate_key", "mail"),
        ("revoke_key", "1234", "--reason=A copy was found"),
        ("revoke_key", "1234", "--reason= "),
        ("revoke_key", "1234", "--reason=A", "--compromised-since=yesterday"),
        ("revoke_key", "1234", "--reason=A", "--compromised-since=2026-02-30T00:00:00Z"),
        ("revoke_key", "1234", "--reason=A", "--compromised-since=2026-01-02T03:04:05"),
        ("revoke_key", "1234", "--reason=A", "--compromised-since=2999-01-01T00:00:00Z"),
    ],
)
def test_a_wrong_call_changes_nothing(keys: Path, arguments: tuple[str, ...]) -> None:
    before = (keys / "keys.json").read_bytes()
    with pytest.raises(CommandError):
        call_command(*arguments)
    assert (keys / "keys.json").read_bytes() == before
