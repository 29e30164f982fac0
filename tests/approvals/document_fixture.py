"""A whole pack of HarborSure made by hand, in the shapes the steps write; every free text can carry more.

The claims notes run has 348 of 400, the public one 880 of 1000, a group score without k, a latency and
a value that is not a number. One signature stopped when the first private run was corrected.
"""

from __future__ import annotations

from typing import Any

from approvals.default_policy import DEFAULT_TIERS, MEANINGS
from evidence.digests import digest_of
from evidence.names import record_type
from registry.statistics.intervals import wilson

Body = dict[str, Any]

HOSTILE = (
    '<script>alert(1)</script><img src="file:///etc/passwd"><svg onload="x()"></svg>'
    '<link rel=attachment href="file:///etc/hostname">"\'</style>}}{% load %}{{ x }}'
)
CONTAMINATION = "Insurance QA 1 is public since 1 Jun 2024, the training cutoff is 31 Dec 2024"
PROJECT = "HARBOR"
VERIFY_URL = "https://registry.harborsure.example/verify/"
NAMES = {
    "ines": "Ines Marquez",
    "tobias": "Tobias Lindqvist",
    "vera": "Vera Okonkwo",
    "sam": "Samuel Brandt",
    "carla": "Carla Dietrich",
    "ruth": "Ruth Abernathy",
}


def uid(number: int) -> str:
    """A UUID of the fixture."""
    return f"0198f3a2-7c00-7000-8000-{number:012x}"


def time(day: int, clock: str = "09:00:00") -> str:
    """A canonical time in November 2026."""
    return f"2026-11-{day:02d}T{clock}.000000Z"


class Records:
    """Records by digest; `add` returns the digest."""

    def __init__(self) -> None:
        self.bodies: dict[str, Body] = {}

    def add(self, body: Body) -> str:
        digest = digest_of(body)
        self.bodies[digest] = body
        return digest


def person(name: str) -> Body:
    """A person as records name one."""
    return {"id": uid(100 + list(NAMES).index(name)), "account": name}


def make(
    extra: str = "", *, stages: int = 6, many: int = 0, runs: int = 0
) -> tuple[Body, Body, dict[str, Body]]:
    """`record.json`, `pack.json` and the records.

    `extra` is added to every free text, `stages` is how many stages of revision 2 are signed, `many`
    adds that many events and files, `runs` that many admitted private runs.
    """
    return _Maker(extra, stages, many, runs).made()


