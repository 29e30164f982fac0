"""Time tokens (RFC 3161) of the configured authority or the local one; none is taken unchecked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

from asn1crypto import cms, tsp, x509  # type: ignore[import-untyped]  # it ships no types
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from pyhanko.keys.internal import translate_pyca_cryptography_key_to_asn1
from pyhanko.sign.timestamps import DummyTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence import clock, tsp_http
from evidence.digests import sha256_raw
from evidence.errors import TimestampFailed
from evidence.publickeys import KeyUse
from evidence.signing import load_certificate, load_tsa_key

GRANTED: Final = ("granted", "granted_with_mods")
# The policy of the local authority: time of the host's clock, for evidence packs alone.
# An OID under 2.25 (ITU-T X.667) needs no registration.
LOCAL_POLICY: Final = "2.25.52900853265172541203947881919888646041"

Answer = Callable[[tsp.TimeStampReq], tsp.TimeStampResp]


class Reply(tsp.TimeStampResp):  # type: ignore[misc]  # asn1crypto ships no types
    """A response that may be a refusal, which has no token (RFC 3161, section 2.4.2)."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class CheckedTimeStamper(TimeStamper):
    """A time authority for pyHanko whose every answer is compared with what was asked."""

    def __init__(self, ask: Answer) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]  # pyHanko
        self.ask = ask

    def answer(self, request: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """The response; raises ``TimestampFailed`` unless it grants a token for this request."""
        try:
            response = self.ask(request)
            refuse_other_token(request, response)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
            raise _failed(problem) from problem
        return response

    def request_for(self, data: bytes) -> tsp.TimeStampReq:
        """A request over SHA-256 of ``data``."""
        _, request = self.request_cms(sha256_raw(data), "sha256")  # type: ignore[no-untyped-call]  # pyHanko
        return request

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """pyHanko's entry; same as ``answer``."""
        return self.answer(req)


class LocalAuthority(DummyTimeStamper):
    """pyHanko's responder under a policy of our own."""

    def _build_tst_info(
        self, message_imprint: tsp.MessageImprint, dt: datetime, req: tsp.TimeStampReq
    ) -> tsp.TSTInfo:
        info = super()._build_tst_info(message_imprint, dt, req)
        info["policy"] = LOCAL_POLICY
        return info


def timestamp(data: bytes) -> bytes:
    """DER TimeStampResp over SHA-256 of ``data`` (RFC 3161, section 2.4).

    The token carries a nonce and the authority's certificates. Raises ``TimestampFailed``, and
    ``KeyMissing`` where files of the local authority are missing.
    """
    authority = timestamper()
    return bytes(authority.answer(authority.request_for(data)).dump())


def timestamper() -> CheckedTimeStamper:
    """The authority in force, in the form pyHanko embeds tokens with."""
    return CheckedTimeStamper(_ask_external if settings.TSA_URL else _ask_local)


def time_authority() -> Literal["self-issued", "external"]:
    """Whether time is vouched for by this installation's operator or by somebody else."""
    return "external" if settings.TSA_URL else "self-issued"


def refuse_other_token(request: tsp.TimeStampReq, response: tsp.TimeStampResp) -> None:
    """Raises ``ValueError`` for a refusal or a token of another request (RFC 3161, 2.4.2)."""
    status = response["status"]
    if status["status"].native not in GRANTED:
        said = "; ".join(status["status_string"].native or ["no reason given"])
        raise ValueError(f"it refused ({status['status'].native}: {said})")
    info = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    if (
        info["message_imprint"]["hashed_message"].native
        != request["message_imprint"]["hashed_message"].native
    ):
        raise ValueError("its token is for other bytes")
    if info["message_imprint"]["hash_algorithm"]["algorithm"].native != "sha256":
        raise ValueError("its token does not use SHA-256")
    if info["nonce"].native != request["nonce"].native:
        raise ValueError("its token answers another request")


def _ask_local(request: tsp.TimeStampReq) -> tsp.TimeStampResp:
    certificate, ca = (
        x509.Certificate.load(load_certificate(use).public_bytes(Encoding.DER))
        for use in (KeyUse.TSA, KeyUse.CA)
    )
    authority = LocalAuthority(
        certificate,
        translate_pyca_cryptography_key_to_asn1(load_tsa_key()),
        certs_to_embed=SimpleCertificateStore.from_certs([ca]),  # type: ignore[no-untyped-call]  # pyHanko
        fixed_dt=clock.now().astimezone(UTC),
    )
    return authority.request_tsa_response(request)


def _ask_external(request: tsp.TimeStampReq) -> tsp.TimeStampResp:
    return Reply.load(tsp_http.ask(settings.TSA_URL, request.dump()), strict=True)


def _failed(problem: Exception) -> TimestampFailed:
    said = str(problem) or type(problem).__name__
    if settings.TSA_URL:
        return tsp_http.failed(settings.TSA_URL, said, tsp_http.SETTING_STEP)
    return TimestampFailed(
        f"The local time authority gave no usable answer: {said}.",
        next_step="Check tsa.key.pem and tsa.cert.pem in KEYS_DIR, then ask for the pack again.",
    )
