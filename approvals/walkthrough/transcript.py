"""Every request of a walkthrough, for machines and for readers; passwords and secrets never enter it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

MASK: Final = "(masked)"
MASKED_MEMBERS: Final = frozenset({"password", "repeated", "secret", "code", "csrfmiddlewaretoken"})
LONGEST: Final = 1200


@dataclass(frozen=True)
class Exchange:
    """One request and what came back."""

    step: str
    who: str
    method: str
    path: str
    status: int
    request: Any
    response: Any


@dataclass
class Transcript:
    """What was asked and answered, in order; each secret is known before it is written."""

    exchanges: list[Exchange] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    step: str = ""

    def begin(self, name: str) -> None:
        """Everything from here on belongs to this step."""
        self.step = name

    def say(self, sentence: str) -> None:
        """A fact of the step that is no request."""
        self.notes.append((self.step, self.hide(sentence)))

    def add(self, who: str, method: str, path: str, status: int, request: Any, response: Any) -> None:
        """One exchange, masked."""
        bodies = (self._masked(request), self._masked(response))
        self.exchanges.append(Exchange(self.step, who, method, self.hide(path), status, *bodies))

    def hide(self, text: str) -> str:
        """The text without any known secret."""
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text

    def write(self, folder: Path) -> None:
        """`transcript.jsonl` and `transcript.md`."""
        lines = (json.dumps(asdict(one), ensure_ascii=False) for one in self.exchanges)
        (folder / "transcript.jsonl").write_text(self.hide("".join(f"{line}\n" for line in lines)))
        (folder / "transcript.md").write_text(self.hide(self._readable()))

    def _masked(self, value: Any) -> Any:
        match value:
            case dict():
                return {
                    key: MASK if key in MASKED_MEMBERS and isinstance(inner, str) else self._masked(inner)
                    for key, inner in value.items()
                }
            case list():
                return [self._masked(inner) for inner in value]
            case str():
                return self.hide(value)
            case _:
                return value

    def _readable(self) -> str:
        parts = ["# From a received run to a pack that anyone checks\n"]
        for step in dict.fromkeys(one.step for one in self.exchanges):
            parts.append(f"\n## {step}\n")
            parts += [f"\n{sentence}\n" for name, sentence in self.notes if name == step]
            parts += [_block(one) for one in self.exchanges if one.step == step]
        return "".join(parts)


def _block(one: Exchange) -> str:
    body = f"\n{_short(one.request)}\n" if one.request else ""
    answer = f"\n{_short(one.response)}\n" if one.response else ""
    return (
        f"\n**{one.who}** `{one.method} {one.path}`\n\n"
        f"```json{body}```\n\nAnswer {one.status}\n\n```json{answer}```\n"
        if body
        else f"\n**{one.who}** `{one.method} {one.path}`\n\nAnswer {one.status}\n\n```json{answer}```\n"
    )


def _short(value: Mapping[str, Any] | Any) -> str:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters"
