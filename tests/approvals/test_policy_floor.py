"""The floor of a policy: what asks for less than the shipped one is named, field by field, all at once."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.default_policy import DEFAULT_STAGES, DEFAULT_TIERS, WAIVABLE
from approvals.models.releases import Tier
from approvals.models.waivers import NEVER_WAIVED
from approvals.policy_diff import changes
from approvals.policy_fields import NUMBERS, SWITCHES, complete, orders_of
from approvals.policy_floor import CODES, violations

SHIPPED = {str(tier): complete(rules) for tier, rules in DEFAULT_TIERS.items()}
SHIPPED_ORDERS = orders_of(DEFAULT_STAGES)
GONE = object()


def changed(path: str, value: Any) -> dict[str, Any]:
    """The shipped tiers with one value changed, or gone; `high/required/3` names it."""
    tiers = deepcopy(SHIPPED)
    *way, last = path.split("/")
    place: Any = tiers
    for name in way:
        place = place[name]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return tiers


def test_the_shipped_policy_is_its_own_floor() -> None:
    assert violations(SHIPPED, SHIPPED_ORDERS) == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("moderate/minimum_private_items", 99),
        ("moderate/small_private_set", 199),
        ("high/rollback_test_days", 91),
        ("high/rollback_test_blocks", False),
        ("critical/review_months", 7),
        ("critical/review_grace_days", 15),
        ("high/review_grace_days", None),
        ("low/valid_days", 91),
        ("low/due_days", 6),
        ("high/second_factor", False),
        ("low/waiver_days", 91),
        ("low/waiver_budget", 6),
        ("low/waivable", [*WAIVABLE, "GATE_QUORUM"]),
        ("moderate/required/3", GONE),
        ("critical/required/3", {"needed": 1, "of": 2}),
        ("critical/required/5", {"needed": 2, "of": 2}),
        ("low/optional", ["3", "4a", "4b", "4c", "4d"]),
    ],
)
def test_what_asks_for_less_is_named_with_field_place_and_next_step(path: str, value: Any) -> None:
    (found,) = violations(changed(path, value), SHIPPED_ORDERS)
    tier, field, *_ = path.split("/")
    assert found.pointer.startswith(f"/tiers/{tier}/{field}")
    assert found.field == field
    assert found.place.startswith(Tier(tier).label)
    assert found.code == "below_floor"
    assert found.next_step.endswith(".")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("moderate/minimum_private_items", 101),
        ("high/rollback_test_days", 1),
        ("low/rollback_test_blocks", True),
        ("low/review_grace_days", 300),
        ("low/second_factor", True),
        ("low/waiver_budget", 0),
        ("critical/waivable", []),
        ("moderate/required/3", {"needed": 2, "of": 3}),
    ],
)
def test_what_asks_for_more_can_be_published(path: str, value: Any) -> None:
    assert violations(changed(path, value), SHIPPED_ORDERS) == ()


def test_an_optional_stage_may_be_required() -> None:
    tiers = changed("low/required/3", {"needed": 1, "of": 1})
    tiers["low"]["optional"].remove("3")
    assert violations(tiers, SHIPPED_ORDERS) == ()


@pytest.mark.parametrize(
    ("orders", "named"),
    [
        ({"2": 1}, "1"),
        ({"3": 5}, "5"),
        ({"4a": 7}, "5 6"),
        ({"6": 5}, "5 6"),
        ({"6": 0}, "6"),
        ({"3": True}, "3"),
        ({"9z": 3}, "9z"),
    ],
)
def test_an_order_without_reason_names_the_stage(orders: dict[str, Any], named: str) -> None:
    found = {one.pointer for one in violations(SHIPPED, SHIPPED_ORDERS | orders)}
    assert found <= {f"/orders/{code}" for code in named.split()}
    assert found


def test_reviewers_may_sign_one_after_the_other() -> None:
    one_by_one = {"1": 1, "4c": 2, "2": 3, "4b": 4, "4a": 4, "4d": 5, "3": 6, "5": 7, "6": 8}
    assert violations(SHIPPED, one_by_one) == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("low", None),
        ("huge", {}),
        ("low/required", None),
        ("low/optional", "3"),
        ("low/waivable", None),
        ("low/minimum_private_items", 0),
        ("low/due_days", "5"),
        ("low/due_days", True),
        ("low/second_factor", 1),
        ("low/colour", "red"),
        ("low/required/7", {"needed": 1, "of": 1}),
        ("low/required/1", {"needed": 2, "of": 1}),
        ("low/required/1", {"needed": 1}),
        ("low/required/1", 1),
        ("low/required/3", {"needed": 1, "of": 1}),
        ("low/waiver_budget", 101),
    ],
)
def test_what_is_no_policy_is_named_as_such(path: str, value: Any) -> None:
    found = violations(changed(path, value), SHIPPED_ORDERS)
    assert [one.code for one in found if one.pointer.startswith("/tiers/")] == ["malformed"]


def test_everything_is_reported_at_once() -> None:
    tiers = changed("low/due_days", 9)
    tiers["high"]["second_factor"] = False
    found = violations(tiers, SHIPPED_ORDERS | {"6": 2})
    assert len({one.pointer for one in found}) == len(found) >= 3


quorums = st.fixed_dictionaries({"needed": st.integers(0, 4), "of": st.integers(0, 4)})


@st.composite
def tier_rules(draw: st.DrawFn, tier: str) -> dict[str, Any]:
    floor = SHIPPED[tier]
    near = {one.name: _around(floor[one.name] or 30) for one in NUMBERS}
    return {
        "required": draw(st.dictionaries(st.sampled_from(CODES), quorums)) | draw(_kept(floor["required"])),
        "optional": draw(st.lists(st.sampled_from(CODES), unique=True) | st.just(floor["optional"])),
        "waivable": draw(st.lists(st.sampled_from((*WAIVABLE, *NEVER_WAIVED)), unique=True)),
        **{name: draw(values | st.none()) for name, values in near.items()},
        **{one.name: draw(st.booleans()) for one in SWITCHES},
    }


def _around(number: int) -> st.SearchStrategy[int]:
    return st.integers(number - 2, number + 2)


def _kept(required: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([required, {}])


def is_weaker(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Said once more, field by field, without the module that is tested."""
    more_is_weaker = (
        "rollback_test_days",
        "review_months",
        "valid_days",
        "due_days",
        "waiver_days",
        "waiver_budget",
    )
    grace = old["review_grace_days"]
    return any(
        (
            *(new[name] > old[name] for name in more_is_weaker),
            *(new[name] < old[name] for name in ("minimum_private_items", "small_private_set")),
            *(old[name] and not new[name] for name in ("second_factor", "rollback_test_blocks")),
            grace is not None and (new["review_grace_days"] is None or new["review_grace_days"] > grace),
            not set(new["waivable"]) <= set(old["waivable"]),
            not set(old["required"]) <= set(new["required"]),
            *(
                new["required"][code][part] < quorum[part]
                for code, quorum in old["required"].items()
                if code in new["required"]
                for part in ("needed", "of")
            ),
            not set(old["optional"]) <= {*new["optional"], *new["required"]},
        )
    )


