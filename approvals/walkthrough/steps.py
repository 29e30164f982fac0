"""The steps of the story over HTTP, in order, under the names of the README's table."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from approvals.demonstration.people import INVITED, Part
from approvals.walkthrough import bodies, checking
from approvals.walkthrough.authenticator import Authenticator
from approvals.walkthrough.site import PROJECT, Site
from approvals.walkthrough.transcript import Transcript
from approvals.walkthrough.visitor import StepFailed, Visitor
from evidence.digests import sha256_bytes
from registry.access.roles import TOKEN_SCOPES

HERE: Final = f"/api/v1/projects/{PROJECT}"
ABSENT: Final = frozenset({"paul", "fay"})
"""Nobody's data is personal and no choice is driven by cost: their stages are not asked for."""
SECRET: Final = re.compile(r'id="authenticator_secret"[^>]* value="([A-Z2-7]+)"')
ORDER: Final = (("1", "ines"), ("2", "tobias"), ("3", "maren"), ("4a", "dora"), ("4b", "olu"), ("5", "ruth"))


@dataclass
class Walk:
    """Who takes part and what was made so far."""

    site: Site
    out: Path
    transcript: Transcript
    say: Callable[[str], object]
    stack: ExitStack
    people: dict[str, Visitor] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    authenticators: dict[str, Authenticator] = field(default_factory=dict)
    pipeline: Visitor | None = None
    made: dict[str, str] = field(default_factory=dict)

    @property
    def ci(self) -> Visitor:
        """The pipeline that sends with a token."""
        if self.pipeline is None:
            raise StepFailed("no token was issued")
        return self.pipeline

    def visitor(self, who: str, *, token: str = "") -> Visitor:
        """Somebody new; the connection is closed at the end."""
        return self.stack.enter_context(Visitor(who, self.site.address, self.transcript, token=token))

    def tell(self, sentence: str) -> None:
        """Print a fact and write it down."""
        self.transcript.say(sentence)
        self.say(f"   {sentence}")

    def at(self, name: str, *parts: str) -> str:
        """The address of a thing made before."""
        return "/".join((HERE, f"{name}s", self.made[name], *parts))


def people_come_in(walk: Walk) -> None:
    """The administrator invites; each person accepts and logs in; the engineer issues a token."""
    walk.passwords[walk.site.administrator] = walk.site.password
    walk.transcript.secrets.add(walk.site.password)
    admin = walk.visitor("adam")
    admin.log_in(walk.site.administrator, walk.site.password)
    for part in INVITED:
        if part.account not in ABSENT:
            _come_in(walk, admin, part)
    ends_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    scopes = [str(scope) for scope in TOKEN_SCOPES]
    body = {"project": PROJECT, "name": "ci", "scopes": scopes, "expires_at": ends_at}
    issued = walk.people["ines"].post("/api/v1/tokens", body)
    walk.pipeline = walk.visitor("ci", token=issued["text"])
    for address, record in bodies.catalogue():
        walk.ci.post(f"{HERE}/{address}", record)
    walk.tell(f"{len(walk.people)} people came in by invitation; the catalogue is recorded.")


def a_run_is_received(walk: Walk) -> None:
    """Files first, by digest; then the document. A repeat makes nothing new."""
    files = bodies.private_files()
    for file in files:
        address = f"{HERE}/artifacts/{sha256_bytes(file.body)}"
        walk.ci.put(address, file.body, file.media_type)
    sent = bodies.document("ci-1", files)
    first = walk.ci.post(f"{HERE}/submissions", sent, expect=202)
    again = walk.ci.post(f"{HERE}/submissions", sent, expect=200)
    _hold(first["id"] == again["id"], "the same document made two submissions")
    contradicting = bodies.document("ci-2", files, model=bodies.OTHER)
    refused = walk.ci.post(f"{HERE}/submissions", contradicting, expect=202)
    walk.made |= {"submission": first["id"], "refused": refused["id"]}
    walk.tell("The document was posted twice and received once; a second one names another model.")


