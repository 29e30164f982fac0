"""The main job in a browser: read, sign, release, seal, download, verify; and what a stale page may not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from benchseal.verify import Trust, Verdict, verify
from playwright.sync_api import expect

from .conftest import Site
from .visitor import Visitor

pytestmark = pytest.mark.browser

Come = Callable[..., Visitor]
TITLE = "Brig-M replaces Argo-L for claims notes"
ISSUED_WITHIN = 60


def test_a_release_is_read_signed_released_sealed_and_verified(
    site: Site, come: Come, tmp_path: Path
) -> None:
    ruth = come("ruth")
    read(ruth)
    sign_by_keyboard(ruth, site)
    pia = come("pia")
    release(pia, site)
    pack = seal(pia, site)
    file = download(come("audra"), pack, tmp_path)
    verify_in_public(come(), file)
    report = verify(file, trust=Trust.read(site.note("Key fingerprint")))
    assert report.verdict is Verdict.GENUINE


def test_a_page_read_before_a_change_signs_nothing_and_shows_the_change(site: Site, come: Come) -> None:
    human_id = site.child.ask("open_release")
    ines = come("ines")
    ines.open(f"/releases/{human_id}/")
    ines.page.get_by_role("link", name="Sign stage 1").click()
    site.child.ask("change_way_back")
    type_credentials(ines, "ines", site)
    ines.page.get_by_role("button", name="Sign stage 1").click()
    expect(ines.page.get_by_role("heading", level=1)).to_have_text("The evidence changed while you read")
    expect(ines.page.get_by_text("Nothing was signed.")).to_be_visible()
    expect(ines.page.locator(".diff")).to_contain_text("second-desk-by-hand")
    ines.look()
    ines.page.get_by_role("link", name="Read the release again").click()
    expect(ines.page.locator("header .states")).to_have_text("In review, revision 2")
    expect(ines.page.get_by_role("link", name="Sign stage 1")).to_be_visible()


def read(ruth: Visitor) -> None:
    """From the queue to the decision page; the skip link leads past the navigation."""
    ruth.look()
    ruth.page.get_by_role("link", name="Read and sign").click()
    expect(ruth.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    ruth.look()
    ruth.page.keyboard.press("Tab")
    assert ruth.focused() == "Skip to content"
    ruth.page.keyboard.press("Enter")
    assert ruth.page.evaluate("document.activeElement.id") == "main"


def sign_by_keyboard(ruth: Visitor, site: Site) -> None:
    """A wrong password signs nothing and is told where it was typed; the right one signs."""
    ruth.tab_to("Sign stage 5")
    ruth.page.keyboard.press("Enter")
    expect(ruth.page.get_by_role("heading", level=1)).to_have_text("Sign stage 5")
    ruth.look()
    type_by_keyboard(ruth, "wrong", site.code("ruth"))
    alert = ruth.page.get_by_role("alert")
    expect(alert).to_contain_text("The account name or the password or the code is wrong; nothing was signed")
    expect(alert).to_be_focused()
    assert alert.is_visible()
    ruth.look()
    type_by_keyboard(ruth, site.note("Password of everybody"), site.code("ruth"))
    expect(ruth.page.get_by_role("status").first).to_contain_text("You signed stage 5.")
    ruth.look(("light", 1440))


def type_by_keyboard(ruth: Visitor, password: str, code: str) -> None:
    ruth.tab_to("account")
    ruth.page.keyboard.type("ruth")
    ruth.page.keyboard.press("Tab")
    assert ruth.focused() == "password"
    ruth.page.keyboard.type(password)
    ruth.page.keyboard.press("Tab")
    assert ruth.focused() == "code"
    ruth.page.keyboard.type(code)
    ruth.page.keyboard.press("Tab")
    assert ruth.focused() == "Sign stage 5"
    ruth.page.keyboard.press("Enter")


def type_credentials(person: Visitor, account: str, site: Site) -> None:
    person.page.get_by_label("Account name").fill(account)
    person.page.get_by_label("Password").fill(site.note("Password of everybody"))
    asked = person.page.get_by_label("Code of your authenticator")
    if asked.count():
        asked.fill(site.code(account))


def release(pia: Visitor, site: Site) -> None:
    pia.page.get_by_role("link", name=TITLE).click()
    pia.page.get_by_role("link", name="Sign stage 6 and release").click()
    type_credentials(pia, "pia", site)
    pia.page.get_by_role("button", name="Sign stage 6 and release").click()
    expect(pia.page.locator("header .states")).to_have_text("Released, revision 1")
    pia.look(("dark", 390), ("light", 1440))


def seal(pia: Visitor, site: Site) -> str:
    """The job is shown while it waits and runs; the page says when the pack is issued. Its address."""
    pia.page.get_by_role("link", name="All packs of this release").click()
    pia.page.get_by_role("button", name="Seal a pack").click()
    expect(pia.page.locator("progress")).to_be_visible()
    expect(pia.page.get_by_text("Waiting for a worker")).to_be_visible()
    pia.look()
    site.installation.worker()
    issued = pia.page.locator("header .states").get_by_text("Issued", exact=True)
    expect(issued).to_be_visible(timeout=ISSUED_WITHIN * 1000)
    expect(pia.page.get_by_role("heading", name="Intact, and issued by")).to_be_visible(timeout=20_000)
    pia.look()
    return pia.page.url.removeprefix(site.url)


def download(audra: Visitor, pack: str, folder: Path) -> Path:
    audra.open(pack)
    audra.look(("dark", 1440), ("light", 390))
    with audra.page.expect_download() as coming:
        audra.page.get_by_role("link", name="Download", exact=True).click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return file


def verify_in_public(anybody: Visitor, file: Path) -> None:
    """Without a session; a file with one byte changed is told apart."""
    anybody.open("/verify/")
    anybody.look()
    send(anybody, file)
    expect(anybody.page.get_by_role("heading", name="Intact, and issued by")).to_be_visible()
    anybody.look()
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    other = file.with_name("changed.zip")
    other.write_bytes(changed)
    send(anybody, other)
    expect(anybody.page.get_by_role("heading", name="Not intact")).to_be_visible()
    anybody.look(("dark", 390), ("light", 1440))


def send(anybody: Visitor, file: Path) -> None:
    anybody.page.locator("input[name=pack]").set_input_files(file)
    anybody.page.get_by_role("button", name="Verify the file").click()
