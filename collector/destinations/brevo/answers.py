"""What Brevo's answers mean: one table from status and code to what has to be done.

Status decides, the code comes second, the message never alone. Proxies answer with pages, so a body may be
anything. Source: developers.brevo.com (read 2026-11-21) and what others met, as noted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from collector.destinations.brevo.limits import ORDERS
from collector.domain.errors import DeliveryFailed, Remedy

LONGEST_TEXT = 300

KEY_CURE = "Set BREVO_API_KEY to a key from Brevo > SMTP & API > API keys, then restart; `tajo brevo check` tries it."
EXPIRED_CURE = "Make a new key under Brevo > SMTP & API > API keys, set it as BREVO_API_KEY, then restart."
LOGIN_CURE = "Set brevo.client_id and brevo.client_secret to those of an app made with Brevo's own tool, then restart."
LOGIN_ADDRESS_CURE = "Check brevo.token_url, the address that gives tokens for brevo.client_id."
IP_CURE = "Add this server's address under Brevo > Security > Authorised IPs, or switch the blocking off."
SCOPE_CURE = "Give the key the scopes for contacts, lists, events and orders, or use a key without limits."
SHOP_CURE = "Activate the e-commerce app in Brevo (Apps & Integrations) and wait five minutes."
PLAN_CURE = "Look at the plan and credits of the Brevo account."
URL_CURE = "Check brevo.api_url; Brevo's own is https://api.brevo.com/v3."
FIREWALL_CURE = "A firewall before Brevo turned this call away; ask Brevo's support with the time of the call."
TIME_CURE = "Nothing to do: it is tried again by itself."
LOOK_CURE = "See what was sent with `tajo outbox show`; after a fix, `tajo outbox retry`."


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `content`: the JSON in it, {} when there is none; `is_json` tells the two apart."""

    status: int
    content: Any = field(default_factory=dict)
    is_json: bool = False
    text: str = ""
    request_id: str = ""

    @property
    def is_good(self) -> bool:
        return self.status in (200, 201, 202, 204)

    @property
    def said(self) -> Mapping[str, Any]:
        return self.content if isinstance(self.content, dict) else {}

    @property
    def code(self) -> str:
        return one_line(self.said.get("code"))

    @property
    def message(self) -> str:
        return one_line(self.said.get("message"))

    @property
    def duplicates(self) -> frozenset[str]:
        """Which identifiers already belong to another contact, in capitals.

        Read from the metadata: the code for it was `duplicate_parameter`, then also `invalid_parameter`
        (both met by others in 2026).
        """
        metadata = self.said.get("metadata")
        found = metadata.get("duplicate_identifiers") if isinstance(metadata, dict) else None
        return frozenset(str(one).upper() for one in found) if isinstance(found, list) else frozenset()


def read(status: int, body: bytes, request_id: str) -> Answer:
    """Never raises: what is no JSON is kept as the beginning of a text."""
    try:
        return Answer(status, json.loads(body), True, "", one_line(request_id))
    except (ValueError, RecursionError):
        return Answer(status, {}, False, one_line(body[:2000].decode("utf-8", "replace")), one_line(request_id))


def one_line(value: object) -> str:
    return " ".join(str(value).split())[:LONGEST_TEXT] if value is not None else ""


def failure(answer: Answer, family: str, sent: Mapping[str, Any], wait_s: float = 0.0) -> DeliveryFailed:
    """What a refusal asks for. `wait_s`: how long after a 429."""
    remedy, reason, cure = meaning(answer, family)
    words = answer.message or answer.text or "no reason given"
    named = f" {answer.code}" if answer.code else ""
    return DeliveryFailed(
        f"Brevo {answer.status}{named}: {words}",
        remedy=remedy,
        reason=reason,
        cure=cure,
        retry_after_s=wait_s or None,
        answer={**sent, "said": words, "code": answer.code},
    )


def meaning(answer: Answer, family: str) -> tuple[Remedy, str, str]:
    """(what to do, reason for the log, cure for the merchant)."""
    status, words = answer.status, f"{answer.code} {answer.message}".lower()
    if status == 429:
        return Remedy.WAIT, "too_many_requests", TIME_CURE
    if status in (408, 425) or status >= 500:
        return Remedy.RETRY, f"http_{status}", TIME_CURE
    if status in (401, 403) and ("ip address" in words or "unrecognised ip" in words or "unrecognized ip" in words):
        return Remedy.STOP, "ip_refused", IP_CURE
    if status == 403 and not answer.is_json:  # about this one body perhaps, so it stops nobody else
        return Remedy.RETRY, "firewall", FIREWALL_CURE
    if status == 401 and "expired" in words:
        return Remedy.STOP, "key_expired", EXPIRED_CURE
    if status == 401:
        return Remedy.STOP, "key_refused", KEY_CURE
    if status in (402, 403) and family == ORDERS:
        return Remedy.STOP, "orders_refused", SHOP_CURE
    if status == 402:
        return Remedy.STOP, "plan_exhausted", PLAN_CURE
    if status == 403:
        return Remedy.STOP, "not_permitted", SCOPE_CURE
    if status < 400 or (status in (404, 405) and not answer.is_json):
        # A redirect, a page with a 200, a page with a 404: this is somebody else's server.
        return Remedy.STOP, "not_the_api", URL_CURE
    return Remedy.GIVE_UP, answer.code if is_short_code(answer.code) else f"http_{status}", LOOK_CURE


def is_short_code(code: str) -> bool:
    """Codes are slugs, and now and then a sentence."""
    return 0 < len(code) <= 40 and code.replace("_", "").isalnum() and code.isascii()
