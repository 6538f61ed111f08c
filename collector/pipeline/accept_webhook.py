"""The door's judgement of a webhook: request values and `now` in, answer and row out. Nothing is stored here.

Which topic it is and what stands in it is the fold's business: whatever is rightly signed is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from collector.domain.door import Lane, NewRow, RowKind, Verdict, WebhookRequest
from collector.domain.errors import InvalidSignature
from collector.domain.ports import Source
from collector.domain.shop import Shop
from collector.pipeline import answers


def accept_webhook(
    request: WebhookRequest,
    shop: Shop | None,
    source: Source,
    now: datetime,
    shop_at: Callable[[str], Shop | None],
) -> Verdict:
    """Judge one webhook. `shop` is the one of the hook key in the path or, without one, the one the headers
    propose; None: nobody's. Its secret must agree. A header proves nothing, so the shop the body names, if it
    names one, must agree as well. The key in the path is a secret of that one shop and needs no second proof, unless
    the headers name another connected shop: somebody took address and secret of one for the other.
    `shop_at` finds a connected shop of the platform by its address.

    An uninstalled shop's webhooks are kept (its orders still close carts), a disabled or removed shop's are
    not.
    """
    shop_id = shop.id if shop is not None else None
    if request.hook_key and shop is None:
        return Verdict(answers.webhook_unknown_key())
    if request.is_oversize or len(request.body) > answers.LARGEST_WEBHOOK:
        return Verdict(answers.webhook_too_large(), None, shop_id)
    if source.is_ping(request):
        return Verdict(answers.webhook_ok("ping"), None, shop_id)
    if shop is None:
        return Verdict(answers.webhook_refused("unknown_shop"))
    try:
        source.verify(request, shop.secrets.signing(now))
    except InvalidSignature:
        reason = answers.WRONG_SECRET if request.hook_key else answers.BAD_SIGNATURE
        return Verdict(answers.webhook_refused(reason), None, shop_id)
    named = None if request.hook_key else source.named_address(request.body)
    if (named is not None and not _agrees(named, shop, shop_at)) or _is_of_another(request, shop, source, shop_at):
        return Verdict(answers.webhook_refused("wrong_shop"), None, shop_id)
    if not shop.is_enabled or shop.removed_at is not None:
        return Verdict(answers.webhook_ok("disabled"), None, shop_id)
    topic, delivery_id, facts = source.describe(request)
    row = NewRow(shop.id, Lane.LIVE, RowKind.WEBHOOK, now, request.body, topic, delivery_id, facts)
    return Verdict(answers.webhook_ok("accepted"), row, shop_id)


def _agrees(named: str, shop: Shop, shop_at: Callable[[str], Shop | None]) -> bool:
    """The shop's own address, or one below it (`shop.example/de` of a translation) that is no other shop of ours."""
    return named == shop.address or (named.startswith(f"{shop.address}/") and shop_at(named) is None)


def _is_of_another(request: WebhookRequest, shop: Shop, source: Source, shop_at: Callable[[str], Shop | None]) -> bool:
    """Sites of a network are easily mixed up, and their orders have the same numbers."""
    proposed = source.proposed_address(request.headers) if request.hook_key else None
    if proposed is None or proposed == shop.address:
        return False
    other = shop_at(proposed)
    return other is not None and other.id != shop.id
