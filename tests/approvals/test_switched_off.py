"""Each rule about who may act is missed when it is switched off: the test that names it fails at once.

A rule that no test misses would hold by luck. What constraints of the database hold beside the rules
(one signature of a person in a stage, for himself or through a delegate) has tests by their names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Final
from unittest.mock import Mock

import pytest

from approvals import acting, separation, standing, waiver_separation
from evidence.errors import BenchsealError
from registry.access.roles import Role
from tests.approvals import test_decisions, test_delegations, test_emergency, test_waiver_decisions
from tests.approvals.api import test_factors, test_refusals
from tests.approvals.api.conftest import desk, linked, submitted, with_token
from tests.approvals.api.test_factors import high, ines
from tests.approvals.test_delegations import critical, waiting
from tests.approvals.test_emergency import ready
from tests.security import test_signers

__all__ = ["critical", "desk", "high", "ines", "linked", "ready", "submitted", "waiting", "with_token"]

Guard = Callable[..., None]

_deciders = test_waiver_decisions.TestWhoDecides()
_conflict = test_delegations.test_each_conflict_of_either_person_stands_against_the_delegate
_decider = partial(_deciders.test_conflicts, role=Role.COMPLIANCE_REVIEWER)

CHECKS: Final[dict[ModuleType, dict[str, list[Guard]]]] = {
    separation: {
        "_is_person": [test_decisions.test_a_service_account_signs_nothing],
        "_no_superuser": [partial(_conflict, code="conflict_superuser", who="dora")],
        "_holds_role": [test_refusals.test_a_stage_is_signed_by_its_role_alone],
        "_never_admin": [
            test_decisions.test_who_administered_since_the_release_was_opened_cannot_sign,
            partial(_conflict, code="conflict_admin", who="maren"),
        ],
        "_not_sender": [
            test_decisions.test_the_uploader_cannot_validate,
            test_signers.test_gus_does_not_validate_what_his_pipeline_submitted,
            partial(_conflict, code="conflict_uploader", who="maren"),
        ],
        "_not_owner": [
            test_decisions.test_the_owner_cannot_validate,
            partial(_conflict, code="conflict_owner", who="maren"),
        ],
        "_not_editor": [
            test_signers.test_gus_does_not_validate_by_a_limit_that_another_revision_hides,
            partial(_conflict, code="conflict_editor", who="dora"),
        ],
        "_one_stage": [
            test_decisions.test_one_person_signs_one_stage,
            test_emergency.test_one_person_is_not_enough_whatever_roles_they_hold,
            test_delegations.test_one_stage_of_a_release_counts_for_both_persons,
        ],
    },
    waiver_separation: {
        "_not_requester": [
            partial(_decider, account="tobias", code="conflict_requester"),
            _deciders.test_a_token_of_the_requester_is_the_requester,
            _deciders.test_a_service_account_is_who_answers_for_it,
        ],
        "_not_its_owner": [partial(_decider, account="maren", code="conflict_waiver_owner")],
    },
    standing: {
        "_is_confirmed": [test_factors.test_an_open_dialog_signs_no_more_after_a_recovery_began],
        "_has_accepted": [test_factors.test_the_statement_is_accepted_once_before_the_first_signature],
        "_has_factor": [test_factors.test_without_a_factor_the_dialog_says_where_to_add_one],
    },
}
"""Module → its rules by name → tests that miss it."""

SWITCHES: Final[list[tuple[ModuleType, str, object, Guard]]] = [
    (
        acting,
        "refuse_superuser",
        Mock(),
        test_signers.test_sue_signs_nothing_whatever_roles_she_holds,
    ),
    (acting, "require_session", Mock(), _deciders.test_no_token_signs),
    (
        separation,
        "is_never_delegated",
        Mock(return_value=False),
        test_delegations.test_stage_5_of_a_critical_release_is_signed_by_nobody_for_somebody,
    ),
]
"""Rules that are functions of their own, and what stands for them while they are off."""

EACH: Final = [
    pytest.param(module, name, guard, id=f"{name}-{number}")
    for module, rules in CHECKS.items()
    for name, guards in rules.items()
    for number, guard in enumerate(guards, 1)
]


@pytest.mark.parametrize("module", CHECKS, ids=lambda module: module.__name__)
def test_every_rule_has_a_test_that_misses_it(module: ModuleType) -> None:
    assert [check.__name__ for check in module.CHECKS] == list(CHECKS[module])


@pytest.mark.parametrize(("module", "name", "guard"), EACH)
def test_a_rule_that_is_switched_off_is_missed(
    module: ModuleType,
    name: str,
    guard: Guard,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = arguments(guard, request)
    left = tuple(check for check in module.CHECKS if check.__name__ != name)
    monkeypatch.setattr(module, "CHECKS", left)
    assert_missed(guard, given)


@pytest.mark.parametrize(
    ("module", "name", "stand_in", "guard"),
    SWITCHES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_step_that_does_not_ask_is_missed(
    module: ModuleType,
    name: str,
    stand_in: object,
    guard: Guard,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = arguments(guard, request)
    monkeypatch.setattr(module, name, stand_in)
    assert_missed(guard, given)


def arguments(guard: Guard, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The fixtures that a test asks for, made while every rule is on."""
    wanted = inspect.signature(guard).parameters.values()
    return {one.name: request.getfixturevalue(one.name) for one in wanted if one.default is one.empty}


def assert_missed(guard: Guard, given: dict[str, Any]) -> None:
    """The test fails by what it says, or because another rule refuses; not because something broke."""
    with pytest.raises((AssertionError, pytest.fail.Exception, BenchsealError)):
        guard(**given)
