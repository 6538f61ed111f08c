"""What a shop's refusals mean and what to do: (what, cure), one line each. The words are those of WooCommerce 10.5."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import requests

from collector.sources.woocommerce import pages, password_refusals
from collector.sources.woocommerce.credentials import APPLICATION_PASSWORD, CONSUMER_KEY, Kind

NEW_KEY = "Make a new one with Read/Write under WooCommerce > Settings > Advanced > REST API."
READ_WRITE = "Set it to Read/Write under WooCommerce > Settings > Advanced > REST API."
UNKNOWN_KEY = "woocommerce_rest_cannot_view"
WRONG_KEYS = "woocommerce_rest_authentication_error"
WAIT_CURE = "Try again; ask the host if it stays so."
WITHIN = "moved_within"  # our word for a redirect to another page of the same shop
BUSY = (429, 503)

Words = tuple[str, str]


def is_of_us(status: int, code: str) -> bool:
    """Whether the shop lets us in no more, or is not there; a refusal of one question, or for now, is another thing."""
    if status == 401 or 300 <= status < 400:
        return True
    if status in (403, 406, 415):  # a firewall, or a plugin that closes the API
        return not code.startswith("woocommerce_")
    if status == 404:
        return code in ("", "rest_no_route")
    return 200 <= status < 300 and not code  # a page instead of data


def moved(url: str, response: requests.Response) -> tuple[str, str, str]:
    """A redirect, named and not followed: the keys would go along. (what, cure, WITHIN or "")."""
    target = urlsplit(urljoin(f"{url}/wp-json/", response.headers.get("Location", "")))
    home = re.split(r"/wp-json|/xmlrpc\.php", target.path)[0].rstrip("/")
    to = f"{target.scheme}://{target.netloc.rpartition('@')[2]}{home}"
    if "wp-login.php" in target.path:
        return f"{url} sends us to its log-in page.", "Take the site's own protection off /wp-json/.", ""
    what = f"{url} redirects to {to}; keys are not sent along."
    if to == url:
        return what, "Look at the shop's redirect rules for /wp-json/.", WITHIN
    return what, "Use the address it redirects to.", ""


def page(url: str, response: requests.Response) -> Words:
    """A good status with something that is no data."""
    content = response.content
    if pages.is_maintenance(content):
        return f"{url} is in maintenance mode.", "End it, or let /wp-json/ through."
    if pages.is_password(content):
        return f"{url} asks for a password.", "Take the site's own password protection (staging) off /wp-json/."
    name = pages.riddle(content, response.headers)
    if name:
        return f"{name} stands before {url} and answers instead.", "Let this machine reach /wp-json/ there."
    if pages.is_coming_soon(content):
        return f"{url} shows a coming-soon page instead of data.", "Let /wp-json/ through, or open the shop."
    if not content.strip():
        return (
            f"{url} answers with nothing, a page instead of data.",
            "PHP died on the way: look at the shop's PHP error log.",
        )
    return (
        f"{url} answers with a page instead of data.",
        "A maintenance page or a security plugin stands before the API: let /wp-json/ through.",
    )


def meaning(url: str, response: requests.Response, code: str, message: str, kind: Kind = CONSUMER_KEY) -> Words:
    """What a refusal means and what to do. `kind` of keys that were refused."""
    status, content = response.status_code, response.content
    if kind == APPLICATION_PASSWORD:
        found, message = password_refusals.meaning(url, status, code), ""  # the sentence may name the user
        if found is not None:
            return found
    if status == 401:
        return _unauthorised(url, code, message)
    if status in (403, 406, 415) and not code:
        name = pages.firewall(content, response.headers) or "A firewall"
        return f"{name} before {url} turned us away.", "Let this machine reach /wp-json/ there."
    if status == 403 and code.startswith("woocommerce_"):
        return "The key's owner may not see this.", "Use a key of an administrator or a shop manager."
    if status == 403:
        return (
            f"Something in {url} closes its API to us ({code}).",
            "A security plugin does that: let WooCommerce's API (wc/v3) through.",
        )
    if status == 404 and code == "rest_no_route":
        return f"{url} is WordPress without WooCommerce's API.", "Activate WooCommerce (3.5 or newer)."
    if status == 404 and code:
        return f"{url} does not have what was asked for ({code}).", "It may have been deleted meanwhile."
    if status == 404:
        return (
            f"There is no REST API at {url}.",
            "Check the address; in WordPress set Settings > Permalinks to anything but Plain.",
        )
    if status == 429:
        return f"{url} asks us to slow down.", "We do; ask the host for its limit if it stays so."
    if status >= 500:
        return _broken(url, response)
    said = f" ({message})" if message else ""
    return f"{f'{url} answered {status} {code}'.strip()}{said}.", "Check the address."


def _unauthorised(url: str, code: str, message: str) -> Words:
    said = message.lower()
    if "secret is invalid" in said:
        return "The consumer secret does not belong to the consumer key.", f"Copy both again. {NEW_KEY}"
    if "signature does not match" in said:  # it is made over the address, too
        return (
            "The consumer secret does not belong to the consumer key, or the shop calls itself by another address.",
            "Copy both again, and give the address that stands in WordPress under Settings > General > Site Address.",
        )
    if "consumer key is invalid" in said:
        return "The shop does not know the consumer key.", f"Copy it again. {NEW_KEY}"
    if "does not have read" in said:
        return "The key may only write.", READ_WRITE
    if "does not have write" in said:
        return "The key may only read.", READ_WRITE
    if code == WRONG_KEYS:
        return (
            f"The shop does not accept the keys ({message}).",
            f"Copy both again and check the clocks of both machines. {NEW_KEY}",
        )
    if code == UNKNOWN_KEY and not url.startswith("https://"):
        return "The shop does not know the consumer key.", f"Copy it again, or use https. {NEW_KEY}"
    if code == UNKNOWN_KEY:
        return (
            "The shop does not know the consumer key, or does not see that we came over https.",
            f"Copy the key again. {NEW_KEY} If it is right: a proxy before the shop must pass on"
            " X-Forwarded-Proto, and permalinks must not be Plain.",
        )
    if code.startswith("woocommerce_"):
        return "The key's owner may not do this.", "Use a key of an administrator or a shop manager."
    if code:
        return (
            f"Something in {url} closes its API to us ({code}).",
            "A security plugin does that: let WooCommerce's API (wc/v3) through.",
        )
    return (
        f"{url} asks for a password before WooCommerce is reached.",
        "Take the site's own password protection (staging) off /wp-json/.",
    )


def _broken(url: str, response: requests.Response) -> Words:
    status, content = response.status_code, response.content
    if pages.is_maintenance(content):
        return f"{url} answered {status}: it is in maintenance mode.", "Wait, or end it; it may be an update running."
    name = pages.firewall(content, response.headers)
    if name and status in BUSY:
        return f"{name} before {url} turned us away ({status}).", "Let this machine reach /wp-json/ there."
    if status in (502, 504) or 520 <= status < 530:
        return f"{url} answered {status}: its server did not wait for the shop.", WAIT_CURE
    return f"{url} answered {status}: the shop itself failed.", "Look at its PHP error log; try again later."