def it_is_read(walk: Walk) -> None:
    """The worker opens the files; the sender asks until both are decided."""
    decided = walk.ci.poll(walk.at("submission"), lambda one: one["state"] in ("admitted", "refused"))
    _hold(decided["state"] == "admitted", f"the run was refused: {decided['findings']}")
    walk.made["run"] = decided["run"]
    walk.tell("The worker read the results file and the samples file.")


def it_is_validated(walk: Walk) -> None:
    """What contradicts the files is refused, with place and next step."""
    address = f"{HERE}/submissions/{walk.made['refused']}"
    refused = walk.ci.poll(address, lambda one: one["state"] in ("admitted", "refused"))
    codes = {finding["code"] for finding in refused["findings"]}
    _hold(refused["state"] == "refused" and "FIELD_CONFLICT" in codes, "the contradiction was not found")
    walk.tell(f"The contradicting document was refused: {refused['findings'][0]['message']}.")


def it_is_admitted_and_sealed(walk: Walk) -> None:
    """The run has its figures, its record's digest and a signed statement; the log has a checkpoint."""
    run = walk.ci.get(walk.at("run"))
    metric = next(one for one in run["metrics"] if one["metric"] == bodies.METRIC)
    _hold((metric["k"], metric["n"]) == (bodies.PASSED, 400), f"the figures are {metric}")
    _, size, *_ = walk.ci.read("/api/v1/ledger/checkpoint").splitlines()
    _hold(int(size) > 0, "the log is empty")
    low, high = (100 * float(metric[name]) for name in ("ci_low", "ci_high"))
    walk.tell(f"{run['human_id']}: 348 of 400, 95% interval {low:.1f} to {high:.1f}; record {run['digest']}.")


def a_release_gathers_evidence(walk: Walk) -> None:
    """A deployment, a draft release, and what it rests on."""
    walk.ci.post(f"{HERE}/deployments", {"name": "claims-assistant", "environment": "production"})
    walk.made["release"] = walk.ci.post(f"{HERE}/releases", bodies.release())["human_id"]
    blocked = walk.ci.get(walk.at("release", "gates"))
    _hold(not blocked["passes"], "a release without evidence passes its gates")
    for link in (
        {"slot": "private_evaluation", "run": walk.made["run"]},
        {"slot": "rollback", "rollback": bodies.ROLLBACK},
        {"slot": "monitoring", "signal": bodies.SIGNAL},
    ):
        walk.ci.post(walk.at("release", "links"), link)
    walk.tell(f"{walk.made['release']} rests on a run, a way back and a signal.")


def gates_are_evaluated(walk: Walk) -> None:
    """No gate fails, so the revision can be frozen."""
    found = walk.ci.get(walk.at("release", "gates"))
    failing = [gate["code"] for gate in found["gates"] if gate["state"] == "fail"]
    _hold(found["passes"], f"gates fail: {failing}")
    walk.ci.post(walk.at("release", "submit"), {}, expect=200)
    walk.tell(f"{len(found['gates'])} gates were asked; none fails. The revision is frozen.")


def people_sign(walk: Walk) -> None:
    """Each stage by its person, with a challenge, both credentials and a code; a token cannot sign."""
    walk.ci.post(walk.at("release", "stages", "1", "view"), {}, expect=403)
    for stage, person in ORDER:
        _sign(walk, person, stage, walk.at("release", "stages", stage, "signatures"))
    state = walk.ci.get(walk.at("release"))["state"]
    _hold(state == "approved", f"after all signatures the release is {state}")
    walk.tell(f"{len(ORDER)} people signed, each one stage; the release is approved.")


def it_is_released(walk: Walk) -> None:
    """The release manager's signature makes it live."""
    decided = _sign(walk, "pia", "6", walk.at("release", "release"))
    _hold(decided["state"] == "released", f"the release is {decided['state']}")
    live = [place["live"]["human_id"] for place in walk.ci.get(f"{HERE}/deployments")["items"]]
    _hold(live == [walk.made["release"]], f"live are {live}")
    walk.tell("Pia released it; the deployment names it as live.")


