"""A POST with `Idempotency-Key` acts once."""

from datetime import timedelta
from typing import Any

from evidence import clock
from evidence.models import LedgerEntry
from registry.models import IdempotentAnswer, MetricDefinition, RoleGrant
from tests.cast import Cast
from tests.registry.api.bodies import METRIC, P
from tests.registry.api.conftest import As, problem

WHERE = f"{P}/metrics"


def post(client: Any, key: str, body: dict[str, Any] = METRIC, where: str = WHERE) -> Any:
    return client.post(where, body, format="json", headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_first_answer_and_changes_nothing(signed_in: As) -> None:
    ines = signed_in("ines")
    first, entries = post(ines, "a"), LedgerEntry.objects.count
    count = entries()
    again = post(ines, "a")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert MetricDefinition.objects.count() == 1
    assert entries() == count


def test_the_key_with_another_body_or_address_is_refused(signed_in: As) -> None:
    ines = signed_in("ines")
    post(ines, "a")
    problem(post(ines, "a", {**METRIC, "name": "other"}), 422, "idempotency_key_reused")
    problem(post(ines, "a", where=f"{P}/signals"), 422, "fields_invalid")
    problem(
        post(ines, "a", {"name": "Argo", "supplier": "Argo"}, f"{P}/models"), 422, "idempotency_key_reused"
    )


def test_a_refusal_is_not_kept(signed_in: As) -> None:
    ines = signed_in("ines")
    post(ines, "first")
    problem(post(ines, "a"), 409, "conflict")
    assert IdempotentAnswer.objects.count() == 1
    assert post(ines, "a", {**METRIC, "name": "other"}).status_code == 201


def test_each_caller_has_keys_of_his_own(signed_in: As) -> None:
    post(signed_in("ines"), "a")
    problem(post(signed_in("tobias"), "a"), 409, "conflict")


def test_a_repeat_needs_the_permission_still(cast: Cast, signed_in: As) -> None:
    ines = signed_in("ines")
    post(ines, "a")
    RoleGrant.objects.filter(user=cast["ines"]).update(valid_to=clock.now())
    problem(post(ines, "a"), 404, "not_found")


def test_a_key_is_forgotten_after_a_day(signed_in: As) -> None:
    ines = signed_in("ines")
    post(ines, "a")
    IdempotentAnswer.objects.update(created_at=clock.now() - timedelta(hours=24, seconds=1))
    problem(post(ines, "a"), 409, "conflict")
    assert post(ines, "a", {**METRIC, "name": "other"}).status_code == 201
    assert IdempotentAnswer.objects.count() == 1


def test_a_key_has_a_shape(signed_in: As) -> None:
    for key in ["", " ", "x" * 201, "ключ", "a b"]:
        body = problem(post(signed_in("ines"), key), 422, "fields_invalid")
        assert body["errors"][0]["header"] == "Idempotency-Key"
        assert MetricDefinition.objects.count() == 0
