"""What is answered about releases agrees with the OpenAPI document."""

from typing import Any

from approvals.models import Release
from tests.approvals.api.conftest import BASE, REASON, Desk, opened
from tests.approvals.api.test_packs import VERIFY
from tests.registry.api.test_schema import _check, document

__all__ = ["document"]


def test_answers_about_a_release_agree_with_the_document(document: dict[str, Any], submitted: Desk) -> None:
    here = submitted.address

    def read(path: str, account: str = "audra") -> None:
        _check(document, path, submitted.client(account).get(path), "get")

    def send(path: str, account: str, body: dict[str, Any]) -> None:
        response = submitted.client(account).post(path, body, content_type="application/json")
        _check(document, path, response, "post")

    submitted.signed("1")
    send(f"{here}/stages/2/view", "tobias", {})
    send(f"{here}/stages/2/signatures", "tobias", submitted.dialog("tobias", "2"))
    send(f"{here}/stages/3/decline", "maren", {**submitted.dialog("maren", "3", "decline"), "reason": REASON})
    send(f"{here}/stages/3/signatures", "maren", {})
    send(f"{here}/packs", "ruth", {})
    for path in ("", "/links", "/gates", "/stages", "/stages/2/view", "/revisions/1", "/packs"):
        read(here + path)
    read(f"{BASE}/releases")
    read(f"{BASE}/deployments")
    read("/api/v1/me/queue")
    read("/api/v1/me/queue", "ines")
    pack = submitted.get("ruth", "/packs").json()["items"][0]["human_id"]
    read(f"/api/v1/packs/{pack}")
    read(f"/api/v1/packs/{pack}/download")
    checked = submitted.client("audra").post(VERIFY, b"no zip", content_type="application/zip")
    _check(document, VERIFY, checked, "post")
    send(f"{here}/request-changes", "tobias", {"reason": REASON})
    send(f"{here}/submit", "ines", {})
    send(f"{here}/resubmit", "ines", {})
    send(f"{here}/withdraw", "ines", {"reason": REASON})


def test_answers_about_a_draft_agree_with_the_document(document: dict[str, Any], desk: Desk) -> None:
    release = Release.objects.get(human_id=opened(desk, criteria=None, owner=None))
    address = f"{BASE}/releases/{release.pk}"
    client = desk.client("ines")
    for path in ("", "/stages", "/gates", "/links"):
        _check(document, address + path, client.get(address + path), "get")
    changed = client.patch(address, {"title": "Other"}, content_type="application/json")
    _check(document, address, changed, "patch")
    body = {"slot": "rollback", "rollback": desk.world.rollback.name}
    linked = client.post(f"{address}/links", body, content_type="application/json")
    _check(document, f"{address}/links", linked, "post")
    remove = f"{address}/links/{linked.json()['id']}/remove"
    removed = client.post(remove, {"reason": "No longer needed"}, content_type="application/json")
    _check(document, remove, removed, "post")
