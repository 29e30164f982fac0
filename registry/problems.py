"""What was refused, as one shape for API and pages (RFC 9457)."""

from dataclasses import dataclass, field
from typing import Any

from evidence.errors import BenchsealError
from evidence.names import NAMESPACE


@dataclass(frozen=True)
class Problem:
    """A refusal: `errors` name each field by JSON pointer, `extra` holds further members."""

    code: str
    status: int
    title: str
    detail: str
    errors: list[dict[str, Any]] = field(default_factory=list)
    next_step: str = ""
    request_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The problem document."""
        body: dict[str, Any] = {
            "type": f"{NAMESPACE}/problem/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.errors:
            body["errors"] = self.errors
        if self.next_step:
            body["next_step"] = self.next_step
        if self.request_id:
            body["request_id"] = self.request_id
        return {**self.extra, **body}


def from_error(error: BenchsealError, request_id: str = "") -> Problem:
    """The problem that a fact raised by a step stands for."""
    extra = dict(error.extra)
    errors = extra.pop("errors", None)
    if errors is None and error.pointer is not None:
        errors = [{"pointer": error.pointer, "detail": error.detail, "code": error.code}]
    return Problem(
        code=error.code,
        status=error.status,
        title=error.title,
        detail=error.detail,
        errors=errors if isinstance(errors, list) else [],
        next_step=error.next_step or "",
        request_id=request_id,
        extra=extra,
    )
