"""The policy a new release uses; the shipped default is recorded once for each project."""

from django.db import transaction

from approvals import default_policy
from approvals.models import Policy
from approvals.policy import DEFAULT, Rules, rules_of
from evidence import clock, ledger, records
from registry import record_bodies
from registry.access.principals import Principal
from registry.catalogue import subject_of
from registry.containers import container_of
from registry.events import RegistryEvent
from registry.ledger_facts import of_record
from registry.models import Project

DEFAULT_NAME = "Benchseal default"


@transaction.atomic
def current(project: Project, *, principal: Principal) -> Policy:
    """The newest policy of the project; the shipped default is recorded on first use."""
    return newest(project) or _record_default(project, principal)


def rules_for(project: Project) -> Rules:
    """What a release opened now would go by; records nothing."""
    found = newest(project)
    return rules_of(found) if found else DEFAULT


def newest(project: Project) -> Policy | None:
    """The version in force; none before the first release."""
    return Policy.objects.heads().filter(project=project).order_by("-created_at").first()


def _record_default(project: Project, principal: Principal) -> Policy:
    row = Policy(
        project=project,
        name=DEFAULT_NAME,
        tiers={str(tier): rules for tier, rules in default_policy.DEFAULT_TIERS.items()},
        meanings={
            key: {"version": version, "text": text}
            for key, (version, text) in default_policy.MEANINGS.items()
        },
        stages=list(default_policy.DEFAULT_STAGES),
        procedures=default_policy.DEFAULT_PROCEDURES,
        created_at=clock.now(),
        created_by=principal.user,
        responsible_persons=[],
        channel=principal.channel.value,
    )
    row.record_id = records.store(record_bodies.body_of(row))
    row.save(force_insert=True)
    ledger.append(
        RegistryEvent.CATALOGUE_RECORDED,
        subject_of(row),
        actor=principal.actor,
        container=container_of(row.project_id),
        note=ledger.Note(
            reason="Shipped default", new={"name": row.name, **of_record(row)}, record=row.record_id
        ),
    )
    return row
