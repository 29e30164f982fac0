"""Two processes decide at the same moment: one story comes of it, on either database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest

from tests.flows.processes import Answer, Child, Installation

pytestmark = pytest.mark.slow

ROUNDS: Final = range(4)


@dataclass(frozen=True)
class Two:
    """Two people at two machines."""

    left: Child
    right: Child

    def at_once(
        self, one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]]
    ) -> tuple[Answer, Answer]:
        """Give both orders before waiting for either."""
        self.left.send(one[0], **one[1])
        self.right.send(other[0], **other[1])
        return self.left.answer(), self.right.answer()


@pytest.fixture
def two(contested: Installation) -> Iterator[Two]:
    """Whatever they do, the log stays whole."""
    both = Two(contested.child(), contested.child())
    yield both
    assert both.left.ask("faults") == []


def test_two_persons_in_a_stage_with_open_quorum_both_count(two: Two) -> None:
    for number in ROUNDS:
        release = two.left.ask("signed_release", tier="critical", stages=["1", "2"])["release"]
        answers = sign_both(two, release, "3", ("maren", "vera"), turn=number)
        assert [answer.refused for answer in answers] == ["", ""]
        facts = two.left.ask("release_facts", release=release)
        assert facts["signatures"] == ["1 ines", "2 tobias", "3 maren", "3 vera"]
        # The second of them closed the stage: the next group is open, once.
        assert Counter(facts["told"])["stage.opened"] == 3 + 4


def test_one_person_signing_twice_leaves_one_signature(two: Two) -> None:
    # Each round counts one failure of hers, and the third within a quarter of an hour locks.
    for number in ROUNDS[:2]:
        release = two.left.ask("signed_release", tier="critical", stages=["1", "2"])["release"]
        answers = sign_both(two, release, "3", ("maren", "maren"), turn=number)
        first, second = sorted(answers, key=lambda answer: answer.status)
        assert first.status == 200
        # Both dialogs typed the same code of the same device, and a code counts once.
        assert second.refused in ("stage_closed", "credentials_refused")
        facts = two.left.ask("release_facts", release=release)
        assert facts["signatures"] == ["1 ines", "2 tobias", "3 maren"]
        assert Counter(facts["told"])["stage.signed"] == 3


def test_a_signature_against_a_withdrawal_leaves_a_withdrawn_release(two: Two) -> None:
    for number in ROUNDS:
        release = two.left.ask("signed_release", tier="moderate", stages=["1"])["release"]
        intent = two.left.ask("intend", release=release, stage="2", account="tobias")
        signing = ("sign", {"release": release, "account": "tobias", "intent": intent})
        signed, withdrawn = in_turn(two, signing, ("withdraw", {"release": release}), turn=number)
        assert withdrawn.status == 200
        facts = two.left.ask("release_facts", release=release)
        assert facts["state"] == "withdrawn"
        assert facts["told"][-1] == "release.withdrawn"
        assert signed.status in (200, 409)
        assert ("2 tobias" in facts["signatures"]) is (signed.status == 200)


def test_two_releases_of_one_deployment_leave_one_live(two: Two) -> None:
    earlier = two.left.ask("released_release", tier="low", stages=["1", "2"])
    place = earlier["deployment"]
    known = [earlier["release"]]
    for number in ROUNDS:
        ids = [
            two.left.ask("signed_release", tier="low", stages=["1", "2"], deployment=place)["release"]
            for _ in range(2)
        ]
        orders = [
            (
                "release_now",
                {
                    "release": release,
                    "account": account,
                    "intent": dialog(two, release, "6", account, "release"),
                },
            )
            for release, account in zip(ids, ("pia", "rolf"), strict=True)
        ]
        answers = in_turn(two, orders[0], orders[1], turn=number)
        assert [answer.refused for answer in answers] == ["", ""]
        known += ids
        (live,) = two.left.ask("live_releases", deployment=place)
        assert live in ids
        states = Counter(two.left.ask("release_facts", release=release)["state"] for release in known)
        assert states == {"released": 1, "superseded": len(known) - 1}


def test_the_last_signature_against_voiding_leaves_no_approved_release_on_a_void_run(two: Two) -> None:
    for number in ROUNDS:
        made = two.left.ask("signed_release", tier="moderate", stages=["1", "2", "3", "4b"])
        release = made["release"]
        intent = dialog(two, release, "5", "ruth")
        signing = ("sign", {"release": release, "account": "ruth", "intent": intent})
        voiding = ("void", {"run": made["run"], "account": "ines"})
        signed, voided = in_turn(two, signing, voiding, turn=number)
        assert voided.status == 200
        assert signed.status in (200, 409)
        facts = two.left.ask("release_facts", release=release)
        assert (facts["state"], facts["void"], facts["signatures"]) == ("in_review", 1, [])
        assert ("release.approved" in facts["told"]) is (signed.status == 200)
        assert "release.reopened" in facts["told"]


def test_submitting_against_voiding_leaves_no_signature_to_stand_on_a_void_run(two: Two) -> None:
    for number in ROUNDS:
        made = two.left.ask("draft_release", tier="low")
        release = made["release"]
        submitting = ("submit", {"release": release})
        voiding = ("void", {"run": made["run"], "account": "ines"})
        submitted, voided = in_turn(two, submitting, voiding, turn=number)
        assert voided.status == 200
        facts = two.left.ask("release_facts", release=release)
        if submitted.refused:
            assert (submitted.refused, facts["state"]) == ("gates_fail", "draft")
        else:
            assert facts["told"].index("release.submitted") < facts["told"].index("release.reopened")


def test_two_delegates_of_one_person_leave_one_signature(two: Two) -> None:
    delegations = [two.left.ask("delegate", by="maren", to=to, stage="3") for to in ("dora", "fay")]
    for number in ROUNDS:
        release = two.left.ask("signed_release", tier="moderate", stages=["1", "2"])["release"]
        orders = [
            (
                "sign",
                {
                    "release": release,
                    "account": account,
                    "intent": two.left.ask("intend_for", release=release, delegation=delegation),
                },
            )
            for account, delegation in zip(("dora", "fay"), delegations, strict=True)
        ]
        answers = in_turn(two, orders[0], orders[1], turn=number)
        assert sorted(answer.status for answer in answers) == [200, 409]
        facts = two.left.ask("release_facts", release=release)
        assert Counter(facts["told"])["stage.signed"] == 3
        assert len(facts["signatures"]) == 3


def test_the_release_against_its_expiry_has_one_outcome(two: Two) -> None:
    for number in ROUNDS:
        release = two.left.ask("signed_release", tier="low", stages=["1", "2"])["release"]
        intent = dialog(two, release, "6", "pia", "release")
        releasing = ("release_now", {"release": release, "account": "pia", "intent": intent})
        expiring = ("run_due", {"release": release, "days": 90})
        released, expired = in_turn(two, releasing, expiring, turn=number)
        assert expired.status == 200
        facts = two.left.ask("release_facts", release=release)
        assert released.status in (200, 409)
        assert facts["state"] == ("released" if released.status == 200 else "expired")
        assert ("release.released" in facts["told"]) is not ("release.expired" in facts["told"])


def test_two_workers_remind_once(two: Two) -> None:
    for number in ROUNDS[:2]:
        release = two.left.ask("signed_release", tier="low", stages=["1"])["release"]
        reminding = ("run_due", {"release": release, "days": 8})
        for answer in in_turn(two, reminding, reminding, turn=number):
            assert answer.status == 200
        told = Counter(two.left.ask("release_facts", release=release)["told"])
        assert told["stage.reminded"] + told["stage.escalated"] == 1


def dialog(two: Two, release: str, stage: str, account: str, action: str = "sign") -> Any:
    return two.left.ask("intend", release=release, stage=stage, account=account, action=action)


def sign_both(
    two: Two, release: str, stage: str, accounts: tuple[str, str], *, turn: int
) -> tuple[Answer, Answer]:
    one, other = (
        ("sign", {"release": release, "account": account, "intent": dialog(two, release, stage, account)})
        for account in accounts
    )
    return in_turn(two, one, other, turn=turn)


def in_turn(
    two: Two, one: tuple[str, dict[str, Any]], other: tuple[str, dict[str, Any]], *, turn: int
) -> tuple[Answer, Answer]:
    """Both at once; in every second round the other order is sent a moment earlier."""
    if turn % 2 == 0:
        return two.at_once(one, other)
    second, first = two.at_once(other, one)
    return first, second
