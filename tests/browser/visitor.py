"""A person with a browser; looks at each page in both themes, on a desk and on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page

from .accessibility import violations

Theme = Literal["light", "dark"]
Look = tuple[Theme, int]
EVERY_LOOK: Final[tuple[Look, ...]] = (("light", 1440), ("dark", 1440), ("dark", 390), ("light", 390))
REFUSED: Final = re.compile(r"^Failed to load resource: the server responded with a status of (4\d\d) ")
OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED: Final = "document.activeElement.innerText || document.activeElement.name || ''"


@dataclass
class Visitor:
    """One clean browser context; what its console says is an error unless the page was refused on purpose."""

    page: Page
    url: str
    said: list[str] = field(default_factory=list)

    def open(self, path: str, *, status: int = 200) -> None:
        """Go to an address of the site and expect its status."""
        response = self.page.goto(self.url + path)
        assert response is not None
        assert response.status == status, path

    def log_in(self, account: str, password: str, code: str = "") -> None:
        """By the forms, as everybody does."""
        self.open("/accounts/login/")
        self.page.get_by_label("Account name").fill(account)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        if code:
            self.page.get_by_label("Code").fill(code)
            self.page.get_by_role("button", name="Log in with this code").click()
        self.page.wait_for_url(f"{self.url}/queue/")

    def look(self, *looks: Look) -> None:
        """No broken rule of WCAG 2.2 AA, nothing beside the page, no error: by default in every look."""
        for theme, width in looks or EVERY_LOOK:
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.page.set_viewport_size({"width": width, "height": 900 if width > 880 else 844})
            where = f"{self.page.url} {theme} {width}"
            assert violations(self.page) == [], where
            assert self.page.evaluate(OVERFLOW) == 0, where
        self.page.set_viewport_size({"width": 1440, "height": 900})
        assert self.said == [], self.page.url

    def tab_to(self, words: str, *, most: int = 120) -> None:
        """Press Tab until the element of these words (or this name) has the focus."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.focused() == words:
                return
        raise AssertionError(f"{words} is not reached by {most} tabs on {self.page.url}")

    def focused(self) -> str:
        """The words of what has the focus; of a field, its name."""
        return str(self.page.evaluate(FOCUSED)).strip()

    def hear(self, message: ConsoleMessage) -> None:
        """Keep errors of the console; a refused page or form is none."""
        is_refusal = REFUSED.match(message.text) and message.location["url"] == self.page.url
        if message.type == "error" and not is_refusal:
            self.said.append(message.text)


def visitor(browser: Browser, url: str) -> Visitor:
    """Somebody who just opened a browser."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    came = Visitor(context.new_page(), url)
    came.page.on("console", came.hear)
    came.page.on("pageerror", lambda error: came.said.append(str(error)))
    return came
