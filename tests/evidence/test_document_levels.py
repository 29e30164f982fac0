"""How long a document can be checked: the level reached, the reason told, and what pyHanko says of it."""

from __future__ import annotations

import asyncio
import shutil
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509  # type: ignore[import-untyped]  # it ships no types
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pytest_django import Settings

from evidence import clock, document_levels, key_changes, revocation_lists
from evidence.actors import SYSTEM
from evidence.document_levels import NO_LIST, NO_ROOT, OLD_LIST, level_at
from evidence.errors import TimestampFailed
from evidence.pades import sign_pdf
from evidence.publickeys import KeyUse
from evidence.signing import active_key, load_certificate
from tests.evidence.outside_time import OutsideAuthority, outside_authority
from tests.evidence.test_pades import plain
from tests.evidence.time_authority import authority

__all__ = ["plain"]

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> OutsideAuthority:
    return outside_authority(tmp_path_factory.mktemp("outside"))


@pytest.fixture
def own_keys(settings: Settings, key_folder: Path, tmp_path: Path) -> Path:
    """A copy of the keys of the session, which may be changed."""
    settings.KEYS_DIR = Path(shutil.copytree(key_folder, tmp_path / "keys"))
    return tmp_path / "keys"


def test_self_issued_time_is_said_to_be_and_still_lasts() -> None:
    found = level_at(clock.now())
    assert found.level == "B-LTA"
    assert "not called long-term" in found.reason


def test_without_the_root_key_no_list_can_be_made(own_keys: Path) -> None:
    (own_keys / "ca.key.pem").unlink()
    assert (level_at(clock.now()).level, level_at(clock.now()).reason) == ("B-T", NO_ROOT)


def test_an_outside_authority_needs_a_list_that_is_in_force(
    settings: Settings, outside: OutsideAuthority, tmp_path: Path
) -> None:
    now = clock.now()
    settings.TSA_URL, settings.TSA_CHAIN = "http://time.example/tsa", str(outside.chain)
    assert level_at(now).reason == NO_LIST
    settings.TSA_CRL = str(outside.revocation_list(tmp_path / "old.crl", until=now - HOUR))
    assert level_at(now).reason == OLD_LIST
    settings.TSA_CRL = str(outside.revocation_list(tmp_path / "new.crl", until=now + HOUR))
    assert level_at(now).level == "B-LTA"
    assert document_levels.OUTSIDE in level_at(now).reason


def signed_at(pdf: bytes, moment: datetime) -> bytes:
    return sign_pdf(pdf, reason="Issued by the operator", signed_at=moment, level="B-LTA")


def lasts(pdf: bytes, *roots: x509.Certificate) -> bool:
    """Validation with archival data (EN 319 102-1, 5.6.3), by what the document holds and nothing else."""
    trusted = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in roots]
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trusted),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    local = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, local))
    signature = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures[0]
    return asyncio.run(ades_lta_validation(signature, spec)).ades_subindic.status == AdESStatus.PASSED


def test_pyhanko_finds_a_document_that_lasts(plain: bytes) -> None:
    now = clock.now()
    own = load_certificate(KeyUse.CA)
    assert lasts(signed_at(plain, now), own)
    assert not lasts(sign_pdf(plain, reason="r", signed_at=now), own)


def test_a_document_with_outside_time_lasts(
    settings: Settings, outside: OutsideAuthority, plain: bytes, tmp_path: Path
) -> None:
    now = clock.now()
    with authority(outside.reply) as server:
        settings.TSA_URL, settings.TSA_CHAIN = server.url, str(outside.chain)
        settings.TSA_CRL = str(outside.revocation_list(tmp_path / "a.crl", until=now + HOUR))
        signed = signed_at(plain, now)
    assert lasts(signed, load_certificate(KeyUse.CA), outside.root)


def test_nothing_is_signed_with_time_by_a_revoked_certificate(
    settings: Settings, outside: OutsideAuthority, plain: bytes, tmp_path: Path
) -> None:
    now = clock.now()
    with authority(outside.reply) as server:
        settings.TSA_URL, settings.TSA_CHAIN = server.url, str(outside.chain)
        settings.TSA_CRL = str(outside.revocation_list(tmp_path / "a.crl", until=now + HOUR, revoked=True))
        with pytest.raises(TimestampFailed, match="was revoked") as failed:
            signed_at(plain, now)
    assert "TSA_CRL" in str(failed.value.next_step)


@pytest.mark.usefixtures("db")
def test_the_own_list_names_certificates_of_revoked_keys(own_keys: Path) -> None:
    since = clock.now() - HOUR
    serial = load_certificate(KeyUse.PACK).serial_number
    assert list(revocation_lists.own_list(clock.now())) == []
    key_changes.revoke(
        str(active_key(KeyUse.PACK)["key_id"]), reason="Stolen", compromised_since=since, actor=SYSTEM
    )
    (entry,) = revocation_lists.own_list(clock.now())
    assert (entry.serial_number, entry.revocation_date_utc) == (serial, since.replace(microsecond=0))
