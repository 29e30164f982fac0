"""Tokens are by the authority in force, over the bytes given, and are refused otherwise."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import tsp  # type: ignore[import-untyped]  # it ships no types
from pytest_django import Settings

from evidence import timestamps
from evidence.errors import TimestampFailed
from tests.evidence.time_authority import authority, local_reply

Reply = Callable[[bytes], bytes]


def reply_to_another(query: bytes) -> bytes:
    request = tsp.TimeStampReq.load(query)
    request["message_imprint"]["hashed_message"] = bytes(32)
    return bytes(timestamps._ask_local(request).dump())


def replay(query: bytes) -> bytes:
    request = tsp.TimeStampReq.load(query)
    request["nonce"] = 1
    return bytes(timestamps._ask_local(request).dump())


def refusal(_: bytes) -> bytes:
    status = {"status": "rejection", "status_string": ["closed today"]}
    return bytes(timestamps.Reply({"status": status}).dump())


def openssl_verify(folder: Path, keys: Path, data: bytes, token: bytes) -> str:
    (folder / "data").write_bytes(data)
    (folder / "seal.tsr").write_bytes(token)
    chain = (keys / "tsa.cert.pem").read_bytes() + (keys / "ca.cert.pem").read_bytes()
    (folder / "tsa-chain.pem").write_bytes(chain)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "seal.tsr"]
    command += ["-CAfile", str(keys / "ca.cert.pem"), "-untrusted", "tsa-chain.pem"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout.strip()


def test_openssl_accepts_the_local_token(tmp_path: Path, key_folder: Path) -> None:
    token = timestamps.timestamp(b"seal")
    assert openssl_verify(tmp_path, key_folder, b"seal", token) == "Verification: OK"
    assert openssl_verify(tmp_path, key_folder, b"other", token) == "Verification: FAILED"


def test_the_token_carries_nonce_policy_and_both_certificates() -> None:
    token = tsp.TimeStampResp.load(timestamps.timestamp(b"seal"))["time_stamp_token"]["content"]
    info = token["encap_content_info"]["content"].parsed
    assert info["nonce"].native is not None
    assert info["policy"].dotted == timestamps.LOCAL_POLICY
    assert len(token["certificates"]) == 2


def test_the_external_authority_is_asked_over_http(
    settings: Settings, tmp_path: Path, key_folder: Path
) -> None:
    assert timestamps.time_authority() == "self-issued"
    with authority(local_reply) as server:
        settings.TSA_URL = server.url
        assert timestamps.time_authority() == "external"
        token = timestamps.timestamp(b"seal")
    assert openssl_verify(tmp_path, key_folder, b"seal", token) == "Verification: OK"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (reply_to_another, "other bytes"),
        (replay, "another request"),
        (refusal, "closed today"),
        pytest.param(lambda _: b"", "no usable answer", id="nothing"),
        pytest.param(lambda _: b"<html>", "no usable answer", id="a page"),
        pytest.param(lambda _: b"0\x820", "no usable answer", id="a part"),
    ],
)
def test_an_unfit_answer_is_refused(settings: Settings, reply: Reply, said: str) -> None:
    with authority(reply) as server:
        settings.TSA_URL = server.url
        with pytest.raises(TimestampFailed, match=said) as failed:
            timestamps.timestamp(b"seal")
    assert server.asked == 1
    assert server.host in failed.value.detail
    assert "TSA_URL" in str(failed.value.next_step)
