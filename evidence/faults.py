"""What verification finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written: where, and what is wrong."""

    where: str
    what: str