@given(st.sampled_from(Tier.values), st.data())
def test_what_has_no_violation_is_never_below_the_floor(tier: str, data: st.DataObject) -> None:
    rules = data.draw(tier_rules(tier))
    if not violations({**SHIPPED, tier: rules}, SHIPPED_ORDERS):
        assert not is_weaker(rules, SHIPPED[tier])


@given(st.fixed_dictionaries({code: st.integers(1, 9) for code in CODES}))
def test_an_order_that_stands_keeps_submitter_compliance_and_release_in_place(orders: dict[str, int]) -> None:
    stands = not violations(SHIPPED, orders)
    others = [orders[code] for code in CODES if code not in "156"]
    in_place = orders["1"] < min(others) and max(others) < orders["5"] < orders["6"]
    assert stands == in_place


def words(tiers: dict[str, Any], orders: dict[str, int] | None = None) -> list[str]:
    stages = [{**stage, "order": (orders or SHIPPED_ORDERS)[stage["code"]]} for stage in DEFAULT_STAGES]
    return [str(one) for one in changes(SHIPPED, DEFAULT_STAGES, tiers, stages)]


def test_nothing_differs_from_itself() -> None:
    assert words(SHIPPED) == []
    assert orders_of(DEFAULT_STAGES) == SHIPPED_ORDERS


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (
            "moderate/required/3",
            {"needed": 2, "of": 2},
            [
                "Moderate, stage 3 Validator: 1 → 2 signatures",
                "Moderate, stage 3 Validator: 1 → 2 eligible persons",
            ],
        ),
        ("moderate/required/3", GONE, ["Moderate, stage 3 Validator: required, 1 of 1 → not in the tier"]),
        ("low/due_days", 3, ["Low, working days until a stage is due: 5 → 3"]),
        ("low/second_factor", True, ["Low, a signature asks for a second factor: no → yes"]),
        (
            "low/review_grace_days",
            30,
            ["Low, days after which a missed review suspends: marked only → 30"],
        ),
        (
            "high/waivable",
            list(WAIVABLE[1:]),
            ["High, GATE_CRITERIA: can be waived → cannot be waived"],
        ),
    ],
)
def test_a_difference_is_said_in_words(path: str, value: Any, said: list[str]) -> None:
    assert words(changed(path, value)) == said


def test_a_stage_that_becomes_required_and_another_place_in_the_order_are_said() -> None:
    tiers = changed("low/required/3", {"needed": 1, "of": 2})
    tiers["low"]["optional"].remove("3")
    assert words(tiers, SHIPPED_ORDERS | {"4a": 3}) == [
        "Low, stage 3 Validator: optional → required, 1 of 2",
        "Stage 4a Domain, place in the order: 4 → 3",
    ]


def test_a_record_that_lacks_later_fields_differs_as_it_is_read() -> None:
    older = deepcopy(SHIPPED)
    for name in ("second_factor", "waiver_days", "waivable"):
        del older["high"][name]
    said = [str(one) for one in changes(older, DEFAULT_STAGES, SHIPPED, DEFAULT_STAGES)]
    assert said == ["High, a signature asks for a second factor: no → yes"]
