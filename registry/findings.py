"""What a check found in submitted evidence, as a value; it never decides what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["refuse", "flag", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about a submission, with its place and the next step.

    ``pointer`` is a JSON Pointer (RFC 6901) into ``file``; an empty ``file``
    means the submission document. "refuse" stops admission, "flag" is shown
    wherever the run is shown, "note" is information.
    """

    code: str
    severity: Severity
    message: str
    file: str
    pointer: str
    next_step: str

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain text fields, in the order people read them."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": self.file,
            "pointer": self.pointer,
            "next_step": self.next_step,
        }


def pointer_to(*parts: str | int) -> str:
    """Join reference tokens to a JSON Pointer (RFC 6901, section 3)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
