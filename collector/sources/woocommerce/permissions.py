"""May a key write? Asked by a change that changes nothing: a batch of webhooks without a webhook in it."""

from __future__ import annotations

from dataclasses import dataclass

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.rest import Declined, RestClient

LOST = "Webhooks cannot be registered, so nothing is told as it happens: only what is read every few hours."


@dataclass(frozen=True, slots=True)
class Writing:
    """`is_allowed` None: the shop does not say. `cause` and `cure` where it is not."""

    is_allowed: bool | None
    cause: str = ""
    cure: str = ""


def may_write(client: RestClient) -> Writing:
    try:
        client.post("webhooks/batch", {})
    except Declined as problem:
        if problem.status not in (401, 403) or not problem.code:  # a firewall, or a shop without batches
            return Writing(None)
        what = str(problem).removesuffix(problem.cure).strip()
        return Writing(False, f"{what} {LOST}", problem.cure)
    except SourceUnavailable:
        return Writing(None)
    return Writing(True)
