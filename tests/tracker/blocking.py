"""A Chromium with the lists of an ad-blocker, on hosts that have names.

The lists are AdGuard's own (the base list, with EasyList in it, and tracking protection, with EasyPrivacy in it),
as an extension that has nothing but them. Lists go by names, and 127.0.0.1 has none: the browser is told to find
every host here, so that pages and scripts come from `shop.example` and the like.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType

from tests.browser import ARGUMENTS, CHROMIUM, USER_AGENT
from tests.node.packages import Package, unpacked

LISTS = Package(
    "@adguard/dnr-rulesets",
    "3.3.20260320140136",
    "n0DqlWWlDYs4P6UdG1H5HQR/nVCMMxq6B6JMj6gvcP4uMvjmLKQw6rPg07vy5+Mn0ty9Q/3OYQldiHsqNSPzuQ==",
)
RULESETS = ("ruleset_2", "ruleset_3")
LONGEST_S = 120.0  # reading a quarter of a million rules takes some seconds


def write_extension(folder: Path) -> None:
    """Raises `packages.NotThere`."""
    rules = unpacked(LISTS) / "dist" / "filters" / "declarative"
    for name in RULESETS:
        listed = json.loads((rules / name / f"{name}.json").read_bytes())
        # The first rule carries data about the list, which a browser does not know.
        for rule in listed:
            rule.pop("metadata", None)
        (folder / f"{name}.json").write_text(json.dumps(listed))
    (folder / "idle.js").write_text("")
    manifest = {
        "manifest_version": 3,
        "name": "Lists",
        "version": "1",
        "permissions": ["declarativeNetRequest"],
        "host_permissions": ["<all_urls>"],
        "background": {"service_worker": "idle.js"},
        "declarative_net_request": {
            "rule_resources": [{"id": name, "enabled": True, "path": f"{name}.json"} for name in RULESETS]
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


@contextmanager
def blocking_browser(chromium: BrowserType, extension: Path, profile: Path) -> Iterator[BrowserContext]:
    """Comes with both lists in force."""
    arguments = [
        *ARGUMENTS,
        # Said to the whole browser, not to a page: what a page sends while it goes is sent by the browser.
        f"--user-agent={USER_AGENT}",
        "--disable-features=DisableLoadExtensionCommandLineSwitch",
        f"--disable-extensions-except={extension}",
        f"--load-extension={extension}",
        "--host-resolver-rules=MAP * 127.0.0.1",
        "--no-proxy-server",
    ]
    context = chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        headless=False,  # ARGUMENTS ask for the headless mode that has extensions
        args=arguments,
        ignore_default_args=["--disable-extensions"],
    )
    try:
        _wait_for_lists(context)
        yield context
    finally:
        context.close()


def _wait_for_lists(context: BrowserContext) -> None:
    end = time.monotonic() + LONGEST_S
    while time.monotonic() < end:
        for worker in context.service_workers:
            if set(worker.evaluate("chrome.declarativeNetRequest.getEnabledRulesets()")) == set(RULESETS):
                return
        context.pages[0].wait_for_timeout(100)
    raise AssertionError("the lists did not come into force")
