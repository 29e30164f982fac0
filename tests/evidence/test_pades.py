"""The signed document is accepted by three implementations, and by none once a byte has changed."""

import re
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pytest_django import Settings

from evidence.errors import TimestampFailed
from evidence.pades import page_count, sign_pdf
from evidence.publickeys import KeyUse
from evidence.rendering import render_pdf
from evidence.signing import load_certificate

SIGNED_AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HTML = """<!doctype html><html lang="en"><title>T</title><style>
@font-face { font-family: Inter; src: url(fonts/inter-latin-400-normal.ttf) }
body { font-family: Inter }
</style><p>1<p style="break-before: page">2"""


@pytest.fixture(scope="module")
def plain() -> bytes:
    record = {"record.json": b'{"a":1}'}
    return render_pdf(HTML, attachments=record, created_at=SIGNED_AT, identifier="pack-1")


@pytest.fixture
def signed(settings: Settings, plain: bytes) -> bytes:
    return sign_pdf(plain, reason="Issued by the operator", signed_at=SIGNED_AT)


def validated(pdf: bytes) -> PdfSignatureStatus:
    der = load_certificate(KeyUse.CA).public_bytes(Encoding.DER)
    context = ValidationContext(trust_roots=[x509.Certificate.load(der)], allow_fetching=False)
    signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
    return validate_pdf_signature(signature, context, ts_validation_context=context)


def pdfsig(folder: Path, pdf: bytes) -> str:
    (folder / "signed.pdf").write_bytes(pdf)
    command = ["pdfsig", "-nocert", str(folder / "signed.pdf")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def openssl_verify(folder: Path, pdf: bytes, ca: Path) -> int:
    found = re.findall(rb"/ByteRange *\[(\d+) (\d+) (\d+) (\d+)\]", pdf)
    start, before, after, rest = map(int, found[-1])
    (folder / "signed").write_bytes(pdf[start:before] + pdf[after : after + rest])
    (folder / "cms.der").write_bytes(bytes.fromhex(pdf[before + 1 : after - 1].decode()))
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-binary", "-in", "cms.der"]
    command += ["-content", "signed", "-purpose", "any", "-CAfile", str(ca), "-out", "/dev/null"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_pyhanko_finds_a_certification_with_time_token_and_nothing_after(signed: bytes) -> None:
    status = validated(signed)
    assert status.bottom_line
    assert status.trusted
    assert status.modification_level is ModificationLevel.NONE
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.trusted
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def test_only_forms_may_be_filled_afterwards(signed: bytes) -> None:
    signature = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
    assert signature.docmdp_level is MDPPerm.FILL_FORMS
    assert signature.sig_object["/Reason"] == "Issued by the operator"
    assert signature.sig_object["/M"] == "D:20261122070000Z"


def test_pdfsig_and_openssl_accept_it(signed: bytes, tmp_path: Path, key_folder: Path) -> None:
    report = pdfsig(tmp_path, signed)
    assert "Signature is Valid" in report
    assert "ETSI.CAdES.detached" in report
    assert "Total document signed" in report
    assert openssl_verify(tmp_path, signed, key_folder / "ca.cert.pem") == 0


def test_a_flipped_byte_is_found_by_all(signed: bytes, tmp_path: Path, key_folder: Path) -> None:
    place = signed.index(b"Issued by the operator") if b"Issued by" in signed else 2000
    forged = signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
    assert not validated(forged).intact
    assert "Digest Mismatch" in pdfsig(tmp_path, forged)
    assert openssl_verify(tmp_path, forged, key_folder / "ca.cert.pem") != 0


def test_signing_appends_and_keeps_the_attachment(signed: bytes, plain: bytes, tmp_path: Path) -> None:
    assert signed.startswith(plain)
    assert page_count(signed) == 2
    (tmp_path / "signed.pdf").write_bytes(signed)
    command = ["pdfdetach", "-savefile", "record.json", "-o", "record.json", "signed.pdf"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert (tmp_path / "record.json").read_bytes() == b'{"a":1}'


def test_no_document_is_signed_without_time(settings: Settings, plain: bytes) -> None:
    settings.TSA_URL = "http://127.0.0.1:9/"
    with pytest.raises(TimestampFailed):
        sign_pdf(plain, reason="Issued by the operator", signed_at=SIGNED_AT)
