"""Somebody with a browser of their own, walking through the demo shop as people do: by what is on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

from tests.browser import USER_AGENT

PATIENCE_MS = 60_000


@dataclass
class Shopper:
    """`beacons`: addresses the pages posted to; `errors`: what was thrown into them."""

    email: str
    shop: str
    context: BrowserContext
    beacons: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    has_refused: bool = False

    def __post_init__(self) -> None:
        self.page = self._new_tab()

    def _new_tab(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.beacons.append(request.url) if is_beacon(request) else None)
        return page

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.shop + path)

    @contextmanager
    def told(self, event_type: str) -> Iterator[None]:
        """Afterwards the collector has this event of the page, unless the shopper wants nothing told."""
        if self.has_refused:
            yield
            return

        def is_it(response: Response) -> bool:
            return is_beacon(response.request) and f'"{event_type}"' in (response.request.post_data or "")

        with self.page.expect_response(is_it) as found:
            yield
        assert found.value.status == 204, found.value.status

    # the way to the checkout

    def accept(self) -> None:
        self.go("/")
        self.page.click("[data-consent=allow]")

    def refuse(self) -> None:
        self.go("/")
        self.page.click("[data-consent=deny]")
        self.has_refused = True

    def sign_in_as_ana(self) -> None:
        """And stay until the page has asked the shop who that is, and told."""
        self.go("/my-account/")
        with self.told("identity"):
            self.page.click("text=Sign in as Ana")

    def look_at(self, product: str) -> None:
        with self.told("product_viewed"):
            self.go(f"/product/{product}/")

    def take(self, option: str, quantity: int) -> None:
        """Put what is on the page into the cart."""
        self.page.select_option("form.variations_form select", option)
        self.page.fill("form.cart input[name=quantity]", str(quantity))
        with self.told("cart_updated"):
            self.page.click(".single_add_to_cart_button")

    def check_out(self) -> None:
        with self.told("checkout_started"):
            self.go("/checkout/")

    def type_address(self, *, has_opted_in: bool) -> None:
        """Into the field and on to the next one: an address is typed when its field is left."""
        self.page.fill("#billing_email", self.email)
        self.page.press("#billing_email", "Tab")
        if has_opted_in:
            self.page.check("#tajo_opt_in")

    # how it ends

    def leave(self) -> None:
        """Close the tab as people do; the page hears of it."""
        with self.page.expect_event("close"):
            self.page.close(run_before_unload=True)

    def buy(self) -> None:
        """The thank-you page is closed before the tracker is there, so no page ever tells of the order."""
        self.page.click("[data-fill]")
        self.page.route("**/c/*.js", lambda route: route.abort())
        self.page.click("#place_order", no_wait_after=True)
        # The whole page, but without the tracker: Chromium may never answer when one is closed while it arrives.
        self.page.wait_for_url("**/order-received/**", wait_until="load")
        self.page.close()

    def come_back(self, address: str) -> None:
        """In a new tab, by the link of a mail."""
        self.page = self._new_tab()
        with self.told("page_viewed"):
            self.go(address)

    def cookies(self) -> set[str]:
        return {str(cookie.get("name")) for cookie in self.context.cookies()}


def is_beacon(request: Request) -> bool:
    return request.method == "POST" and "/c/" in request.url


@contextmanager
def shopping(browser: Browser, shop: str, email: str) -> Iterator[Shopper]:
    """Somebody the shop has not seen before."""
    context = browser.new_context(user_agent=USER_AGENT, locale="en-GB", viewport={"width": 1100, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    yield Shopper(email, shop, context)
    context.close()
