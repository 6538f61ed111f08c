"""Connecting a shop: one read call that proves the credentials and says what the shop is.

Three kinds of credentials (shopify.dev, read 2026-11-21): a permanent token of an app made in the admin
(`access_token`), or the client id and secret of a Dev Dashboard app (`api_key`, `api_secret`), which buy a
24 h token by client credentials. Every failure is one line that says what happened and the cure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from collector.domain.errors import Misuse, SourceUnavailable
from collector.sources.shopify import fields
from collector.sources.shopify.address import valid_address
from collector.sources.shopify.fields import Json

API_VERSION = "2026-07"  # supported until at least 2027-07-01
TIMEOUT_S = (5.0, 20.0)  # connect, read
NEEDED_SCOPES = ("read_customers", "read_orders", "read_products", "read_inventory")
WHOLE_HISTORY_SCOPE = "read_all_orders"  # without it Shopify shows the orders of 60 days

SHOP_QUERY = """{
  shop { name currencyCode myshopifyDomain ianaTimezone plan { publicDisplayName } primaryDomain { url } }
  currentAppInstallation { accessScopes { handle } }
}"""

CREDENTIALS_CURE = (
    "Copy the credentials again from the app's settings and check that the app is installed on this shop."
)


@dataclass(slots=True)
class ConnectedShopify:
    """What the shop says about itself (ports.ConnectedShop).

    `detail`: address, time_zone, plan, storefront_url, scopes, token (permanent | client_credentials),
    api_version and notes, a list of sentences the merchant should read. No secrets.
    """

    name: str
    currency: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def read_shop(
    http: requests.Session, shop_address: str, credentials: Mapping[str, str], base_url: str | None = None
) -> ConnectedShopify:
    """Read the shop at `shop_address` (`store.myshopify.com`), or at `base_url` where that stands in for it.

    Raises Misuse (credentials incomplete, another shop's name) or SourceUnavailable (no answer, a refusal).
    """
    base = (base_url or f"https://{shop_address}").rstrip("/")
    notes: list[str] = []
    token, kind = credentials.get("access_token", ""), "permanent"
    if not token:
        token, kind = _client_credentials_token(http, shop_address, base, credentials), "client_credentials"
        notes.append("No permanent token was given: a 24 h token is fetched with the API key and secret.")
    response = _post(
        http,
        shop_address,
        f"{base}/admin/api/{API_VERSION}/graphql.json",
        json={"query": SHOP_QUERY},
        headers={"X-Shopify-Access-Token": token},
    )
    answer = _read_answer(shop_address, response)
    data = _data(shop_address, answer)
    shop = fields.mapping(data.get("shop"))
    name, currency = fields.text(shop.get("name")), fields.currency_code(shop.get("currencyCode"))
    if not currency:
        raise SourceUnavailable(
            f"{shop_address} answered without the shop's name and currency.",
            "Try again; if it stays so, check that the address belongs to a Shopify shop.",
        )
    own_address = valid_address(shop.get("myshopifyDomain"))
    if base_url is None and own_address is not None and own_address != shop_address:
        raise Misuse(f"{shop_address} is another name of {own_address}. Use --shop-url {own_address}")
    scopes = _scopes(data)
    _check_scopes(shop_address, scopes)
    if WHOLE_HISTORY_SCOPE not in scopes:
        notes.append(f"Without the scope {WHOLE_HISTORY_SCOPE} Shopify shows the orders of the last 60 days only.")
    served = fields.text(response.headers.get("X-Shopify-API-Version"), limit=50)
    if served and served != API_VERSION:
        notes.append(f"The shop answered with API {served} instead of {API_VERSION}.")
    return ConnectedShopify(
        name=name,
        currency=currency,
        detail={
            "address": own_address or shop_address,
            "time_zone": fields.text(shop.get("ianaTimezone"), limit=100),
            "plan": fields.text(fields.mapping(shop.get("plan")).get("publicDisplayName"), limit=100),
            "storefront_url": fields.text(fields.mapping(shop.get("primaryDomain")).get("url")),
            "scopes": scopes,
            "token": kind,
            "api_version": served or API_VERSION,
            "notes": notes,
        },
    )


def _client_credentials_token(
    http: requests.Session, shop_address: str, base: str, credentials: Mapping[str, str]
) -> str:
    client_id, secret = credentials.get("api_key", ""), credentials.get("api_secret", "")
    if not client_id or not secret:
        raise Misuse(
            f"No credentials to read {shop_address}: "
            "give --access-token, or both --api-key and --api-secret of the shop's app."
        )
    response = _post(
        http,
        shop_address,
        f"{base}/admin/oauth/access_token",
        data={"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret},
    )
    if response.status_code == 400:
        raise SourceUnavailable(
            f"{shop_address} gives no token for this API key and secret ({_reason(response)}).",
            "The app must be of the same organisation as the shop and be installed on it; "
            "for an app made in the Shopify admin give --access-token instead.",
        )
    token = fields.text(_read_answer(shop_address, response).get("access_token"))
    if not token:
        raise SourceUnavailable(f"{shop_address} answered without an access_token.", CREDENTIALS_CURE)
    return token


def _post(http: requests.Session, shop_address: str, url: str, **request: Any) -> requests.Response:
    """One POST, redirects refused: they would carry the token elsewhere."""
    host = urlsplit(url).netloc
    try:
        return http.post(url, timeout=TIMEOUT_S, allow_redirects=False, **request)
    except requests.exceptions.SSLError as error:
        raise SourceUnavailable(
            f"No trusted TLS connection to {host}.",
            "Check this machine's clock, its CA certificates, and whether a proxy is in between.",
        ) from error
    except requests.Timeout as error:
        raise SourceUnavailable(
            f"{host} did not answer in {TIMEOUT_S[1]:.0f} s.",
            "Try again; check the network and the firewall.",
        ) from error
    except requests.ConnectionError as error:
        raise _no_connection(host, error) from error
    except requests.RequestException as error:
        raise SourceUnavailable(
            f"The request to {host} failed ({type(error).__name__}).", f"Check the address {shop_address}."
        ) from error


def _no_connection(host: str, error: requests.ConnectionError) -> SourceUnavailable:
    said = str(error)
    if "NameResolutionError" in said or "Failed to resolve" in said or "getaddrinfo" in said:
        return SourceUnavailable(
            f"The name {host} is not known (DNS).", "Check the shop's address and this machine's DNS."
        )
    if "refused" in said.lower():
        return SourceUnavailable(f"{host} refused the connection.", "Check the address and the firewall.")
    return SourceUnavailable(f"The connection to {host} broke off.", "Try again; check the network.")


# What a status says, and the cure. Shopify answers 404 for names of no shop, 402 for unpaid ones.
REFUSALS = {
    401: ("does not accept these credentials", CREDENTIALS_CURE),
    402: (
        "is frozen until the merchant has paid Shopify",
        "Pay the plan in the Shopify admin, then try again.",
    ),
    403: (
        "forbids this app to read",
        "Give the app the scopes " + ", ".join(NEEDED_SCOPES) + " and reinstall it.",
    ),
    404: ("is not a shop, or not with this API", "Check --shop-url for a typing mistake."),
    423: ("is locked by Shopify", "Ask Shopify's support to unlock the shop."),
    429: ("asks us to wait, too many requests", "Try again in a minute."),
}


def _read_answer(shop_address: str, response: requests.Response) -> Json:
    """The JSON object of a 200. Raises SourceUnavailable for every other answer."""
    status = response.status_code
    if 300 <= status < 400:
        target = urlsplit(response.headers.get("Location", "")).netloc or "another page"
        raise SourceUnavailable(
            f"{shop_address} redirects to {target}, which is not followed.",
            "Use the shop's .myshopify.com address.",
        )
    if status in REFUSALS:
        said, cure = REFUSALS[status]
        raise SourceUnavailable(f"{shop_address} {said} (HTTP {status}).", cure)
    if status != 200:
        raise SourceUnavailable(
            f"{shop_address} answered HTTP {status} ({_reason(response)}).",
            "Try again in a few minutes; see shopifystatus.com.",
        )
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError as error:
        kind = response.headers.get("Content-Type", "unknown type").split(";")[0]
        raise SourceUnavailable(
            f"{shop_address} answered with a page ({kind}) instead of JSON.",
            "Use the shop's .myshopify.com address; check that no proxy stands in between.",
        ) from error
    if not isinstance(answer, dict):
        raise SourceUnavailable(f"{shop_address} answered with JSON that is no object.", "Check the address.")
    return answer


def _reason(response: requests.Response) -> str:
    """Shopify's own words, short and on one line; no page's HTML."""
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError:
        return "no reason given"
    stated = fields.mapping(answer)
    said = stated.get("error_description") or stated.get("error") or stated.get("errors")
    return re.sub(r"\s+", " ", fields.text(said, limit=200)) or "no reason given"


def _data(shop_address: str, answer: Json) -> Json:
    """`data` of a GraphQL answer: HTTP 200 may still carry errors."""
    errors = answer.get("errors")
    if errors:
        first = next(fields.objects(errors), {"message": errors})
        message = re.sub(r"\s+", " ", fields.text(first.get("message"), limit=200)) or "no reason given"
        code = fields.text(fields.mapping(first.get("extensions")).get("code"), limit=50)
        cure = {
            "THROTTLED": REFUSALS[429][1],
            "ACCESS_DENIED": REFUSALS[403][1],
        }.get(code, CREDENTIALS_CURE)
        raise SourceUnavailable(f"{shop_address} refused the question: {message}.", cure)
    return fields.mapping(answer.get("data"))


def _scopes(data: Json) -> list[str]:
    installation = fields.mapping(data.get("currentAppInstallation"))
    granted = fields.objects(installation.get("accessScopes"))
    return sorted(handle for scope in granted if (handle := fields.text(scope.get("handle"), limit=100)))


def _check_scopes(shop_address: str, granted: list[str]) -> None:
    """A write scope implies the read."""
    missing = [
        scope for scope in NEEDED_SCOPES if scope not in granted and scope.replace("read_", "write_", 1) not in granted
    ]
    if missing:
        raise SourceUnavailable(
            f"The app on {shop_address} lacks {', '.join(missing)}.",
            "Add these Admin API scopes to the app and install it again.",
        )
