"""The transition table as a whole."""

import pytest

from approvals import states
from approvals.errors import TransitionRefused
from approvals.states import LIVE, Action, State


def test_a_pair_outside_the_table_names_state_and_alternatives() -> None:
    for state in State:
        for action in Action:
            if (state, action) in states.TRANSITIONS:
                assert states.after(state, action) in State
                continue
            with pytest.raises(TransitionRefused) as refused:
                states.after(state, action)
            assert refused.value.extra["state"] == state
            assert refused.value.extra["allowed"] == [a.value for a in states.allowed(state)]


def test_the_table_holds_all_transitions_of_the_workflow() -> None:
    codes = {row.code for row in states.TRANSITIONS.values()}
    assert codes == {f"T{n}" for n in range(1, 19)}


@pytest.mark.parametrize("state", [State.REJECTED, State.WITHDRAWN, State.RETIRED])
def test_an_ended_release_stays_ended(state: State) -> None:
    assert states.allowed(state) == ()


@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_live_release_ends_by_rollback_succession_or_retirement(state: State) -> None:
    assert {Action.ROLL_BACK, Action.SUPERSEDE} <= set(states.allowed(state))


def test_only_approved_releases_go_live() -> None:
    sources = {source for source, action in states.TRANSITIONS if action == Action.RELEASE}
    assert sources == {State.APPROVED, State.APPROVED_CONDITIONAL}
