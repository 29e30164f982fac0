"""Every state with every action and role: who may not is told so, and a state that forbids it names itself.

The first table is DOMAIN's, written down here once more; what the code has is never asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.db import transaction

from approvals import acting, afterwards, decisions, emergency, operations, releases, states, suspension
from approvals.errors import SigningRefused, TransitionRefused
from approvals.models import Release
from approvals.signing import Intent
from approvals.states import Action, State
from evidence.errors import BenchsealError
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import NotFound, PermissionMissing
from tests.cast import ROLES
from tests.releases import submitted, typed
from tests.world import World

REASON: Final = "The evidence was read again by the whole team."
NO_DIALOG: Final = "00000000-0000-7000-8000-000000000000"
REVIEWERS: Final = frozenset(Role) - {Role.AUDITOR, Role.ADMIN}
REJECTERS: Final = REVIEWERS - {Role.SUBMITTER, Role.MODEL_OWNER, Role.RELEASE_MANAGER}

WHO: Final[dict[Action, frozenset[Role]]] = {
    Action.SUBMIT: frozenset({Role.SUBMITTER}),
    Action.RESUBMIT: frozenset({Role.SUBMITTER}),
    Action.ATTEST: REVIEWERS,
    Action.SIGN: REVIEWERS,
    Action.DECLINE: REVIEWERS,
    Action.REQUEST_CHANGES: REVIEWERS,
    Action.REJECT: REJECTERS,
    Action.WITHDRAW: frozenset({Role.SUBMITTER, Role.MODEL_OWNER}),
    Action.RELEASE: frozenset({Role.RELEASE_MANAGER}),
    Action.SUSPEND: REVIEWERS,
    Action.DECLARE_EMERGENCY: frozenset({Role.RELEASE_MANAGER, Role.COMPLIANCE_REVIEWER}),
    Action.BEGIN_AFTERWARDS: frozenset({Role.SUBMITTER}),
    Action.PROPOSE_REINSTATEMENT: frozenset({Role.MODEL_OWNER, Role.COMPLIANCE_REVIEWER}),
}
"""Who may take a step at all; whose stage it is, is asked after that."""

Step = Callable[[Release, Principal], Any]


def _intent(action: Action, stage: str = "1") -> Intent:
    return Intent(stage, action, "sha256:" + "0" * 64, NO_DIALOG, REASON)


def _signed(step: Callable[..., Any], action: Action) -> Step:
    """A step that is signed, by somebody who types everything right in a dialog that was never opened."""
    return lambda release, by: step(release, _intent(action), typed=typed(by.user.username), principal=by)


TAKE: Final[dict[Action, Step]] = {
    Action.SUBMIT: lambda release, by: releases.submit(release, principal=by),
    Action.RESUBMIT: lambda release, by: releases.submit(release, principal=by),
    Action.ATTEST: _signed(decisions.sign, Action.ATTEST),
    Action.SIGN: _signed(decisions.sign, Action.SIGN),
    Action.DECLINE: _signed(decisions.decline, Action.DECLINE),
    Action.REJECT: _signed(decisions.reject, Action.REJECT),
    Action.RELEASE: _signed(operations.release_now, Action.RELEASE),
    Action.REQUEST_CHANGES: lambda release, by: decisions.request_changes(
        release, reason=REASON, items=[], principal=by
    ),
    Action.WITHDRAW: lambda release, by: decisions.withdraw(release, reason=REASON, principal=by),
    Action.SUSPEND: lambda release, by: suspension.suspend(release, reason=REASON, principal=by),
    Action.DECLARE_EMERGENCY: lambda release, by: emergency.declare(
        release, incident="INC-1", cause=REASON, hours=1, principal=by
    ),
    Action.BEGIN_AFTERWARDS: lambda release, by: afterwards.begin(release, principal=by),
    Action.PROPOSE_REINSTATEMENT: lambda release, by: suspension.propose_reinstatement(
        release, cause=REASON, principal=by
    ),
}

ONE_DOOR: Final = ({Action.SUBMIT, Action.RESUBMIT}, {Action.ATTEST, Action.SIGN})
"""Two rows of the table that one step serves: which of them it is, the state says."""


def test_every_step_of_a_person_is_in_the_table() -> None:
    assert set(TAKE) == set(WHO) == set(acting.STEPS)


def tables() -> Iterator[tuple[State, Action, str]]:
    """Each state with each step and one person of each role."""
    return ((state, action, account) for state in State for action in TAKE for account in ROLES)


@pytest.mark.thorough
def test_each_role_in_each_state_gets_the_answer_of_the_table(world: World) -> None:
    release = submitted(world)
    wrong = [
        f"{account}, {action} from {state}: {type(answer).__name__} {answer}"
        for state, action, account in tables()
        if not _is_right(answer := _taken(world, release, state, action, account), state, action, account)
    ]
    assert wrong == []


@pytest.mark.parametrize("action", TAKE)
def test_a_stranger_is_told_of_nothing(world: World, action: Action) -> None:
    release = submitted(world)
    for account in ("mallory", "sue", "gus"):
        assert isinstance(_taken(world, release, State.IN_REVIEW, action, account), NotFound), account


@pytest.mark.parametrize("action", [action for action, asked in acting.STEPS.items() if asked.decides])
def test_a_superuser_takes_no_decision_whatever_role_she_holds(world: World, action: Action) -> None:
    release = submitted(world)
    for role in WHO[action]:
        world.cast.give("sue", role)
    answer = _taken(world, release, State.IN_REVIEW, action, "sue")
    assert isinstance(answer, SigningRefused)
    assert answer.extra["reason_code"] == "conflict_superuser"


def _taken(
    world: World, release: Release, state: State, action: Action, account: str
) -> BenchsealError | None:
    """What a person is told who takes a step from a state; nothing of it stays."""
    principal = world.cast.principal(account)
    with transaction.atomic():
        Release.objects.filter(pk=release.pk).update(state=state)
        answer = _attempt(action, Release.objects.get(pk=release.pk), principal)
        transaction.set_rollback(True)
    return answer


def _attempt(action: Action, release: Release, principal: Principal) -> BenchsealError | None:
    try:
        with transaction.atomic():
            TAKE[action](release, principal)
    except BenchsealError as refused:
        return refused
    return None


def _is_right(answer: BenchsealError | None, state: State, action: Action, account: str) -> bool:
    """A role that may not is refused by name of the permission; else the table decides on the state."""
    if ROLES[account] not in WHO[action]:
        return isinstance(answer, PermissionMissing)
    doors = next((door for door in ONE_DOOR if action in door), {action})
    if any((state, door) in states.TRANSITIONS for door in doors):
        return not isinstance(answer, TransitionRefused | PermissionMissing | NotFound) or _says_why(answer)
    return isinstance(answer, TransitionRefused) and answer.status == 409 and answer.extra["state"] == state


def _says_why(answer: BenchsealError) -> bool:
    """A review after the fact and a reinstatement start from the same states, each for another past."""
    return isinstance(answer, TransitionRefused) and bool(answer.next_step)
