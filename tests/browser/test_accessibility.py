"""The check for accessibility finds what is planted, and nothing on a sound page."""

import pytest
from playwright.sync_api import Page, Route

from .accessibility import violations

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="en"><head><title>Runs</title></head>
<body><main><h1>Runs</h1><img src="data:," alt="Accuracy by task"></main></body></html>"""
POLICY = "default-src 'none'; script-src 'self'; img-src data:"


def show(page: Page, html: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    page.route("http://benchseal.test/", answer)
    page.goto("http://benchseal.test/")


def test_a_sound_page_has_no_violation(page: Page) -> None:
    show(page, SOUND)
    assert violations(page) == []


def test_a_missing_alternative_text_is_found_by_element(page: Page) -> None:
    show(page, SOUND.replace(' alt="Accuracy by task"', ""))
    assert [(found.rule, found.targets) for found in violations(page)] == [
        ("image-alt", ("img",)),
    ]
