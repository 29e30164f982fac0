"""The release manifest: what people sign.

Recomputed from the newest records at any time, it decides whether a signature still counts. It
holds no clock, no gate result and no signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from approvals.facts import ReleaseFacts
from evidence.canonical import as_set
from evidence.digests import digest_of
from evidence.names import record_type
from registry.models import CatalogueRecord

SECTIONS = (
    "scope",
    "model",
    "evidence",
    "datasets",
    "criteria",
    "comparisons",
    "waivers",
    "rollback",
    "monitoring",
    "policy",
)


@dataclass(frozen=True)
class Manifest:
    """The manifest record and the scope record it names."""

    body: dict[str, Any]
    scope: dict[str, Any]

    @property
    def digest(self) -> str:
        """What signatures have as their subject."""
        return digest_of(self.body)


def compose(facts: ReleaseFacts, *, revision: int) -> Manifest:
    """The manifest of the release as its evidence stands now."""
    scope = scope_of(facts)
    sections = {name: as_set(entries) for name, entries in _sections(facts, scope).items()}
    body = {
        "type": record_type("release-manifest"),
        "release": str(facts.release.pk),
        "human_id": facts.release.human_id,
        "revision": revision,
        "tier": facts.release.tier,
        "tier_answers": facts.release.tier_answers,
        "sections": sections,
        "section_digests": {name: digest_of(entries) for name, entries in sections.items()},
    }
    return Manifest(body=body, scope=scope)


def scope_of(facts: ReleaseFacts) -> dict[str, Any]:
    """What the release is for, as a record of its own."""
    release = facts.release
    owner = release.owner
    return {
        "type": record_type("release-scope"),
        "release": str(release.pk),
        "title": release.title,
        "intended_use": release.intended_use,
        "out_of_scope": release.out_of_scope,
        "deployment": release.deployment.name,
        "environment": release.deployment.environment,
        "owner": {"id": str(owner.pk), "account": owner.username} if owner else None,
        "optional_stages": sorted(release.optional_stages),
    }


def diff(signed: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs, entry by entry: section, slot, id, `signed` and `now` digests."""
    found = [
        _change("scope", field, "", digest_of(signed[field]), digest_of(now[field]))
        for field in ("tier", "tier_answers")
        if signed[field] != now[field]
    ]
    for name in SECTIONS:
        before, after = _by_key(signed["sections"][name]), _by_key(now["sections"][name])
        found += [
            _change(name, key[0], key[1], before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        ]
    return found


def _change(section: str, slot: str, key: str, signed: str | None, now: str | None) -> dict[str, Any]:
    return {"section": section, "slot": slot, "id": key, "signed": signed, "now": now}


def _by_key(entries: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], str]:
    return {(entry["slot"], entry["id"]): entry["digest"] for entry in entries}


def _sections(facts: ReleaseFacts, scope: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    release = facts.release
    runs = [linked for linked in facts.runs if linked.stands]
    return {
        **{name: [] for name in SECTIONS},
        "scope": [_entry("scope", str(release.pk), digest_of(scope))],
        "model": _records("model_version", [facts.model]),
        "evidence": [_entry(linked.slot, str(linked.run.pk), linked.run.record_id) for linked in runs],
        "datasets": [
            *_records("dataset", [linked.dataset for linked in runs]),
            *_records("dataset", facts.datasets),
            *_records("benchmark", [linked.benchmark for linked in runs]),
        ],
        "criteria": [
            *_records("criteria_set", [facts.criteria] if facts.criteria else []),
            *_records("metric", facts.metrics.values()),
        ],
        "waivers": _records("waiver", facts.waivers),
        "rollback": _records("rollback_artifact", facts.rollbacks),
        "monitoring": _records("monitoring_signal", facts.signals),
        "policy": _records("policy", [release.policy]),
    }


def _records(slot: str, rows: Iterable[CatalogueRecord]) -> list[dict[str, str]]:
    # Identity, not row id: a new revision of the same thing is a changed digest, not another entry.
    return [_entry(slot, identity_of(row), row.record_id) for row in rows if row.withdrawn_at is None]


def identity_of(row: CatalogueRecord) -> str:
    """What stays the same over all revisions of a record, as `name/version` or `name`."""
    return "/".join(str(getattr(row, name)) for name in row.IDENTITY)


def _entry(slot: str, key: str, digest: str) -> dict[str, str]:
    return {"slot": slot, "id": key, "digest": digest}
