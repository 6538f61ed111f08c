"""Somebody with a browser of their own, walking through the demo shop as people do: by what is on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.tracker.conftest import USER_AGENT

PATIENCE_MS = 60_000


@dataclass
class Shopper:
    email: str
    shop: str
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    # the way to the checkout

    def arrive(self, consent: str) -> None:
        """At the front page, and answer the banner: `allow` or `deny`."""
        self.go("/")
        self.page.click(f"[data-consent={consent}]")

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.shop + path)

    def look_at(self, product: str) -> None:
        with self.told("product_viewed"):
            self.go(f"/product/{product}/")

    def take(self, option: str = "", quantity: int = 1) -> None:
        """Put what is on the page into the cart."""
        if option:
            self.page.select_option("form.variations_form select", option)
        self.page.fill("form.cart input[name=quantity]", str(quantity))
        with self.told("cart_updated"):
            self.page.click(".single_add_to_cart_button")

    def check_out(self) -> None:
        with self.told("checkout_started"):
            self.go("/checkout/")

    def type_address(self, has_opted_in: bool) -> None:
        self.page.fill("#billing_email", self.email)
        if has_opted_in:
            self.page.check("#tajo_opt_in")

    # how it ends

    def buy(self) -> None:
        """The thank-you page is closed as soon as it appears: no script of it runs to the end."""
        self.page.click("[data-fill]")
        self.page.click("#place_order", no_wait_after=True)
        self.page.wait_for_url("**/order-received/**", wait_until="commit")
        self.leave()

    def leave(self) -> None:
        """Close the tab as people do; the page hears of it."""
        with self.page.expect_event("close"):
            self.page.close(run_before_unload=True)

    def come_back(self, address: str) -> None:
        """A new tab, opened from a mail."""
        self.page = self._new_tab()
        self.go(address)

    def sign_in_as_ana(self) -> None:
        self.go("/my-account/")
        self.page.click("text=Sign in as Ana")

    def cookies(self) -> set[str]:
        return {str(cookie.get("name")) for cookie in self.context.cookies()}

    @contextmanager
    def told(self, event_type: str) -> Iterator[None]:
        """Afterwards the collector has this event of the page."""

        def is_it(response: Response) -> bool:
            return "/c/" in response.url and f'"{event_type}"' in (response.request.post_data or "")

        with self.page.expect_response(is_it) as found:
            yield
        assert found.value.status == 204, found.value.text()

    def _new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page


@contextmanager
def shopping(browser: Browser, shop: str, email: str) -> Iterator[Shopper]:
    """Somebody the shop has not seen before."""
    context = browser.new_context(user_agent=USER_AGENT, locale="en-GB", viewport={"width": 1100, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    shopper = Shopper(email, shop, context, page)
    page.on("pageerror", lambda error: shopper.errors.append(str(error)))
    yield shopper
    context.close()