class _Maker:
    def __init__(self, extra: str, stages: int, many: int, runs: int) -> None:
        self.extra, self.stages, self.many = extra, stages, many
        self.records = Records()
        self.signatures: list[Body] = []
        self._catalogue()
        self.voided = self.run(1, "private", k=352, day=9)
        self.private = self.run(2, "private", k=348, day=12, corrects=self.voided)
        self.public = self.run(3, "public", k=880, day=10)
        self.more = [self.run(4 + number, "private", k=348 - number % 9, day=11) for number in range(runs)]
        self.first = self.manifest(1, self.voided)
        self.second = self.manifest(2, self.private)

    def text(self, text: str) -> str:
        return f"{text}{' ' + self.extra if self.extra else ''}"

    def catalogue(self, what: str, number: int, /, **fields: Any) -> Body:
        body = {
            "type": record_type(what),
            "id": uid(number),
            "project": PROJECT,
            "revision": 1,
            "supersedes": None,
            "created_at": time(3),
            "created_by": person("ines"),
            **fields,
        }
        return {"id": body["id"], "digest": self.records.add(body)}

    def _catalogue(self) -> None:
        text = self.text
        parent = self.catalogue("model-version", 9, model="Brig-S", version="2025-11", **MODEL, parent=None)
        self.model = self.catalogue(
            "model-version",
            10,
            model="Brig-M",
            version="2026-03",
            **{**MODEL, "terms": text("Brig terms of 1 Mar 2026"), "notes": text("Pinned snapshot")},
            parent=parent,
        )
        self.private_data = self.catalogue(
            "dataset-version",
            11,
            **{
                **DATASET,
                "dataset": "claims-notes",
                "source": text("Closed claims of 2025, drawn at random"),
                "relevance": text("Same claim types and lengths as the notes the model will draft"),
                "owner": person("tobias"),
                "privacy_attested_by": person("sam"),
            },
        )
        self.public_data = self.catalogue(
            "dataset-version",
            12,
            **{
                **DATASET,
                "dataset": "insurance-qa",
                "exposure": "published",
                "privacy_class": "synthetic",
                "anonymisation_method": "",
                "privacy_attested_by": None,
                "published_at": "2024-06-01",
                "annotation_guideline": "",
                "legal_basis": "",
                "item_count": 1000,
                "source": text("insurance-qa 1.0"),
                "relevance": text("General insurance knowledge"),
                "owner": person("ines"),
            },
        )
        self.private_benchmark = self.catalogue(
            "benchmark-version",
            13,
            benchmark="Claims notes",
            kind="private",
            public_release_date=None,
            item_count=400,
            **{**BENCHMARK, "notes": text("")},
        )
        self.public_benchmark = self.catalogue(
            "benchmark-version",
            14,
            benchmark="Insurance QA",
            kind="public",
            public_release_date="2024-06-01",
            item_count=1000,
            **BENCHMARK,
        )
        self.metric = self.catalogue("metric-definition", 15, **{**METRIC, "goal": text("Usable notes")})
        self.criteria = self.catalogue(
            "criteria-set",
            16,
            name="Claims acceptance",
            goal=text("A note is usable without rewriting"),
            criteria=[
                {"metric": "pass rate", "statistic": "wilson_lower", "operator": ">=", "threshold": "0.8"},
                {
                    "metric": "pass rate",
                    "statistic": "wilson_lower",
                    "operator": ">=",
                    "threshold": "0.8",
                    "slice": "Spanish",
                    "severity": "flag",
                },
            ],
        )
        self.rollback = self.catalogue(
            "rollback-artifact",
            17,
            name="claims-drafting r41",
            kind="container_image",
            location=text("registry.harborsure.example/claims@sha256:77"),
            digest="sha256:" + "7" * 64,
            restores=text("Brig-S 2025-11"),
            procedure=text(
                "1. Point the router at r41.\n2. Wait for the health check.\n3. Watch p95 for 10 minutes."
            ),
            last_tested_at=time(8, "14:30:00"),
            tested_by=person("ruth"),
            recovery_seconds=380,
        )
        self.signal = self.catalogue(
            "monitoring-signal",
            18,
            name="claims pass rate",
            metric="pass rate",
            statistic="mean",
            unit="share",
            source=text("Weekly sample of 50 notes"),
            threshold="0.8",
            direction="higher_is_better",
            window_minutes=10080,
            clear_threshold="0.85",
            minimum_minutes=1440,
            staleness_minutes=2880,
            owner=person("tobias"),
            action="suspend",
            runbook="",
        )
        self.policy = self.catalogue(
            "policy",
            19,
            name="Benchseal default",
            tiers={str(tier): rules for tier, rules in DEFAULT_TIERS.items()},
            meanings={key: {"version": version, "text": words} for key, (version, words) in MEANINGS.items()},
        )

    def run(self, number: int, kind: str, *, k: int, day: int, corrects: Body | None = None) -> Body:
        """A run record and its line in record.json."""
        human_id = f"{PROJECT}-RUN-2026-{number:04d}"
        is_private = kind == "private"
        body = {
            "type": record_type("run"),
            "id": uid(20 + number if number < 4 else 9000 + number),
            "human_id": human_id,
            "external_id": self.text(f"ci-{number}"),
            "project": PROJECT,
            "owner": person("ines"),
            "uploaded_by": person("ines"),
            "responsible_persons": [person("ines")["id"]],
            "submission": {"id": uid(60 + number), "digest": digest_of({"submission": number})},
            "reader": {"name": "lm-eval", "version": "1"},
            "stage": "selection",
            "origin_kind": "own",
            "split": "held_out_private" if is_private else "test",
            "received_at": time(day, "10:11:12"),
            "admitted_at": time(day, "10:11:20"),
            "corrects": {key: corrects[key] for key in ("id", "human_id", "digest")} if corrects else None,
            "correction_reason": self.text("Four notes were graded twice") if corrects else "",
            "model": {"name": "Brig-M 2026-03", **self.model},
            "benchmark": {"name": "b", **(self.private_benchmark if is_private else self.public_benchmark)},
            "dataset": {"name": "d", **(self.private_data if is_private else self.public_data)},
            "metric_definitions": [{"name": "pass rate", **self.metric}],
            "rollback_artifacts": [],
            "monitoring_signals": [],
            "harness": {"name": "lm-eval", "version": "0.4.9", "commit": "e" * 40},
            "environment": {"hardware": self.text("4 x L40S"), "region": "eu-west-1"},
            "conditions": {"concurrency": 8, "n_shot": 0, "decoding": {"temperature": "0.0"}},
            "not_covered": self.text("Spanish claims, claims above 50,000 EUR, scanned handwriting"),
            "origins": [*self._origins(human_id)],
            "completeness": {"present": 8, "total": 9, "missing": ["container_digest"]},
            "findings": [
                {
                    "code": "VALUE_NOT_FINITE",
                    "severity": "flag",
                    "message": self.text("toxicity: the value is nan, not a number"),
                    "file": "results.json",
                    "pointer": "/results/claims_notes/toxicity",
                    "next_step": "Check the evaluation",
                }
            ],
            "started_at": time(day, "08:00:00"),
            "finished_at": None,
            "artifacts": [],
            "metrics": self._metrics(k, 400 if is_private else 1000),
        }
        digest = self.records.add(body)
        name = "pass rate, claims_notes" if is_private else "pass rate, insurance_qa"
        return {
            "id": body["id"],
            "human_id": human_id,
            "digest": digest,
            "headline": f"{name}: {k}/{400 if is_private else 1000}",
            "status": "void" if number == 1 else "admitted",
            "void_reason": self.text("Four notes were graded twice, see the correction")
            if number == 1
            else None,
            "voided_at": time(12, "10:00:00") if number == 1 else None,
            "voided_by": self.text("Ines Marquez") if number == 1 else None,
        }

    def _metrics(self, k: int, n: int) -> list[Body]:
        bounds = wilson(k, n)
        interval = {
            "low": repr(bounds.low),
            "high": repr(bounds.high),
            "method": "wilson",
            "confidence": "0.95",
        }
        empty: Body = {
            "slice": "",
            "statistic": "mean",
            "definition": None,
            "unit": "",
            "k": None,
            "n": None,
            "k_source": None,
            "stderr": None,
            "interval": None,
        }
        return [
            {
                **empty,
                "name": "acc",
                "definition": "pass rate",
                "value": repr(k / n),
                "k": k,
                "n": n,
                "k_source": "samples",
                "interval": interval,
            },
            {
                **empty,
                "name": "f1",
                "slice": self.text("long notes"),
                "value": "0.8125",
                "n": 96,
                "stderr": "0.0312",
            },
            {**empty, "name": "latency", "statistic": "p95", "unit": "ms", "value": "2450", "n": n},
            {**empty, "name": "toxicity", "value": {"state": "nan"}, "n": n},
            {**empty, "name": "bleu", "value": {"state": "missing"}},
        ]

    def _origins(self, human_id: str) -> list[Body]:
        def origin(field: str, state: str, value: str | None, **more: str | None) -> Body:
            return {
                "field": field,
                "state": state,
                "value": value,
                "file_value": None,
                "uploader_value": None,
                "file": None,
                "pointer": None,
                "override_reason": None,
                **more,
            }

        rows = [
            origin("model", "both", "Brig-M", file="results.json", pointer="/config/model"),
            origin("seed", "file", "python=0, numpy=1234", file="results.json", pointer="/config/seed"),
            origin("started_at", "uploader", time(9, "08:00:00")),
            origin("container_digest", "missing", None),
        ]
        if human_id.endswith("0003"):
            rows.append(
                origin(
                    "n",
                    "conflict",
                    self.text("1000"),
                    file_value=self.text("998"),
                    uploader_value=self.text("1000"),
                    file="results.json",
                    pointer="/n-samples/insurance_qa/original",
                    override_reason=self.text("Two items were withdrawn by the publisher"),
                )
            )
        return rows

    def manifest(self, number: int, private: Body) -> str:
        """A release manifest; revision 2 holds the corrected run."""
        scope = self.records.add(
            {
                "type": record_type("release-scope"),
                "release": uid(1),
                "title": self.text("Brig-M for claims notes"),
                "intended_use": self.text(
                    "Drafting claims notes for adjusters, each draft read by an adjuster"
                ),
                "out_of_scope": self.text("Deciding a claim, writing to a customer"),
                "deployment": "claims-drafting",
                "environment": "production",
                "owner": person("tobias"),
                "optional_stages": [],
            }
        )
        sections: dict[str, list[Body]] = {
            "scope": [entry("scope", uid(1), scope)],
            "model": [entry("model_version", "Brig-M/2026-03", self.model["digest"])],
            "evidence": [
                entry("private", private["id"], private["digest"]),
                entry("public", self.public["id"], self.public["digest"]),
            ],
            "datasets": [
                entry("dataset", "claims-notes/1", self.private_data["digest"]),
                entry("dataset", "insurance-qa/1", self.public_data["digest"]),
                entry("benchmark", "Claims notes/1", self.private_benchmark["digest"]),
                entry("benchmark", "Insurance QA/1", self.public_benchmark["digest"]),
            ],
            "criteria": [
                entry("criteria_set", "Claims acceptance", self.criteria["digest"]),
                entry("metric", "pass rate", self.metric["digest"]),
            ],
            "comparisons": [],
            "waivers": [],
            "rollback": [entry("rollback_artifact", "claims-drafting r41", self.rollback["digest"])],
            "monitoring": [entry("monitoring_signal", "claims pass rate", self.signal["digest"])],
            "policy": [entry("policy", "Benchseal default", self.policy["digest"])],
        }
        return self.records.add(
            {
                "type": record_type("release-manifest"),
                "release": uid(1),
                "human_id": f"{PROJECT}-REL-2026-0004",
                "revision": number,
                "tier": "moderate",
                "tier_answers": {
                    "reach": "customers",
                    "domain": "none",
                    "personal_data": False,
                    "external_vendor": True,
                },
                "sections": sections,
                "section_digests": {name: digest_of(entries) for name, entries in sections.items()},
            }
        )

    def sign(
        self, who: str, stage: str, role: str, at: str, *, manifest: str, revision: int, **more: Any
    ) -> None:
        """A signature with its decision view."""
        meaning = MEANINGS[MEANING_OF.get(role, role if role in MEANINGS else "field")][1]
        view = self.records.add(
            {
                "type": record_type("decision-view"),
                "manifest": manifest,
                "revision": revision,
                "stage": stage,
                "role": role,
                "signer": person(who)["id"],
                "action": more.get("action", "sign"),
                "meaning": {"id": role, "version": 1, "text": meaning},
                "gates": self._gates(),
                "flags": ["GATE_CRITERIA"],
                "worst": [
                    {
                        "code": "GATE_CRITERIA",
                        "name": "pass rate, Spanish",
                        "state": "flag",
                        "reason": "NOT TESTED",
                    },
                    {
                        "code": "CONTAMINATION_RISK",
                        "name": "Contamination",
                        "state": "flag",
                        "reason": self.text(CONTAMINATION),
                    },
                ],
                "lower_signatures": [],
            }
        )
        number = len(self.signatures)
        statement = digest_of({"statement": number})
        self.signatures.append(
            {
                "id": uid(40 + number),
                "statement": statement,
                "envelope": f"data/attestations/{statement[7:]}.dsse.json",
                "manifest": manifest,
                "view": view,
                "revision": revision,
                "stage": stage,
                "role": role,
                "action": "sign",
                "signer": person(who)["id"],
                "printed_name": self.text(NAMES[who]),
                "for": None,
                "delegation": None,
                "meaning": meaning,
                "comment": "",
                "methods": ["account-and-password"],
                "signed_at": at,
                "effect": "counts",
                "stopped_at": None,
                "stopped_why": None,
                "diff": [],
                **more,
            }
        )

    def _gates(self) -> list[Body]:
        bounds = wilson(348, 400)
        facts = {
            "metric": "pass rate",
            "slice": "",
            "rule": "Lower 95% bound at least 0.8",
            "run": self.private["human_id"],
            "value": "0.87",
            "k": 348,
            "n": 400,
            "low": repr(bounds.low),
            "high": repr(bounds.high),
        }
        untested = {"metric": "pass rate", "slice": "Spanish", "rule": "Lower 95% bound at least 0.8"}
        return [
            gate(
                "GATE_CRITERIA",
                "pass rate, Spanish",
                "flag",
                "NOT TESTED",
                "Link a private run that measures it.",
                untested,
            ),
            gate("CONTAMINATION_RISK", "Contamination", "flag", self.text(CONTAMINATION)),
            gate("GATE_CRITERIA", "pass rate", "pass", "Lower 95% bound at least 0.8", "", facts),
            gate("GATE_PRIVATE_EVAL", "Private evaluation", "pass", "400 items (HARBOR-RUN-2026-0002)"),
            gate("GATE_EVIDENCE", "Evidence", "pass", "2 of 2 linked runs stand"),
            gate("GATE_RUN_COMPLETE", "Runs complete", "pass", "2 of 2 runs"),
            gate("GATE_ROLLBACK", "Rollback", "pass", "claims-drafting r41, restore tested 8 Nov 2026"),
            gate("GATE_MONITORING", "Monitoring", "pass", "1 signal with owner and action: claims pass rate"),
            gate("GATE_OWNER", "Owner", "pass", self.text("Tobias Lindqvist")),
            gate("GATE_QUORUM", "Signers", "pass", "Every stage has its signers"),
        ]

    def made(self) -> tuple[Body, Body, dict[str, Body]]:
        """Sign, then put everything together."""
        stopped = {
            "effect": "stopped",
            "stopped_at": time(12, "10:11:21"),
            "stopped_why": self.text("HARBOR-RUN-2026-0001 was corrected by HARBOR-RUN-2026-0002."),
            "diff": [
                {
                    "section": "evidence",
                    "slot": "private",
                    "id": uid(21),
                    "signed": self.voided["digest"],
                    "now": None,
                },
                {
                    "section": "evidence",
                    "slot": "private",
                    "id": uid(22),
                    "signed": None,
                    "now": self.private["digest"],
                },
            ],
        }
        self.sign("ines", "1", "submitter", time(11), manifest=self.first, revision=1, **stopped)
        self.sign(
            "tobias", "2", "model_owner", time(11, "10:30:05"), manifest=self.first, revision=1, **stopped
        )
        for number, (who, stage, role) in enumerate(STAGES[: self.stages]):
            action = "release" if stage == "6" else "sign"
            comment = self.text("Spend is read weekly.") if stage == "4b" else ""
            at = time(13 + number, f"1{number}:04:0{number}")
            self.sign(who, stage, role, at, manifest=self.second, revision=2, action=action, comment=comment)
        self.sign(
            "sam",
            "4b",
            "security_reviewer",
            time(13, "18:00:00"),
            manifest=self.second,
            revision=2,
            action="decline",
            comment=self.text("The vendor's terms on retention were not attached."),
        )
        record = self._record()
        return record, self._pack(digest_of(record)), self.records.bodies

    def _record(self) -> Body:
        state = "released" if self.stages == len(STAGES) else "in_review"
        return {
            "type": record_type("record"),
            "scope": "release",
            "release": {
                "id": uid(1),
                "human_id": f"{PROJECT}-REL-2026-0004",
                "title": self.text("Brig-M for claims notes"),
                "state": state,
                "tier": "moderate",
                "organisation": self.text("HarborSure Insurance"),
                "project": PROJECT,
                "project_name": self.text("Claims models"),
                "deployment": "claims-drafting",
                "environment": "production",
                "model_version": "Brig-M 2026-03",
                "model_digest": self.model["digest"],
                "owner": self.text("Tobias Lindqvist"),
                "opened_at": time(10, "09:00:00"),
                "approved_at": time(14, "10:00:00"),
                "released_at": None,
                "valid_until": time(28, "10:00:00"),
                "review_at": None,
            },
            "revisions": [
                {
                    "number": 1,
                    "manifest": self.first,
                    "submitted_at": time(10, "17:00:00"),
                    "submitted_by": self.text("Ines Marquez"),
                },
                {
                    "number": 2,
                    "manifest": self.second,
                    "submitted_at": time(12, "11:00:00"),
                    "submitted_by": self.text("Ines Marquez"),
                },
            ],
            "runs": [self.voided, self.private, self.public, *self.more],
            "files": self._files(),
            "signatures": self.signatures,
            "decisions": [],
            "notes": [
                {
                    "action": "request_changes",
                    "revision": 1,
                    "stage": None,
                    "text": self.text("The notes of March are missing from the run."),
                    "items": [self.text("A run over all twelve months")],
                    "by": self.text("Maren Vogt"),
                    "at": time(11, "15:00:00"),
                }
            ],
            "events": self._events(state),
            "withheld": [
                {
                    "name": self.text("samples_claims_notes.jsonl"),
                    "digest": "sha256:" + "ab" * 32,
                    "size": 4811982,
                    "reason": self.text("Per-item file of a dataset that is never published; on request."),
                    "run": "HARBOR-RUN-2026-0002",
                },
            ],
            "access": {
                "at": time(18, "12:17:00"),
                "grants": [
                    self.grant("ines", "submitter", time(1), None),
                    self.grant("ruth", "release_manager", time(1), None),
                    self.grant("vera", "admin", time(1), time(12)),
                ],
            },
        }

    def grant(self, who: str, role: str, start: str, end: str | None) -> Body:
        """A grant of the access review."""
        return {
            "account": who,
            "printed_name": self.text(NAMES[who]),
            "kind": "person",
            "role": role,
            "valid_from": start,
            "valid_to": end,
            "granted_by": self.text("Maren Vogt"),
        }

    def _files(self) -> list[Body]:
        files = [
            {
                "path": f"data/records/{digest[7:]}.json",
                "size": 900,
                "digest": digest,
                "kind": "view" if "decision-view" in body["type"] else "record",
                "name": body["type"],
                "run": None,
            }
            for digest, body in sorted(self.records.bodies.items())
        ]
        files += [
            {
                "path": one["envelope"],
                "size": 1432,
                "digest": digest_of(one["envelope"]),
                "kind": "statement",
                "name": record_type("approval"),
                "run": None,
            }
            for one in self.signatures
        ]
        for number in range(max(1, self.many)):
            files.append(
                {
                    "path": f"data/evidence/HARBOR-RUN-2026-0003/{number:02d}-results.json",
                    "size": 18231,
                    "digest": digest_of({"file": number}),
                    "kind": "artifact",
                    "name": self.text("results.json"),
                    "run": "HARBOR-RUN-2026-0003",
                }
            )
        return sorted(files, key=lambda file: str(file["path"]))

    def _events(self, state: str) -> list[Body]:
        kinds = [
            (9, "run.admitted"),
            (10, "release.opened"),
            (10, "evidence.linked"),
            (10, "release.submitted"),
            (11, "stage.signed"),
            (11, "stage.signed"),
            (12, "run.voided"),
            (12, "signature.stopped"),
            (12, "release.reopened"),
            (12, "run.admitted"),
            (12, "release.submitted"),
            *((13 + number, "stage.signed") for number in range(self.stages)),
            *([(18, "release.released")] if state == "released" else []),
            *((18, "stage.opened") for _ in range(self.many)),
        ]
        return [
            {
                "entry": uid(5000 + number),
                "leaf_hash": digest_of({"leaf": number})[7:],
                "kind": kind,
                "at": time(day, f"12:{number % 60:02d}:00"),
            }
            for number, (day, kind) in enumerate(kinds)
        ]

    def _pack(self, record: str) -> Body:
        return {
            "type": record_type("pack"),
            "id": uid(3),
            "human_id": f"{PROJECT}-PACK-2026-0001",
            "version": 1,
            "scope": "release",
            "record": record,
            "made_at": time(22, "07:00:00"),
            "made_by": self.text("Carla Dietrich"),
            "supersedes": None,
            "checkpoint": {
                "origin": "registry.harborsure.example/log",
                "size": 1377,
                "root": "q0bYdT1tQ2H0y6kH7ZUKzqk9kQb8qM0R0n0nQ2H0y6k=",
            },
            "software": "benchseal 0.1.0",
            "keys": {use: (use.encode().hex() * 16)[:64] for use in ("pack", "attest", "log", "tsa")},
            "time_authority": "self-issued",
            "document_signature": {"level": "B-LTA", "reason": "Made for a test."},
        }


