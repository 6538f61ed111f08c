"""The link of the command line and the page it opens, as tests of any platform need them."""

from __future__ import annotations

import html
import re

from werkzeug.test import TestResponse

from tests.bootstrap.shopify_desk import ShopifyDesk

HERE = "https://collect.example"


def link(desk: ShopifyDesk, *arguments: str) -> str:
    made = desk.tajo("connectors", "link", *arguments)
    assert made.exit_code == 0, made.output
    return made.stdout.strip()


def fields_of(page: TestResponse) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page.text)}
