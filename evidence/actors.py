"""Who does something, as text: the evidence layer knows no user table."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    """How a change came in (R-066)."""

    UI = "ui"
    API = "api"
    CLI = "cli"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """The acting person, service account or system; `id` enters leaves, `name` only payloads."""

    id: str
    name: str
    channel: Channel
    request_id: str = ""


SYSTEM = Actor(id="system", name="Benchseal", channel=Channel.SYSTEM)
