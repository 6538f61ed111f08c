"""A destination that prints and remembers: to look at what would be told, without an account."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable

from collector.domain.messages import EventMessage, Message, kind_of, to_json
from collector.domain.ports import Delivered
from collector.domain.shop import Shop

REMEMBERED = 1000


class EchoDestination:
    """Takes everything. `said` holds the newest messages with the shop's id; `say` prints a line."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self._say = say
        self.said: deque[tuple[int, Message]] = deque(maxlen=REMEMBERED)

    def calls(self, shop: Shop, message: Message) -> str:
        return kind_of(message)

    def send(self, shop: Shop, message: Message) -> Delivered:
        self.said.append((shop.id, message))
        content = json.dumps(to_json(message), ensure_ascii=False, sort_keys=True)
        self._say(f"{shop.address} {kind_of(message)} {content}")
        return Delivered({"echo": True})

    def was_received(self, shop: Shop, message: EventMessage) -> bool | None:
        return any(
            shop_id == shop.id and isinstance(said, EventMessage) and said.event_id == message.event_id
            for shop_id, said in self.said
        )
