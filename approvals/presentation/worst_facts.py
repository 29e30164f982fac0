"""The facts most against a release, each with what would turn it; must never name a fourth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.criteria import Verdict
from approvals.decision_view import worst
from approvals.gate import Gate, GateState
from approvals.presentation import criterion_words
from approvals.presentation.labels import GATE_WORDS, counted, first_capital
from registry.figures import day, percent, points_from
from registry.statistics.intervals import wilson

MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstFact:
    """One fact: its state, its heading and the words under it."""

    kind: str
    word: str
    title: str
    text: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Signatures that stopped counting by one change."""

    count: int
    at: datetime
    reason: str


def worst_facts(
    gates: Sequence[Gate], *, rates: Iterable[str] = (), stopped: Stopped | None = None
) -> tuple[WorstFact, ...]:
    """Up to three: the signed view's own, and after them signatures that stopped counting."""
    known = frozenset(rates)
    chosen = [(fact["code"], fact["name"], fact["reason"]) for fact in worst(list(gates))]
    by_key = {(gate.code, gate.name, gate.reason): gate for gate in gates}
    facts = [_fact(by_key[key], known) for key in chosen]
    if stopped is not None:
        facts.append(_stopped(stopped))
    return tuple(facts[:MOST])


def _fact(gate: Gate, rates: frozenset[str]) -> WorstFact:
    verdict = gate.verdict
    if verdict is None:
        return WorstFact(
            kind=str(gate.state),
            word=GATE_WORDS[gate.state],
            title=gate.name,
            text=_sentences(gate.reason, gate.next_step),
        )
    rate = criterion_words.is_rate(verdict, rates)
    rule = criterion_words.rule_words(verdict, rate=rate)
    if verdict.measured is None:
        return WorstFact(
            kind="untested" if gate.state == GateState.FLAG else "fail",
            word="Not tested",
            title=f"{first_capital(gate.name)} was not tested",
            text=_sentences(rule, gate.next_step),
        )
    figure, beside = criterion_words.measured_words(verdict)
    return WorstFact(
        kind=str(gate.state),
        word=f"{_verb(gate)}, {criterion_words.distance_words(verdict, rate=rate)}",
        title=_near(gate, verdict) if gate.state == GateState.PASS else first_capital(gate.name),
        text=_sentences(f"{figure} {beside}".strip(), rule, _turning(verdict), gate.next_step),
    )


def _stopped(stopped: Stopped) -> WorstFact:
    return WorstFact(
        kind="voided",
        word=f"{counted(stopped.count, 'signature')} stopped counting",
        title="The evidence changed after signing",
        text=_sentences(f"On {day(stopped.at)}: {stopped.reason}"),
        url="#stopped",
        link="See the diff",
    )


def _near(gate: Gate, verdict: Verdict) -> str:
    lost = _spare(verdict)
    if lost is None:
        return f"{first_capital(gate.name)} is near its limit"
    return f"{first_capital(gate.name)}: {counted(lost + 1, 'more failure')} would fail it"


def _turning(verdict: Verdict) -> str:
    """`At 196 of 200 the bound is 94.97%`, the first count on the other side of a lower bound."""
    lost, measured = _spare(verdict), verdict.measured
    if lost is None or measured is None or measured.k is None or measured.n is None:
        return ""
    k = measured.k - lost - 1
    low = wilson(k, measured.n).low
    return (
        f"At {k:,} of {measured.n:,} the lower bound is {percent(low, verdict.threshold)}, "
        f"{points_from(low, verdict.threshold)}"
    )


def _spare(verdict: Verdict) -> int | None:
    """How many successes the criterion can lose and still hold; None where the rule is another one."""
    measured = verdict.measured
    is_floor = verdict.operator == ">=" and verdict.rule.startswith("Lower")
    if not is_floor or verdict.state != "pass" or measured is None or not measured.k or not measured.n:
        return None
    low, high = 0, measured.k
    while low < high:
        middle = (low + high) // 2
        if wilson(middle, measured.n).low >= verdict.threshold:
            high = middle
        else:
            low = middle + 1
    return None if low == 0 else measured.k - low


def _verb(gate: Gate) -> str:
    return {GateState.PASS: "Passes", GateState.FAIL: "Fails"}.get(gate.state, GATE_WORDS[gate.state])


def _sentences(*parts: str) -> str:
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)