def a_pack_is_sealed(walk: Walk) -> None:
    """The worker builds the pack; the auditor downloads the very bytes."""
    asked = walk.people["ruth"].post(walk.at("release", "packs"), {"include_private": False}, expect=202)
    address = f"/api/v1/packs/{asked['human_id']}"
    issued = walk.people["audra"].poll(address, lambda one: one["job"]["state"] in ("done", "failed"))
    _hold(issued["job"]["state"] == "done", f"the pack was not issued: {issued['job']['error']}")
    content = walk.people["audra"].download(f"{address}/download")
    _hold(sha256_bytes(content) == issued["digest"], "the download has another digest than the page says")
    (walk.out / f"{asked['human_id']}.zip").write_bytes(content)
    walk.made["pack"] = asked["human_id"]
    walk.tell(
        f"{asked['human_id']}: {issued['size']} bytes, {issued['digest']}, PDF of {issued['pages']} pages."
    )


def anyone_verifies(walk: Walk) -> None:
    """Without the server: client verifier with the fingerprint kept from the set-up, then public tools."""
    pack = walk.out / f"{walk.made['pack']}.zip"
    walk.people["audra"].get("/.well-known/benchseal-keys.json")
    walk.tell(f"benchseal pack verify: {checking.verdict(pack, trust=walk.site.pack_key)}")
    name = checking.unpacked_digests(pack, walk.out)
    walk.tell(f"unzip and sha256sum agree with both lists of the bag; its PDF is {name}.")


STEPS: Final[tuple[tuple[str, Callable[[Walk], None]], ...]] = (
    ("people come in", people_come_in),
    ("a run is received", a_run_is_received),
    ("it is read", it_is_read),
    ("it is validated", it_is_validated),
    ("it is admitted and sealed", it_is_admitted_and_sealed),
    ("a release gathers evidence", a_release_gathers_evidence),
    ("gates are evaluated", gates_are_evaluated),
    ("people sign", people_sign),
    ("it is released", it_is_released),
    ("a pack is sealed", a_pack_is_sealed),
    ("anyone verifies", anyone_verifies),
)
"""Step 0 is set-up; the others are the rows of the README's table."""


def _come_in(walk: Walk, admin: Visitor, part: Part) -> None:
    body = {
        "email": part.email,
        "printed_name": part.printed_name,
        "role": str(part.role),
        "reason": f"Walkthrough: {part.does}",
    }
    invited = admin.post(f"{HERE}/invitations", body)
    password = secrets.token_urlsafe(18)
    walk.transcript.secrets.add(password)
    person = walk.visitor(part.account)
    address = f"/invitations/{invited['invitation']['id']}/{invited['secret']}/"
    person.fill_in(address, {"account": part.account, "password": password, "repeated": password})
    person.log_in(part.account, password)
    walk.people[part.account], walk.passwords[part.account] = person, password
    if part.stage:
        _prepare_to_sign(walk, part.account, person)


def _prepare_to_sign(walk: Walk, account: str, person: Visitor) -> None:
    """Accept that signatures bind, and set up an authenticator by its page."""
    statement = person.get("/api/v1/me/accountability")
    person.post("/api/v1/me/accountability", {"version": statement["version"]})

    def first_code(page: str) -> dict[str, str]:
        found = SECRET.search(page)
        _hold(found is not None, "the page of a new authenticator shows no secret")
        secret = found[1] if found else ""
        walk.transcript.secrets.add(secret)
        walk.authenticators[account] = Authenticator(secret)
        return {"code": walk.authenticators[account].code()}

    person.fill_in("/accounts/reauthenticate/?next=/account/", {"password": walk.passwords[account]})
    person.fill_in("/accounts/2fa/totp/activate/", first_code)


def _sign(walk: Walk, person: str, stage: str, address: str) -> dict[str, Any]:
    visitor = walk.people[person]
    shown = visitor.post(walk.at("release", "stages", stage, "view"), {}, expect=200)
    body = {
        "view_digest": shown["digest"],
        "challenge": shown["challenge"]["id"],
        "account": person,
        "password": walk.passwords[person],
        "code": walk.authenticators[person].code(),
    }
    return visitor.post(address, body)


def _hold(condition: bool, otherwise: str) -> None:
    if not condition:
        raise StepFailed(otherwise)