def entry(slot: str, key: str, digest: str) -> Body:
    """A line of a release manifest."""
    return {"slot": slot, "id": key, "digest": digest}


def gate(
    code: str, name: str, state: str, reason: str, next_step: str = "", facts: Body | None = None
) -> Body:
    """A gate as decision views hold it."""
    return {
        "code": code,
        "name": name,
        "state": state,
        "reason": reason,
        "next_step": next_step,
        "facts": facts or {},
    }


MEANING_OF = {"compliance_reviewer": "compliance", "release_manager": "release"}

STAGES = (
    ("ines", "1", "submitter"),
    ("tobias", "2", "model_owner"),
    ("vera", "3", "validator"),
    ("sam", "4b", "security_reviewer"),
    ("carla", "5", "compliance_reviewer"),
    ("ruth", "6", "release_manager"),
)

MODEL: Body = {
    "supplier": "Brig Labs",
    "weights_digest": "",
    "provider_snapshot": "brig/brig-m@2026-03-14",
    "aliases": ["brig-m-latest"],
    "training_cutoff": "2024-12-31",
    "training_cutoff_source": "Model card of 14 Mar 2026",
    "licence": "Commercial",
    "terms": "",
    "modality": "text",
    "parameters": 70000000000,
    "sku": "",
    "region": "eu-west-1",
    "notes": "",
}

DATASET: Body = {
    "version": "1",
    "content_digest": "sha256:" + "c1" * 32,
    "collection_method": "Random draw, stratified by claim type",
    "collected_from": "2025-01-01",
    "collected_to": "2025-12-31",
    "legal_basis": "Legitimate interest, assessment LIA-7",
    "licence": "Internal",
    "privacy_class": "pseudonymised",
    "anonymisation_method": "Names and policy numbers replaced",
    "exposure": "never_published",
    "published_at": None,
    "item_count": 400,
    "split": "held_out_private",
    "split_public_at_cutoff": False,
    "languages": ["en", "de"],
    "annotators": ["two adjusters"],
    "annotation_guideline": "AG-12, revision 3",
    "previous_version": None,
    "lineage_reason": "",
}

BENCHMARK: Body = {
    "version": "1",
    "task": "claims_notes",
    "aliases": [],
    "licence": "Internal",
    "source": "",
    "notes": "",
}

METRIC: Body = {
    "name": "pass rate",
    "formula": "notes usable without rewriting / notes",
    "unit": "share",
    "direction": "higher_is_better",
    "range_low": "0",
    "range_high": "1",
    "aggregation": "mean",
    "is_proportion": True,
    "aliases": ["acc"],
}
