"""Forms of the challenge log: a question, an answer, a further question, and the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from approvals.assessment import Assessment
from approvals.challenge_subjects import Part, parts_of
from approvals.challenges import Question
from approvals.models import Stage
from approvals.models.challenges import LONGEST_TEXT, Closing
from approvals.signing import SHORTEST_REASON
from registry.access.roles import Role

GATE: Final = "gate:"
RECORD: Final = "record:"
KEPT: Final = "Kept in the ledger, word for word."


class TurnForm(forms.Form):
    """What is said in a thread."""

    text = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}), help_text=KEPT)


class QuestionForm(TurnForm):
    """What a reviewer asks, about what, and in whose role."""

    about = forms.ChoiceField(
        required=False, help_text="A gate, or a run or record that the release rests on."
    )
    wants_evidence = forms.BooleanField(required=False, label="Ask for evidence, not for words alone")
    stage = forms.ChoiceField(label="In the role of", help_text="Stages of this role wait for the answer.")

    def __init__(self, *args: Any, found: Assessment, stages: Sequence[Stage], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Question"
        gates = {gate.code: (f"{GATE}{gate.code}", f"{gate.code}, {gate.name}") for gate in found.gates}
        records = [(f"{RECORD}{part.record}", part.name) for part in parts_of(found.facts)]
        self.fields["about"].choices = [  # type: ignore[attr-defined]
            ("", "The release as a whole"),
            ("Gates", list(gates.values())),
            ("Runs and records", records),
        ]
        roles = [(one.code, f"{Role(one.role).label}, stage {one.code}") for one in stages]
        self.fields["stage"].choices = roles  # type: ignore[attr-defined]
        self.fields["stage"].initial = roles[0][0]
        if len(roles) == 1:
            self.fields["stage"].widget = forms.HiddenInput()

    @property
    def question(self) -> Question:
        """What was asked, for the step."""
        data = self.cleaned_data
        about: str = data["about"]
        return Question(
            text=data["text"],
            gate=about.removeprefix(GATE) if about.startswith(GATE) else "",
            record=about.removeprefix(RECORD) if about.startswith(RECORD) else "",
            wants_evidence=data["wants_evidence"],
            stage=data["stage"],
        )


class AnswerForm(TurnForm):
    """What the side of the release answers, and on what it rests."""

    evidence = forms.ChoiceField(
        required=False,
        help_text="A linked run or a record. What is missing here is linked in a new revision.",
    )

    def __init__(self, *args: Any, parts: Sequence[Part], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Answer"
        choices = [("", "None"), *((part.record, part.name) for part in parts)]
        self.fields["evidence"].choices = choices  # type: ignore[attr-defined]


class FurtherForm(TurnForm):
    """What is asked further."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].label = "Further question"


class EndForm(forms.Form):
    """How a question ends."""

    outcome = forms.ChoiceField(
        choices=[
            (Closing.SATISFIED, "Satisfied: the answer settles it"),
            (Closing.WITHDRAWN, "Withdrawn: it is asked no more"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"Of a withdrawal {SHORTEST_REASON} characters or more. {KEPT}",
    )
