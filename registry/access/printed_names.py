"""Which names may stand beside a signature: one look, one spelling; never who a name belongs to."""

import re
import unicodedata
from typing import Final

# Letters and marks that leave no trace on paper; the rest of the invisible ones are not printable.
# Unicode 15.0, DerivedCoreProperties, Default_Ignorable_Code_Point, and the blank Braille pattern.
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SPACING: Final = re.compile(r"^ | $|  ")
_LOOK_ALIKE: Final = frozenset({"LATIN", "GREEK", "CYRILLIC"})
"""Scripts whose letters share shapes (Unicode Technical Standard 39, section 4)."""


def fault_of(name: str) -> str:
    """What stands against printing the name, as a sentence; empty when nothing does."""
    if not name.isprintable() or _UNSEEN.search(name):
        return "The name holds a sign that is not seen or that turns the direction of writing."
    if _SPACING.search(name):
        return "The name has spaces at an end or two in a row."
    if unicodedata.normalize("NFKC", name) != name:
        return "The name holds signs that look like others; write it with plain letters (Unicode NFKC)."
    if len(_scripts(name)) > 1:
        return "The name mixes letters of scripts that look alike."
    return ""


def _scripts(name: str) -> frozenset[str]:
    letters = (sign for sign in name if sign.isalpha())
    return _LOOK_ALIKE & {unicodedata.name(sign, "").partition(" ")[0] for sign in letters}
