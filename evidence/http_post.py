"""Send bytes to a web address once and read a short answer; what the answer says is not looked at here."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Final

PIECE: Final = 16 * 1024
SERVER_FAULT: Final = 500


class NotTaken(Exception):
    """The address did not take what was sent; the text is what happened."""


class Unavailable(NotTaken):
    """No answer this time; the next attempt may get one."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What was meant for one address is never sent to another that it points to."""

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


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float, longest: int) -> bytes:
    """The body of the answer, at most `longest` bytes, within `seconds`.

    Raises `Unavailable` for a connection that fails and a status from 500 on; `NotTaken` for any other
    status that is no success, for a redirect, and for an address that is not one of http or https.
    """
    request = _request(url, body, headers)
    ends_at = time.monotonic() + seconds
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=seconds) as reply:
            return _read(reply, ends_at, longest)
    except urllib.error.HTTPError as fault:
        fault.close()
        raise (Unavailable if fault.code >= SERVER_FAULT else NotTaken)(_status(fault)) from fault
    except OSError as fault:
        raise Unavailable(f"the connection failed ({getattr(fault, 'reason', fault)})") from fault
    except (HTTPException, ValueError) as fault:
        raise NotTaken(f"it does not speak HTTP ({fault!r:.100})") from fault


def host(url: str) -> str:
    """Host and port of the address, never the path or a password in it."""
    # By hand: what cannot be parsed as an address has to be named as well.
    return url.partition("//")[2].partition("/")[0].rpartition("@")[2] or "without a host"


def _request(url: str, body: bytes, headers: Mapping[str, str]) -> urllib.request.Request:
    if url.partition(":")[0] not in ("http", "https"):
        raise NotTaken("its address is neither http nor https")
    try:
        return urllib.request.Request(url, data=body, headers=dict(headers))  # noqa: S310  # tested above
    except ValueError as fault:
        raise NotTaken(f"its address cannot be read ({fault})") from fault


def _read(reply: IO[bytes], ends_at: float, longest: int) -> bytes:
    """All of the body; a server that sends a byte now and then gets no more time than a silent one."""
    body = bytearray()
    while piece := reply.read1(PIECE):  # type: ignore[attr-defined]  # http.client.HTTPResponse has it
        body += piece
        if len(body) > longest:
            raise ValueError(f"more than {longest} bytes")
        if time.monotonic() > ends_at:
            raise TimeoutError("timed out")
    return bytes(body)


def _status(fault: urllib.error.HTTPError) -> str:
    if fault.code // 100 == 3:
        return f"it redirects (HTTP status {fault.code}), which is not followed"
    return f"it answered with the HTTP status {fault.code}"
