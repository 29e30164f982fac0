"""A process of its own with its own database connection: takes orders as lines of JSON, answers with facts.

Started as `python -m tests.flows.child MODULE`; `MODULE.ORDERS` are the orders it knows.

Order: `{"order": name, "with": {...}}`. Answer: `{"value": ...}`, or `{"refused": code, "status": 409}`
when a step refused, or `{"crashed": ...}` for what no step foresaw.
"""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TextIO

import django

from evidence.errors import BenchsealError


def main() -> None:
    # Answers have the standard output alone; whatever else is printed joins the log lines.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    django.setup()
    orders: Mapping[str, Callable[..., Any]] = importlib.import_module(sys.argv[1]).ORDERS
    _say(answers, {"value": "ready"})
    for line in sys.stdin:
        wanted = json.loads(line)
        _say(answers, _carry_out(orders[wanted["order"]], wanted["with"]))


def _carry_out(order: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"value": order(**arguments)}
    except BenchsealError as refused:
        return {"refused": refused.code, "status": refused.status, "detail": refused.detail}
    except Exception as error:  # noqa: BLE001  # reason: the test decides what a crash means
        traceback.print_exc()
        return {"crashed": f"{type(error).__name__}: {error}"}


def _say(answers: TextIO, answer: Mapping[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
