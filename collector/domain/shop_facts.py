"""What a platform says of the shop itself and of its own saying: not what somebody did there (`events.py`).

The same rules hold: applied in any order, any number of times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Something changed and this body does not say what: the platform has to be asked. `kind`: customers | orders |
    products | coupons | inventory (items of the stock). `due_at`: not before then, when it will have changed."""

    occurred_at: datetime
    kind: str
    id: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShopUninstalled:
    """The merchant removed the app; ignored when older than the newest install."""

    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ShopDescribed:
    """What a shop says about itself. Empty text: not stated. `storefront`: its home address for shoppers."""

    version_at: datetime
    name: str = ""
    currency: str = ""
    zone: str = ""
    storefront: str = ""


@dataclass(frozen=True, slots=True)
class ErrorSent:
    """A body that is rightly signed and an error in place of a record. `code`: the platform's word for it;
    `needs_rights`: whoever the webhook belongs to may not read what it is about."""

    occurred_at: datetime
    webhook_id: str
    topic: str
    code: str
    needs_rights: bool = False


@dataclass(frozen=True, slots=True)
class ShopNoticed:
    """Something about the shop that work which comes round by itself should look at now.

    `what`: permissions | import (one that the platform put together is ready) | theme (another one is shown).
    """

    occurred_at: datetime
    what: str
    detail: str = ""
