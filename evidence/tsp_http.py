"""Ask a time authority over HTTP (RFC 3161, section 3.4); what its answer says is not looked at here."""

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Final

from evidence.errors import TimestampFailed

# An authority that stays silent is given up after four attempts and three pauses: 67 seconds.
ATTEMPT_SECONDS: Final = 15.0
PAUSES: Final[tuple[float, ...]] = (1.0, 2.0, 4.0)
LONGEST_ANSWER: Final = 256 * 1024
PIECE: Final = 16 * 1024
SERVER_FAULT: Final = 500

LATER_STEP: Final = "Ask for the pack again when the authority answers; nothing was issued."
SETTING_STEP: Final = "Correct TSA_URL or ask the authority's operator, then ask for the pack again."


class _Unavailable(Exception):
    """No answer this time; the next attempt may get one."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token by whoever the authority points to is not one by the authority of the settings."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def ask(url: str, query: bytes) -> bytes:
    """The body of the answer to a DER TimeStampReq, at most 256 KiB.

    A connection that fails and a status from 500 on are tried again after 1, 2 and 4 seconds; any other
    status and a redirect are final. Raises ``TimestampFailed`` naming the host.
    """
    request = _request(url, query)
    for pause in PAUSES:
        try:
            return _attempt(url, request)
        except _Unavailable:
            time.sleep(pause)
    try:
        return _attempt(url, request)
    except _Unavailable as fault:
        raise failed(url, f"{fault}, {len(PAUSES) + 1} times", LATER_STEP) from fault


def failed(url: str, what: str, next_step: str) -> TimestampFailed:
    """The error that names the host, never the path or a password in the address."""
    return TimestampFailed(
        f"The time authority {host(url)} gave no usable answer: {what}.", next_step=next_step
    )


def host(url: str) -> str:
    """Host and port of the address."""
    # By hand: what cannot be parsed as an address has to be named as well.
    return url.partition("//")[2].partition("/")[0].rpartition("@")[2] or "without a host"


def _request(url: str, query: bytes) -> urllib.request.Request:
    if url.partition(":")[0] not in ("http", "https"):
        raise failed(url, "TSA_URL is neither http nor https", SETTING_STEP)
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        return urllib.request.Request(url, data=query, headers=headers)  # noqa: S310  # tested above
    except ValueError as fault:
        raise failed(url, f"TSA_URL is no address ({fault})", SETTING_STEP) from fault


def _attempt(url: str, request: urllib.request.Request) -> bytes:
    ends_at = time.monotonic() + ATTEMPT_SECONDS
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=ATTEMPT_SECONDS) as reply:
            return _read(reply, ends_at)
    except urllib.error.HTTPError as fault:
        fault.close()
        if fault.code >= SERVER_FAULT:
            raise _Unavailable(_status(fault)) from fault
        raise failed(url, _status(fault), SETTING_STEP) from fault
    except OSError as fault:
        raise _Unavailable(f"the connection failed ({getattr(fault, 'reason', fault)})") from fault
    except (HTTPException, ValueError) as fault:
        raise failed(url, f"it does not speak HTTP ({fault!r:.100})", SETTING_STEP) from fault


def _read(reply: IO[bytes], ends_at: float) -> bytes:
    """All of the body; a server that sends a byte now and then gets no more time than a silent one."""
    body = bytearray()
    while piece := reply.read1(PIECE):  # type: ignore[attr-defined]  # http.client.HTTPResponse has it
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise ValueError(f"more than {LONGEST_ANSWER} bytes")
        if time.monotonic() > ends_at:
            raise TimeoutError("timed out")
    return bytes(body)


def _status(fault: urllib.error.HTTPError) -> str:
    if fault.code // 100 == 3:
        return f"it redirects (HTTP status {fault.code}), which is not followed"
    return f"it answered with the HTTP status {fault.code}"
