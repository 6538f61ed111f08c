"""Where a WordPress site has its REST API: what its home page says of it."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import requests

from collector.sources.woocommerce.answers import Declined

RELATION = "https://api.w.org/"
HEADER = re.compile(r'<([^<>]+)>\s*;[^,]*?rel="?https://api\.w\.org/"?', re.IGNORECASE)
# Pages out of a cache come without the header, and have it in their head.
ELEMENT = re.compile(rb"<link\b[^>]*\bapi\.w\.org/[^>]*>", re.IGNORECASE)
ADDRESS = re.compile(rb"""\bhref=["']([^"'<>]+)["']""", re.IGNORECASE)
LOOKED_AT = 262_144  # bytes of the page
PLAIN_CURE = "In WordPress set Settings > Permalinks to anything but Plain, and save."


def find_prefix(http: requests.Session, url: str, *, verify_ssl: bool = True) -> str | None:
    """What stands between the home address and the name of an API; None where the site does not say.

    No keys go along. Raises Declined for plain permalinks: with those WooCommerce knows no keys.
    """
    try:
        with http.get(f"{url}/", verify=verify_ssl, allow_redirects=False, stream=True) as response:
            stated = _stated(response)
    except requests.RequestException:  # it said something else on the address that matters, and that is told
        return None
    if not stated:
        return None
    parts, home = urlsplit(stated), urlsplit(url)
    if "rest_route=" in parts.query:
        raise Declined(f"{url} has plain permalinks, and keys do not work with those.", PLAIN_CURE, 404, "")
    if parts.netloc.lower() != home.netloc.lower() or not parts.path.startswith(f"{home.path}/"):
        return None  # keys are given for this address, not for another
    return parts.path.removeprefix(home.path).rstrip("/") or None


def _stated(response: requests.Response) -> str:
    found = HEADER.search(response.headers.get("Link", ""))
    if found:
        return found[1].strip()
    if response.status_code != 200:
        return ""
    page = b""
    for piece in response.iter_content(16384):
        page += piece
        if len(page) >= LOOKED_AT or b"</head>" in page:
            break
    element = ELEMENT.search(page)
    address = ADDRESS.search(element[0]) if element else None
    return html.unescape(address[1].decode("utf-8", "replace")).strip() if address else ""
