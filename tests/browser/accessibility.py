"""Ask axe-core which rules of WCAG 2.2 AA a page breaks."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, cast

from playwright.sync_api import Page

SCRIPT = (Path(__file__).parent / "axe.min.js").read_text()
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Preloading would parse the style sheets as inline styles, which the pages' policy refuses; only a rule
# on orientation locks, outside these tags, asks for them.
ASK = """async (tags) => {
  const { violations } = await axe.run(document, { preload: false, runOnly: { type: "tag", values: tags } });
  return violations.map((rule) => (
    { id: rule.id, help: rule.help, targets: rule.nodes.map((node) => node.target.join(" ")) }
  ));
}"""


class _Rule(TypedDict):
    id: str
    help: str
    targets: list[str]


@dataclass(frozen=True)
class Violation:
    """One broken rule and the elements, as CSS selectors, that break it."""

    rule: str
    help: str
    targets: tuple[str, ...]


def violations(page: Page) -> list[Violation]:
    """Broken rules of the page as it stands now; an empty list when there are none."""
    # Evaluated by the debugger, so the page's own content security policy stays in force.
    page.evaluate(SCRIPT + "; undefined")
    found = cast("list[_Rule]", page.evaluate(ASK, list(TAGS)))
    return [Violation(rule["id"], rule["help"], tuple(rule["targets"])) for rule in found]
