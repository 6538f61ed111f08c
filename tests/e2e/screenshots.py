"""Pictures of the demo for the documentation, taken from a running one: `python -m tests.e2e.screenshots`."""

from __future__ import annotations

import html
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM
from tests.cli.running import ROOT
from tests.e2e.demo import running_demo
from tests.e2e.shopper import shopping

FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 200_000
EMAIL = "mia@example.com"
LINES_SHOWN = 11
WIDEST = 220
COMMANDS = [
    ("connectors", "logs", "woocommerce", "--type", "beacon"),
    ("sessions", "list"),
    ("events", "tail", "woocommerce"),
]
LINES_STYLE = """
body { margin: 16px; background: #14181f; color: #d7dde5; font: 13px/1.5 monospace }
h1 { margin: 12px 0 4px; color: #7fc8a9; font: inherit; font-weight: bold }
pre { margin: 0; white-space: pre-wrap; word-break: break-word }
"""


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    picture = page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
    if len(picture) > LARGEST:
        sys.exit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} are fine in a repository")


def take_lines(browser: Browser, name: str, parts: list[tuple[str, str]]) -> None:
    """Pictures of consoles: what stands above, and the lines under it, as they were printed."""
    shown = "".join(f"<h1>{html.escape(title)}</h1><pre>{html.escape(lines.strip())}</pre>" for title, lines in parts)
    page = browser.new_page(viewport={"width": 1100, "height": 100})
    page.set_content(f"<style>{LINES_STYLE}</style>{shown}")
    picture = page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
    page.close()
    if len(picture) > LARGEST:
        sys.exit(f"{name}.png has {len(picture)} bytes; at most {LARGEST} are fine in a repository")


def take_dashboard(browser: Browser, link: str) -> None:
    page = browser.new_page(viewport={"width": 1000, "height": 560})
    page.goto(link)
    page.get_by_role("button", name="Log in").click()
    take(page, "dashboard")
    page.close()


def told_to_console(page: Page) -> list[str]:
    """What the tracker says from now on, on pages whose script tag asks it to."""
    said: list[str] = []

    def ask(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=f"window.tajoConfig={{...window.tajoConfig,debug:1}};{answer.text()}")

    page.route("**/c/*.js", ask)
    page.on("console", lambda message: said.append(message.text))
    return said


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
            said = told_to_console(mia.page)
            mia.accept()
            mia.look_at("darjeeling")
            take(mia.page, "product-page")
            mia.take("100 g", 2)
            mia.check_out()
            mia.type_address(has_opted_in=True)
            take(mia.page, "checkout-opt-in")
            mia.leave()
            seen = [line if len(line) < WIDEST else line[:WIDEST] + "…" for line in said[-LINES_SHOWN:]]
            take_lines(browser, "console", [("The browser's console, with data-debug", "\n".join(seen))])
            demo.until(lambda: "cart_abandoned" in demo.names(EMAIL), lambda: demo.names(EMAIL))
            demo.until(lambda: EMAIL in demo.members("Abandoned carts"), lambda: demo.members("Abandoned carts"))
            mia.page = mia.context.new_page()
            mia.page.goto(f"{demo.brevo}/?contact={quote(EMAIL)}")
            take(mia.page, "brevo-inbox")
            take_lines(
                browser,
                "arrived",
                [
                    (f"$ tajo {' '.join(told)}", "\n".join(demo.run(*told).splitlines()[:LINES_SHOWN]))
                    for told in COMMANDS
                ],
            )
            take_dashboard(browser, demo.run("login").splitlines()[0])
        browser.close()


if __name__ == "__main__":
    main()
