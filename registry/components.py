"""The values the page components show, as frozen dataclasses; must never query, translate or decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

STATE_ICONS: Final = {
    "pass": "pass",
    "fail": "fail",
    "waived": "waived",
    "flag": "flag",
    "untested": "untested",
    "voided": "voided",
    "open": "open",
    "wait": "wait",
}
"""Kind of a state to its icon; the kind is also the CSS class that carries the colour."""

STATE_ALIASES: Final = {"not_tested": "untested", "no_data": "untested", "waiting": "wait"}

ORIGIN_ICONS: Final = {"file": "file", "uploader": "user", "missing": "untested"}

NOTICE_ICONS: Final = {**STATE_ICONS, "info": "info"}

MESSAGE_KINDS: Final = {
    "debug": "wait",
    "info": "open",
    "success": "pass",
    "warning": "flag",
    "error": "fail",
}
"""Level of a Django message to the kind of the notice that shows it."""

PRINT_COLOURS: Final = {
    "pass": "#17653f",
    "fail": "#b0241c",
    "waived": "#64409a",
    "flag": "#845000",
    "untested": "#49515e",
    "voided": "#952460",
    "open": "#1d4a86",
    "wait": "#49515e",
    "": "#1d4a86",
}
"""Ink of each state on paper: the light tokens, for drawings that no stylesheet reaches."""


class UnknownKind(ValueError):
    """The kind has no icon and no colour, so it cannot be shown as a state."""


def state_kind(kind: str) -> str:
    """Return the kind whose icon and colour show `kind`; raises `UnknownKind`."""
    known = STATE_ALIASES.get(str(kind), str(kind))
    if known not in STATE_ICONS:
        raise UnknownKind(kind)
    return known


class ProgressState(StrEnum):
    """Where a job stands, as a reader sees it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A counted job. `total` of zero means that the count is not known yet.

    `poll_url` answers with the same component and is asked every two seconds while the job waits
    or runs. A failure keeps `failure` and `next_step` until they are read.
    """

    title: str
    state: ProgressState
    step: str = ""
    done: int = 0
    total: int = 0
    poll_url: str = ""
    result_url: str = ""
    result_words: str = ""
    failure: str = ""
    next_step: str = ""
    next_url: str = ""

    @property
    def is_live(self) -> bool:
        """Whether the page keeps asking."""
        return self.state in (ProgressState.WAITING, ProgressState.RUNNING) and bool(self.poll_url)

    @property
    def count(self) -> str:
        """The count in words: `31 of 58`."""
        return f"{self.done} of {self.total}" if self.total else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event: what happened, on what, by whom and through which channel, at which second."""

    what: str
    at: datetime
    who: str = ""
    detail: str = ""
    reason: str = ""
    kind: str = ""
    icon: str = ""
    url: str = ""

    @property
    def shown_icon(self) -> str:
        """The given icon, or the one of the kind, or a file."""
        return self.icon or STATE_ICONS.get(self.kind, "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRow:
    """One line of a voided signature's diff. An empty `now` means that both sides are `signed`."""

    what: str
    signed: str
    now: str = ""
    signed_digest: str = ""
    now_digest: str = ""
    is_changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureBlock:
    """One stage as a signature shows it: open, signed, declined or voided with its diff."""

    kind: str
    word: str
    stage: str
    name: str
    role: str
    meaning: str = ""
    facts: tuple[str, ...] = ()
    signed_at: datetime | None = None
    methods: str = ""
    manifest_digest: str = ""
    voided_at: datetime | None = None
    voided_why: str = ""
    signed_as: str = "Signed"
    now_as: str = "Now"
    diff: tuple[DiffRow, ...] = ()
    anchor: str = ""

    @property
    def is_voided(self) -> bool:
        """Whether the meaning is struck out."""
        return self.kind == "voided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a rail: a stage, a term or an item of a short list."""

    words: str
    fact: str
    kind: str = ""
    icon: str = ""
    note: str = ""
    url: str = ""
    is_current: bool = False

    @property
    def shown_icon(self) -> str:
        """The given icon, or the one of the kind, or a clock."""
        return self.icon or STATE_ICONS.get(self.kind, "wait")
