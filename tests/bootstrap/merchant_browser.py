"""A merchant who connects a shop in a real browser: on a phone, without scripts. What all platforms' tests share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize
from werkzeug.serving import make_server

from tests.bootstrap.shopify_desk import ShopifyDesk, migrated
from tests.in_process import step_into
from tests.ports import free_port

PHONE = ViewportSize(width=390, height=760)
# What is wrong with how a page looks: wider than the screen, hard to read, a field nobody says what it is for.
LOOK = """() => {
  const light = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const luminance = ([red, green, blue]) => 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue)
  const behind = (element) => {
    for (; element; element = element.parentElement) {
      const found = parts(getComputedStyle(element).backgroundColor)
      if (found.length === 3 || found[3] > 0) return found
    }
    return [255, 255, 255]
  }
  const said = (element) => (element.textContent || element.outerHTML).trim().slice(0, 60)
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  const wrong = []
  const width = document.documentElement.scrollWidth
  if (width > innerWidth) wrong.push(`${width} wide on a screen of ${innerWidth}`)
  for (const element of document.body.querySelectorAll('*')) {
    if (!hasText(element) && !element.matches('input, textarea')) continue
    const pair = [parts(getComputedStyle(element).color), behind(element)].map(luminance).sort((a, b) => b - a)
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05)
    if (contrast < 4.5) wrong.push(`contrast ${contrast.toFixed(1)}: ${said(element)}`)
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]), textarea'))
    if (!field.labels.length && !field.ariaLabel) wrong.push(`no label: ${said(field)}`)
  return wrong
}"""


@contextmanager
def collector_in(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: str) -> Iterator[ShopifyDesk]:
    """A collector that listens. It has to know its own port before it is started."""
    port = free_port()
    migrated(folder, f"bind: 127.0.0.1:{port}\nallow_insecure_upstreams: true\n{settings}")
    step_into(folder, monkeypatch)
    desk = ShopifyDesk()
    server = make_server("127.0.0.1", port, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield desk
    server.shutdown()
    thread.join()


@dataclass
class Merchant:
    """`complaints`: what the Content-Security-Policy kept from a page."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    is_dark: bool = False

    def opens(self, address: str) -> None:
        self.page.goto(address)
        self.looks()

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name).click()

    def types(self, label: str, text: str) -> None:
        self.page.get_by_label(label).fill(text)

    @property
    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    @property
    def alert(self) -> str:
        return self.page.get_by_role("alert").inner_text()

    def looks(self) -> None:
        """Whatever page it is: it fits the screen, it can be read by day and by night, and each field has a label."""
        assert self.page.evaluate(LOOK) == [], "as the last page was looked at"
        self.is_dark = not self.is_dark
        self.page.emulate_media(color_scheme="dark" if self.is_dark else "light")
        assert self.page.evaluate(LOOK) == [], "by night" if self.is_dark else "by day"


@contextmanager
def merchant(browser: Browser) -> Iterator[Merchant]:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    found = Merchant(context.new_page())
    found.page.on(
        "console",
        lambda line: found.complaints.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield found
    context.close()
    assert found.complaints == []
