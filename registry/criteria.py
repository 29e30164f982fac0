"""The shape of acceptance criteria: metric, statistic, operator, threshold, slice, severity."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

OPERATORS: Final = (">=", ">", "<=", "<")


def check_criteria(criteria: Any) -> list[dict[str, str]]:
    """Problems of a criteria list as entries with a JSON pointer; empty when it can be used."""
    if not isinstance(criteria, list) or not criteria:
        return [_problem("/criteria", "Give a list of at least one criterion.")]
    return [problem for position, item in enumerate(criteria) for problem in _check(position, item)]


def _check(position: int, item: Any) -> list[dict[str, str]]:
    at = f"/criteria/{position}"
    if not isinstance(item, dict):
        return [_problem(at, "A criterion is an object.")]
    problems = [
        _problem(f"{at}/{name}", f"{name} is required as text.")
        for name in ("metric", "statistic", "operator", "threshold")
        if not isinstance(item.get(name), str) or not item[name]
    ]
    if unknown := set(item) - {"metric", "statistic", "operator", "threshold", "slice", "severity"}:
        problems.append(_problem(at, f"Unknown fields: {', '.join(sorted(map(str, unknown)))}."))
    if not problems:
        problems += _check_values(at, item)
    return problems


def _check_values(at: str, item: Mapping[str, str]) -> list[dict[str, str]]:
    problems = []
    if item["operator"] not in OPERATORS:
        problems.append(_problem(f"{at}/operator", f"operator is one of {' '.join(OPERATORS)}."))
    if item["statistic"] == "average":
        problems.append(_problem(f"{at}/statistic", "Name the statistic; an average alone is no criterion."))
    if item.get("severity", "block") not in ("block", "flag"):
        problems.append(_problem(f"{at}/severity", "severity is block or flag."))
    if not _is_number(item["threshold"]):
        problems.append(_problem(f"{at}/threshold", "threshold is a decimal number as text."))
    return problems


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _problem(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": pointer, "detail": detail, "code": "invalid"}
