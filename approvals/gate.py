"""What one rule says about a release: pass, fail, waived or flag, with the reason and the next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from approvals.criteria import Verdict


class GateState(StrEnum):
    """What a gate says."""

    PASS = "pass"  # noqa: S105  # reason: the state of a gate
    FAIL = "fail"
    WAIVED = "waived"
    FLAG = "flag"


@dataclass(frozen=True)
class Gate:
    """One rule's answer. `facts` are dates and numbers as text, never ages."""

    code: str
    name: str
    state: GateState
    reason: str
    next_step: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None

    def as_dict(self) -> dict[str, Any]:
        """The canonical form that decision views and API answers hold."""
        return {
            "code": self.code,
            "name": self.name,
            "state": str(self.state),
            "reason": self.reason,
            "next_step": self.next_step,
            "facts": dict(self.facts),
        }


def failing(code: str, name: str, reason: str, next_step: str) -> Gate:
    """A failing gate with its reason and next step."""
    return Gate(code, name, GateState.FAIL, reason, next_step)
