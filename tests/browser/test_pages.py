"""Every page there is, taken from the addresses of the site: a new page fails until it is listed here."""

from collections.abc import Callable
from typing import Final

import pytest
from django.urls import URLPattern

from approvals.urls import urlpatterns as of_approvals
from registry.urls import urlpatterns as of_registry

from .conftest import Site
from .visitor import Visitor

pytestmark = pytest.mark.browser

NO_PAGES: Final = {
    "ledger_proof": "a file",
    "pack_download": "a file",
    "pack_progress": "a part of a page",
    "submission_progress": "a part of a page",
    "log_progress": "a part of a page",
    "log_verify": "takes a form alone",
    "release_tier": "a part of a page",
    "release_link": "takes a form alone",
    "release_unlink": "takes a form alone",
    "release_submit": "takes a form alone",
    "token_revoke": "takes a form alone",
    "delegation_accept": "takes a form alone",
    "components": "shown while the software is written, never in use",
}


@pytest.fixture(scope="module")
def pages(site: Site) -> dict[str, list[str]]:
    """Name → account and path."""
    found: dict[str, list[str]] = site.child.ask("pages")
    return found


def test_every_address_is_a_listed_page_or_known_to_be_none(pages: dict[str, list[str]]) -> None:
    patterns: list[URLPattern] = [*of_registry, *of_approvals]
    named = {str(pattern.name) for pattern in patterns}
    listed = {name.partition(" ")[0] for name in pages}
    assert named - {"components"} == (listed | set(NO_PAGES)) - {"components"}
    assert not listed & set(NO_PAGES)


def test_no_page_breaks_a_rule_overflows_or_complains(
    pages: dict[str, list[str]], come: Callable[..., Visitor]
) -> None:
    people: dict[str, Visitor] = {}
    for account, path in pages.values():
        if account not in people:
            people[account] = come(account)
        people[account].open(path)
        people[account].look(("light", 1440), ("dark", 390))
