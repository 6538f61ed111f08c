"""Pictures of the demo for the documentation, taken from a running one: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM
from tests.cli.running import ROOT
from tests.e2e.demo import running_demo
from tests.e2e.shopper import shopping

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 200_000
EMAIL = "mia@example.com"


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    picture = page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    if len(picture) > LARGEST:
        sys.exit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} are fine in a repository")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with shopping(browser, demo.shop, EMAIL) as mia:
            mia.go("/")
            take(mia.page, "consent-banner")
            mia.accept()
            mia.look_at("darjeeling")
            take(mia.page, "product-page")
            mia.take("100 g", 2)
            mia.check_out()
            mia.type_address(has_opted_in=True)
            take(mia.page, "checkout-opt-in")
            mia.leave()
            demo.until(lambda: "cart_abandoned" in demo.names(EMAIL), lambda: demo.names(EMAIL))
            demo.until(lambda: EMAIL in demo.members("Abandoned carts"), lambda: demo.members("Abandoned carts"))
            mia.page = mia.context.new_page()
            mia.page.goto(f"{demo.brevo}/?contact={quote(EMAIL)}")
            take(mia.page, "brevo-inbox")
        browser.close()


if __name__ == "__main__":
    main()
