"""Tables of the evidence layer. Subjects are text (`run:<id>`): nothing here points upward."""

from django.db import models
from django.db.models import Q

from evidence.actors import Channel
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel

DIGEST_LENGTH = 71


class Blob(models.Model):
    """Bytes of one artifact, stored once per installation under their digest."""

    digest = models.CharField(primary_key=True, max_length=DIGEST_LENGTH)
    size = models.BigIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="blob_size_not_negative", condition=Q(size__gte=0))]

    def __str__(self) -> str:
        return self.digest


class Record(InsertOnlyModel):
    """Canonical bytes of one hashed record (RFC 8785), stored once and shipped unchanged."""

    digest = models.CharField(primary_key=True, max_length=DIGEST_LENGTH)
    type = models.CharField(max_length=120)
    body = models.BinaryField()

    def __str__(self) -> str:
        return self.digest


class Statement(InsertOnlyModel):
    """A DSSE envelope over an in-toto Statement; `digest` is that of the payload bytes."""

    digest = models.CharField(primary_key=True, max_length=DIGEST_LENGTH)
    predicate_type = models.CharField(max_length=120)
    subject_digest = models.CharField(max_length=DIGEST_LENGTH, db_index=True)
    key_id = models.CharField(max_length=64)
    envelope = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["key_id"], name="statement_by_key")]

    def __str__(self) -> str:
        return self.digest


class LedgerEntry(InsertOnlyModel):
    """One leaf of the log: no names, no free text (docs/records.md, 7).

    `container` is no part of the leaf; it says under whose permissions the entry is read.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    container = models.CharField(max_length=120, blank=True)
    actor_id = models.CharField(max_length=60)
    channel = models.CharField(max_length=6, choices=[(c.value, c.value) for c in Channel])
    at = models.DateTimeField()
    payload_digest = models.CharField(max_length=DIGEST_LENGTH)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="entry_by_subject"),
            models.Index(fields=["container", "id"], name="entry_by_container"),
            models.Index(fields=["container", "subject", "id"], name="entry_by_container_subject"),
            models.Index(fields=["container", "kind", "id"], name="entry_by_container_kind"),
            models.Index(fields=["container", "actor_id", "id"], name="entry_by_container_actor"),
            models.Index(fields=["container", "channel", "id"], name="entry_by_container_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class LedgerPayload(InsertOnlyModel):
    """What an entry says, beside the leaf and salted, so that lawful erasure breaks no proof."""

    entry = models.OneToOneField(
        LedgerEntry, primary_key=True, on_delete=models.PROTECT, related_name="payload"
    )
    body = models.BinaryField()

    def __str__(self) -> str:
        return str(self.entry_id)


class UnsealedEntry(models.Model):
    """Queue of committed entries that have no index yet; written with the entry, emptied by `seal`."""

    entry = models.OneToOneField(LedgerEntry, primary_key=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.entry_id)


class SealedLeaf(InsertOnlyModel):
    """The gap-free index of an entry in the log."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="sealed")

    def __str__(self) -> str:
        return str(self.index)


class TreeNode(InsertOnlyModel):
    """Hash of one complete subtree: 2**level leaves from index·2**level on (RFC 6962)."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="tree_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(InsertOnlyModel):
    """A signed note over size and root of the log (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["signed_at"], name="checkpoint_by_time")]

    def __str__(self) -> str:
        return str(self.size)


class TreeHead(models.Model):
    """The one row that sealers lock."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="tree_head_single", condition=Q(id=1))]

    def __str__(self) -> str:
        return str(self.size)


class Publication(models.Model):
    """How far one target of CHECKPOINT_TARGETS got: what it holds, and what stops it since when."""

    target = models.CharField(primary_key=True, max_length=500)
    size = models.BigIntegerField(null=True)
    published_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.target


class Verification(InsertOnlyModel):
    """What one verification of the whole installation found; `faults` are the first, as where and what."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    entries = models.BigIntegerField()
    files = models.BigIntegerField(null=True)
    checkpoint_size = models.BigIntegerField()
    compared_with = models.JSONField()
    fault_count = models.PositiveIntegerField()
    faults = models.JSONField()

    def __str__(self) -> str:
        return str(self.started_at)


class JobState(models.TextChoices):
    """States of a job; `queued → running → done | failed`, back to `queued` after a lost worker."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    """Work that outlives its worker: written with the change that asks for it, taken by a lease."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    task = models.CharField(max_length=80)
    subject = models.CharField(max_length=120, db_index=True)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_text = models.CharField(max_length=200, blank=True)
    result = models.JSONField(default=dict)
    error = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    actor_id = models.CharField(max_length=60)
    actor_name = models.CharField(max_length=200)
    channel = models.CharField(max_length=6)
    request_id = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The sweeper asks for these every second; finished jobs are not in the index.
            models.Index(
                fields=["lease_until"], name="job_open", condition=Q(state__in=["queued", "running"])
            ),
            # Figures count each of these at every scrape.
            *(
                models.Index(fields=["state"], name=f"job_{state}", condition=Q(state=state))
                for state in ("queued", "running", "failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.subject}"


class TickLease(models.Model):
    """Which worker runs a periodic task now; one row a task."""

    name = models.CharField(primary_key=True, max_length=40)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
