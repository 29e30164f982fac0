"""Labels and help of catalogue fields, the same on forms and on records."""

from typing import Final

FIELDS: Final[dict[str, tuple[str, str]]] = {
    "action": ("On a breach", "Suspend stops a live release; watch tells its owner."),
    "aggregation": ("Aggregation", "How items become one figure: mean, micro, percentile."),
    "aliases": ("Other names", "One a line: every name that result files use for it."),
    "annotation_guideline": ("Annotation guideline", "Required for a dataset that is not public."),
    "annotators": ("Annotators", "One a line."),
    "anonymisation_method": ("Anonymisation method", "Required for anonymised and pseudonymised items."),
    "benchmark": ("Benchmark", ""),
    "clear_threshold": (
        "A breach ends at",
        "What a value comes back to; the limit itself where this is empty.",
    ),
    "collected_from": ("Collected from", "As 2026-03-31."),
    "collected_to": ("Collected to", "As 2026-03-31."),
    "collection_method": ("Collection method", "How items were chosen."),
    "content_digest": (
        "Digest of the items",
        "sha256: and 64 small hexadecimal digits, as sha256sum prints them.",
    ),
    "criteria": ("Criteria", ""),
    "dataset": ("Dataset", ""),
    "digest": ("Digest", "sha256: and 64 small hexadecimal digits, as sha256sum prints them."),
    "direction": ("Which way is better", ""),
    "exposure": ("Exposure", "Who can have seen the items."),
    "formula": ("Formula", "As a reader can repeat it: passed items / all items."),
    "goal": ("Goal", "The business aim it stands for."),
    "is_proportion": ("A share of items, k of n", "Shares get an exact count and a 95% interval."),
    "item_count": ("Items", "How many items the version has."),
    "kind": ("Kind", ""),
    "languages": ("Languages", "One a line, as en or pt-BR."),
    "last_tested_at": ("Restore last tested at", "UTC, as 2026-11-14 09:30."),
    "legal_basis": ("Legal basis", ""),
    "licence": ("Licence", ""),
    "lineage_reason": ("Why it changed from the version before", ""),
    "location": ("Location", "Where the artifact lies."),
    "metric": ("Metric", ""),
    "modality": ("Modality", ""),
    "model": ("Model", ""),
    "name": ("Name", "Never changes from revision to revision."),
    "notes": ("Notes", ""),
    "owner": ("Owner", "The person who answers for it."),
    "parameters": ("Parameters", "Their number, in full."),
    "parent": ("Made from", "The model version it was trained or distilled from."),
    "previous_version": ("Version before", ""),
    "privacy_attested_by": ("Privacy attested by", "Required for anonymised and pseudonymised items."),
    "privacy_class": ("Privacy class", "From least to most sensitive."),
    "procedure": ("Procedure", "Step by step, so that somebody else can follow it."),
    "provider_snapshot": (
        "Provider's snapshot",
        "The provider's exact id; this or the digest of the weights.",
    ),
    "public_release_date": ("Public since", "As 2026-03-31."),
    "published_at": ("Published on", "As 2026-03-31."),
    "range_high": ("Highest value", ""),
    "range_low": ("Lowest value", ""),
    "recovery_seconds": ("Time to recover, seconds", "As measured in the last test."),
    "region": ("Region", "Where it is served."),
    "relevance": ("Why it is relevant", "What the items say about use in production."),
    "restores": ("Restores", "What runs after it was applied."),
    "minimum_minutes": (
        "Beyond the limit for, minutes",
        "Before it is a breach; the whole window where this is empty.",
    ),
    "runbook": ("Runbook", "Where the steps of the person who acts are written."),
    "sku": ("Product name", "As the provider's price list calls it."),
    "source": ("Source", ""),
    "split": ("Split", ""),
    "split_public_at_cutoff": ("Split public when training data ended", ""),
    "staleness_minutes": ("Data are missing after, minutes", "Empty: silence says nothing."),
    "statistic": ("Statistic", "Mean, p95, lower bound; never an average alone."),
    "supplier": ("Supplier", "Who makes the model."),
    "task": ("Task", "As result files name it."),
    "terms": ("Terms", ""),
    "tested_by": ("Restore tested by", "Required with the time of the test."),
    "threshold": ("Limit", ""),
    "training_cutoff": ("Training data ends", "As 2024-12-31."),
    "training_cutoff_source": ("Where the end of training data is stated", ""),
    "unit": ("Unit", "share, ms, USD, score."),
    "version": ("Version", "Never changes from revision to revision."),
    "weights_digest": ("Digest of the weights", "sha256: and 64 digits; this or the provider's snapshot."),
    "window_minutes": ("Window, minutes", "How far back values are looked at."),
}


def label(name: str) -> str:
    """The label of a field."""
    return FIELDS.get(name, (name.replace("_", " ").capitalize(), ""))[0]


def help_of(name: str) -> str:
    """The help of a field, or nothing."""
    return FIELDS.get(name, ("", ""))[1]
