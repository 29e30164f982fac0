"""What every document says of its own seal: digests to compare, keys, time, and the address as a QR code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from approvals.document_sections.papers import Papers

SEAL_MEANING: Final = (
    "The seal is made by the operator of this installation. It shows that the named person authenticated "
    "and confirmed; it is not made with that person's own key."
)
SELF_ISSUED: Final = (
    "Time is self-issued: the operator also runs the time authority. It proves order, not outside time, "
    "and is not called long-term."
)
EXTERNAL: Final = "An outside time authority vouches for the time of the seal."
KEY_LIST: Final = "/.well-known/benchseal-keys.json"


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one path: each module is one unit, rows are drawn from left to right."""

    size: int
    path: str


def seal_facts(papers: Papers, verify_url: str) -> dict[str, Any]:
    """The parts of a template's context that the cover and the last sections print."""
    parts = urlsplit(verify_url)
    return {
        "record_digest": papers.digest.removeprefix("sha256:"),
        "qr": qr_of(verify_url),
        "verify_url": verify_url,
        "key_list": f"{parts.scheme}://{parts.netloc}{KEY_LIST}",
        "seal_meaning": SEAL_MEANING,
        "time_note": SELF_ISSUED if papers.pack["time_authority"] == "self-issued" else EXTERNAL,
        "keys": [(use, str(papers.pack["keys"][use])) for use in ("pack", "attest", "log", "tsa")],
    }


def qr_of(text: str) -> QrCode:
    """A QR code of `text`, error correction M (ISO/IEC 18004), without its quiet zone."""
    code = qrcode.QRCode(border=0, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark
    )
    return QrCode(len(matrix), path)
