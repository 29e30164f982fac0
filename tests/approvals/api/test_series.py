"""Signing series (21 CFR 11.200(a)(1)(i)): what one component is enough for, and what ends it."""

from datetime import timedelta
from typing import Any

import pytest

from approvals.models import Signature, SigningSeries
from evidence import clock
from tests.approvals.api.conftest import ANSWERS, Desk, linked, problem
from tests.approvals.api.test_factors import asked, methods, next_release
from tests.cast import PASSWORD
from tests.codes import code_of, enrol, wrong_code
from tests.soft_passkey import SoftPasskey

__all__ = ["linked"]
SIGN = "/stages/1/signatures"
HIGH = ANSWERS | {"domain": "insurance"}


@pytest.fixture
def begun(linked: Desk) -> Desk:
    """Ines signed a first release with all components; a second one of tier High waits for her."""
    # Her session is part of it, so it is begun anew in each test.
    enrol(linked.cast["ines"])
    linked.client("ines").patch(linked.address, {"tier_answers": HIGH}, content_type="application/json")
    assert linked.post("ines", "/submit").status_code == 200
    body = linked.dialog("ines", "1") | {"code": code_of(linked.cast["ines"])}
    assert linked.post("ines", SIGN, body).status_code == 201
    next_release(linked)
    return linked


def dialog(desk: Desk, **given: Any) -> dict[str, Any]:
    """The dialog of stage 1 with these components alone."""
    body = desk.dialog("ines", "1")
    return {name: body[name] for name in ("view_digest", "challenge")} | given


def test_the_second_factor_alone_goes_on_and_the_statement_names_the_first_signature(begun: Desk) -> None:
    first = Signature.objects.get()
    shown = begun.post("ines", "/stages/1/view").json()["credentials"]
    assert (shown["components"], shown["series"]) == (["second_factor"], str(first.pk))
    signed = begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"])))
    assert signed.status_code == 201, signed.content
    series, code = methods(signed.json()["signature"]["id"])
    assert (series["method"], series["signature"], code["method"]) == ("series", str(first.pk), "totp")
    assert series["at"] < code["at"]


def test_a_passkey_goes_on_alone(begun: Desk) -> None:
    passkey = SoftPasskey().belongs_to(begun.cast["ines"])
    body, challenge = asked(begun)
    alone = {name: body[name] for name in ("view_digest", "challenge")}
    signed = begun.post("ines", SIGN, alone | {"passkey": passkey.assertion(challenge)})
    assert signed.json()["signature"]["methods"] == ["series", "passkey"]


def test_the_password_alone_does_not_go_on_where_a_second_factor_is_asked(begun: Desk) -> None:
    refused = begun.post("ines", SIGN, dialog(begun, password=PASSWORD))
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["second_factor"]


def test_all_components_begin_a_series_anew(begun: Desk) -> None:
    body = begun.dialog("ines", "1") | {"code": code_of(begun.cast["ines"])}
    signed = begun.post("ines", SIGN, body).json()["signature"]
    assert signed["methods"] == ["account-and-password", "totp"]
    assert str(SigningSeries.objects.get().first_id) == signed["id"]


def test_ten_minutes_without_a_signature_end_it(begun: Desk) -> None:
    SigningSeries.objects.update(last_at=clock.now() - timedelta(minutes=10, seconds=1))
    refused = begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"])))
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["account", "password"]


def test_each_signature_of_a_series_keeps_it_alive(begun: Desk) -> None:
    SigningSeries.objects.update(last_at=clock.now() - timedelta(minutes=9))
    assert begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"]))).status_code == 201
    assert SigningSeries.objects.get().last_at > clock.now() - timedelta(minutes=1)


def test_the_end_of_the_session_ends_it(begun: Desk) -> None:
    begun.client("ines").post("/accounts/logout/")
    del begun.clients["ines"]
    refused = begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"])))
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["account", "password"]


def test_another_session_of_the_same_person_is_no_part_of_it(begun: Desk) -> None:
    begun.clients["ines somewhere else"] = begun.clients.pop("ines")
    refused = begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"])))
    problem(refused, 403, "credentials_incomplete")


def test_a_failed_attempt_ends_it(begun: Desk) -> None:
    problem(begun.post("ines", SIGN, dialog(begun, code=wrong_code())), 403, "credentials_refused")
    refused = begun.post("ines", SIGN, dialog(begun, code=code_of(begun.cast["ines"])))
    problem(refused, 403, "credentials_incomplete")


def test_one_begun_without_a_second_factor_does_not_go_on_with_one(linked: Desk) -> None:
    enrol(linked.cast["ines"])
    assert linked.post("ines", "/submit").status_code == 200
    linked.signed("1")
    next_release(linked)
    refused = linked.post("ines", SIGN, dialog(linked, code=code_of(linked.cast["ines"])))
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["account", "password"]


def test_the_password_alone_goes_on_where_no_second_factor_is_asked(begun: Desk) -> None:
    next_release(begun, ANSWERS)
    signed = begun.post("ines", SIGN, dialog(begun, password=PASSWORD))
    assert signed.json()["signature"]["methods"] == ["series", "password"]


def test_an_account_name_alone_proves_nothing_in_a_series(begun: Desk) -> None:
    next_release(begun, ANSWERS)
    refused = begun.post("ines", SIGN, dialog(begun, account="ines"))
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["password"]
    wrong = dialog(begun, account="tobias", password=PASSWORD)
    problem(begun.post("ines", SIGN, wrong), 403, "credentials_refused")
