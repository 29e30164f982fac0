"""`Idempotency-Key`: a POST sent twice acts once, and the first answer is repeated for 24 hours.

Answer and change commit together. An answer with a secret never comes here.
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import clock
from evidence.digests import sha256_bytes
from evidence.errors import BenchsealError
from registry.access.principals import Principal
from registry.api.renderers import json_bytes
from registry.errors import FieldsInvalid
from registry.models import IdempotentAnswer

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e]{1,200}\Z")


class KeyReused(BenchsealError):
    """The key came before with another request."""

    code = "idempotency_key_reused"
    status = 422
    title = "Idempotency-Key was used for another request"


def once(request: Request, principal: Principal, act: Callable[[], Response]) -> Response:
    """The answer of `act`, or the stored answer of the same request; raises `KeyReused`.

    Call it after the permission was checked: a repeat needs the permission, too.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    _check(key)
    digest = _digest(request)
    try:
        with transaction.atomic():
            return _replay_or_act(principal, key, digest, act)
    except IntegrityError:  # the same request at the same moment may have been first
        earlier = _earlier(principal, key)
        if earlier is None:
            raise
        return _repeat(earlier, digest)


def _replay_or_act(principal: Principal, key: str, digest: str, act: Callable[[], Response]) -> Response:
    earlier = _earlier(principal, key)
    if earlier is not None:
        return _repeat(earlier, digest)
    _forget_old(principal)
    row = IdempotentAnswer.objects.create(
        user=principal.user, key=key, request_digest=digest, status=0, created_at=clock.now()
    )
    response = act()
    row.status = response.status_code
    row.body = {"data": json.loads(json_bytes(response.data)), "location": response.get("Location", "")}
    row.save(update_fields=["status", "body"])
    return response


def _repeat(earlier: IdempotentAnswer, digest: str) -> Response:
    if earlier.request_digest != digest:
        raise KeyReused(
            "This key came before with another address or body.",
            next_step="Send a new key with each new request.",
        )
    body = earlier.body or {"data": None, "location": ""}
    headers = {"Idempotent-Replay": "true"}
    if body["location"]:
        headers["Location"] = body["location"]
    return Response(body["data"], status=earlier.status, headers=headers)


def _earlier(principal: Principal, key: str) -> IdempotentAnswer | None:
    since = clock.now() - KEPT_FOR
    return IdempotentAnswer.objects.filter(user=principal.user, key=key, created_at__gt=since).first()


def _forget_old(principal: Principal) -> None:
    until = clock.now() - KEPT_FOR
    IdempotentAnswer.objects.filter(user=principal.user, created_at__lte=until).delete()


def _digest(request: Request) -> str:
    return sha256_bytes(json_bytes([request.method, request.path, request.data]))


def _check(key: str) -> None:
    if not _KEY.match(key):
        raise FieldsInvalid(
            "The Idempotency-Key cannot be used",
            [{"header": HEADER, "detail": "Send 1 to 200 printable ASCII characters.", "code": "invalid"}],
        )
