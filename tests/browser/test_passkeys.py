"""A passkey in Chromium: added on its page, then asked in the sign dialog, by a virtual authenticator."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .conftest import Site
from .visitor import Visitor

pytestmark = pytest.mark.browser

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def ines(site: Site, come: Callable[..., Visitor]) -> Visitor:
    """Ines, whose computer has a fingerprint reader. Passkeys need a name: an address will not do."""
    visitor = come()
    visitor.url = site.url.replace("127.0.0.1", "localhost")
    visitor.log_in("ines", site.note("Password of everybody"), site.code("ines"))
    device = visitor.page.context.new_cdp_session(visitor.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return visitor


def test_a_passkey_is_added_and_signs(site: Site, ines: Visitor) -> None:
    add(site, ines)
    release = site.child.ask("open_release", tier="high")
    ines.open(f"/releases/{release}/")
    ines.page.get_by_role("link", name="Sign stage 1").click()
    ines.page.get_by_label("Account name").fill("ines")
    ines.page.get_by_label("Password").fill(site.note("Password of everybody"))
    ines.look()
    ines.page.get_by_role("button", name="Sign stage 1 with a passkey").click()
    expect(ines.page.get_by_role("status").first).to_contain_text("You signed stage 1.")
    expect(ines.page.locator(".sigs")).to_contain_text("account name and password, passkey")
    go_on(site, ines)
    log_in_again(site, ines)


def go_on(site: Site, ines: Visitor) -> None:
    """In the same session the passkey alone is enough."""
    release = site.child.ask("open_release", tier="high", title="One more in the same session")
    ines.open(f"/releases/{release}/")
    ines.page.get_by_role("link", name="Sign stage 1").click()
    expect(ines.page.get_by_label("Password")).to_have_count(0)
    ines.look()
    ines.page.get_by_role("button", name="Sign stage 1 with a passkey").click()
    expect(ines.page.locator(".sigs")).to_contain_text("in a series of one session, passkey")


def log_in_again(site: Site, ines: Visitor) -> None:
    """The second step of logging in takes it, too."""
    ines.page.get_by_role("button", name="Log out").click()
    ines.open("/accounts/login/")
    ines.page.get_by_label("Account name").fill("ines")
    ines.page.get_by_label("Password").fill(site.note("Password of everybody"))
    ines.page.get_by_role("button", name="Log in").click()
    ines.look()
    ines.page.get_by_role("button", name="Log in with a passkey").click()
    ines.page.wait_for_url(f"{ines.url}/queue/")


def add(site: Site, ines: Visitor) -> None:
    """From the account page, after the password once more."""
    ines.open("/account/")
    ines.page.get_by_role("link", name="Second factor").click()
    ines.page.get_by_role("link", name="Add a passkey").click()
    ines.page.get_by_label("Password").fill(site.note("Password of everybody"))
    ines.page.get_by_role("button", name="Confirm").click()
    ines.look()
    ines.page.get_by_role("button", name="Add this passkey").click()
    expect(ines.page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    ines.open("/accounts/2fa/")
    expect(ines.page.get_by_role("row", name="Passkey").last).to_be_visible()
    ines.look()
