"""The browser of the tests: Debian's Chromium, with as little going on by itself as can be."""

from __future__ import annotations

import shutil

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The same engine without windows around its pages: a visitor of his own costs a fifth. It has no extensions and does
# not keep pages one may go back to; tests of those take CHROMIUM. Where it is not installed, that is taken for all.
SHELL = shutil.which("chromium-headless-shell")
SHELL_ARGUMENTS = [argument for argument in ARGUMENTS if not argument.startswith("--headless")]
# The browser calls itself headless, which makes it a named bot.
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36"
