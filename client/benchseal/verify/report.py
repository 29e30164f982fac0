"""What a verification found, item by item; a report is only ever read, never acted on here."""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Final

MOST_ITEMS: Final = 500


class State(StrEnum):
    """What is known of one item."""

    OK = "ok"
    BAD = "bad"
    MISSING = "missing"
    UNCHECKED = "unchecked"


class Verdict(StrEnum):
    """The three answers; ``exit_code`` is what a program returns for each."""

    GENUINE = "genuine"
    BROKEN = "broken"
    ORIGIN_NOT_PROVED = "origin_not_proved"

    @property
    def exit_code(self) -> int:
        """0, 1 or 2."""
        return {Verdict.GENUINE: 0, Verdict.BROKEN: 1, Verdict.ORIGIN_NOT_PROVED: 2}[self]

    @property
    def words(self) -> str:
        """The verdict as people read it."""
        return "intact, origin not proved" if self is Verdict.ORIGIN_NOT_PROVED else self.value


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was looked at: where it belongs, its name, its state.

    ``reason`` is what was found, ``meaning`` what that says to a reader who is no engineer.
    """

    section: str
    name: str
    state: State
    reason: str
    meaning: str

    @property
    def is_fault(self) -> bool:
        """Whether this item alone breaks the pack."""
        return self.state in (State.BAD, State.MISSING)


@dataclass(frozen=True, slots=True)
class Check:
    """A question asked of a pack; ``good`` and ``wrong`` are its two answers for any reader."""

    section: str
    name: str
    good: str
    wrong: str

    def named(self, name: str) -> "Check":
        """The same question about one thing."""
        return replace(self, name=name)

    def ok(self, reason: str) -> Item:
        """It is as it should be."""
        return Item(self.section, self.name, State.OK, reason, self.good)

    def bad(self, reason: str) -> Item:
        """It is there and not as it should be."""
        return Item(self.section, self.name, State.BAD, reason, self.wrong)

    def missing(self, reason: str) -> Item:
        """It is not there."""
        return Item(self.section, self.name, State.MISSING, reason, self.wrong)

    def unchecked(self, reason: str) -> Item:
        """It could not be looked at."""
        meaning = "This was not checked, so nothing is known about it."
        return Item(self.section, self.name, State.UNCHECKED, reason, meaning)

    def faults_or_ok(self, faults: list[Item], reason: str) -> list[Item]:
        """The faults, at most ``MOST_ITEMS`` and how many more; without any, one good item."""
        if not faults:
            return [self.ok(reason)]
        rest = len(faults) - MOST_ITEMS
        more = [self.bad(f"{rest} further items of this check are at fault.")] if rest > 0 else []
        return faults[:MOST_ITEMS] + more


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What the pack says of itself, as far as it could be read; an empty text is unknown."""

    human_id: str = ""
    id: str = ""
    version: int | None = None
    scope: str = ""
    release: str = ""
    title: str = ""
    state: str = ""
    made_at: str = ""
    made_by: str = ""
    sealed_at: str = ""
    time_authority: str = ""
    record_digest: str = ""
    zip_digest: str = ""
    zip_size: int = 0
    pack_key: str = ""
    log_origin: str = ""
    log_size: int | None = None
    supersedes: str = ""
    software: str = ""
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict, everything it rests on, and what the pack says of itself."""

    verdict: Verdict
    items: tuple[Item, ...]
    pack: PackFacts

    @property
    def exit_code(self) -> int:
        """0 genuine, 1 broken, 2 intact but origin not proved."""
        return self.verdict.exit_code

    def as_dict(self) -> dict[str, object]:
        """The report as plain values for JSON: verdict, words, exit_code, items, pack."""
        return {
            "verdict": self.verdict.value,
            "words": self.verdict.words,
            "exit_code": self.exit_code,
            "items": [{**asdict(item), "state": item.state.value} for item in self.items],
            "pack": asdict(self.pack),
        }

    @property
    def faults(self) -> tuple[Item, ...]:
        """The items that break the pack."""
        return tuple(item for item in self.items if item.is_fault)


class Flaw(Exception):
    """Something read from a pack is not what it has to be; its text is the reason."""
