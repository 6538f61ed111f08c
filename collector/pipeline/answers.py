"""What the doors say: every status, header and counted reason of the beacon and webhook addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from collector.domain.door import Answer, Drop
from collector.domain.errors import Invalid

LARGEST_BEACON = 64 * 1024
LARGEST_WEBHOOK = 16 * 1024 * 1024
STORAGE_RETRY_S = 10
BAD_SIGNATURE = "bad_signature"
WRONG_SECRET = "wrong_secret"  # noqa: S105 - a reason: the same, at an address that only the shop itself was told

# A page on any host may read a beacon's answer; it holds nothing private and never needs cookies.
CORS: Mapping[str, str] = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "X-Collector, Retry-After",
    }
)

PREFLIGHT = Answer(
    204,
    "preflight",
    headers=MappingProxyType(
        {
            **CORS,
            "Access-Control-Allow-Methods": "POST, OPTIONS",
            "Access-Control-Allow-Headers": "content-type",
            "Access-Control-Max-Age": "86400",
        }
    ),
)


def beacon_accepted(event_count: int) -> Answer:
    return Answer(204, "accepted", headers={**CORS, "X-Collector": f"accepted={event_count}"})


def beacon_dropped(reason: Drop) -> Answer:
    return Answer(204, reason.value, headers={**CORS, "X-Collector": f"dropped={reason.value}"})


def beacon_invalid(problem: Invalid) -> Answer:
    return _beacon_error(
        400,
        "invalid",
        {
            "error": problem.error,
            "field": problem.field,
            "value": problem.value,
            "allowed": problem.allowed if isinstance(problem.allowed, str) else list(problem.allowed),
        },
    )


def beacon_unknown_key() -> Answer:
    return _beacon_error(404, "unknown_key", {"error": "unknown site key"})


def beacon_too_large() -> Answer:
    return _beacon_error(413, "too_large", {"error": "too large", "allowed": f"{LARGEST_BEACON} bytes"})


def beacon_over_limit(retry_after_s: int) -> Answer:
    wait = max(1, retry_after_s)
    return _beacon_error(429, "rate_limited", {"error": "too many beacons"}, {"Retry-After": str(wait)})


def beacon_not_stored() -> Answer:
    return _beacon_error(503, "storage_refused", {"error": "not stored"}, {"Retry-After": str(STORAGE_RETRY_S)})


def webhook_ok(reason: str) -> Answer:
    """WooCommerce wants exactly 200 from a ping; every other sender is content with it."""
    return Answer(200, reason, "OK")


def webhook_refused(reason: str) -> Answer:
    """In the same words whatever was wrong: who guesses learns nothing about the shops there are."""
    return Answer(401, reason, "Invalid signature")


def webhook_unknown_key() -> Answer:
    return Answer(404, "unknown_key", "unknown address")


def webhook_broken() -> Answer:
    return Answer(400, "invalid", "the body is incomplete")


def webhook_too_large() -> Answer:
    return Answer(413, "too_large", "too large")


def webhook_not_stored() -> Answer:
    return Answer(503, "storage_refused", "not stored", headers={"Retry-After": str(STORAGE_RETRY_S)})


def _beacon_error(
    status: int, reason: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(
        status,
        reason,
        json.dumps(body, default=str),
        "application/json",
        {**CORS, **(headers or {})},
    )
