"""Ask a time authority over HTTP (RFC 3161, section 3.4); what its answer says is not looked at here."""

import time
from typing import Final

from evidence import http_post
from evidence.errors import TimestampFailed

# An authority that stays silent is given up after four attempts and three pauses: 67 seconds.
ATTEMPT_SECONDS: Final = 15.0
PAUSES: Final[tuple[float, ...]] = (1.0, 2.0, 4.0)
LONGEST_ANSWER: Final = 256 * 1024
HEADERS: Final = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}

LATER_STEP: Final = "Ask for the pack again when the authority answers; nothing was issued."
SETTING_STEP: Final = "Correct TSA_URL or ask the authority's operator, then ask for the pack again."


def ask(url: str, query: bytes) -> bytes:
    """The body of the answer to a DER TimeStampReq, at most 256 KiB.

    A connection that fails and a status from 500 on are tried again after 1, 2 and 4 seconds; any other
    status and a redirect are final. Raises ``TimestampFailed`` naming the host.
    """
    for pause in PAUSES:
        try:
            return _attempt(url, query)
        except http_post.Unavailable:
            time.sleep(pause)
    try:
        return _attempt(url, query)
    except http_post.Unavailable as fault:
        raise failed(url, f"{fault}, {len(PAUSES) + 1} times", LATER_STEP) from fault


def failed(url: str, what: str, next_step: str) -> TimestampFailed:
    """The error that names the host, never the path or a password in the address."""
    return TimestampFailed(
        f"The time authority {http_post.host(url)} gave no usable answer: {what}.", next_step=next_step
    )


def _attempt(url: str, query: bytes) -> bytes:
    try:
        return http_post.post(url, query, HEADERS, seconds=ATTEMPT_SECONDS, longest=LONGEST_ANSWER)
    except http_post.Unavailable:
        raise
    except http_post.NotTaken as fault:
        raise failed(url, str(fault), SETTING_STEP) from fault
