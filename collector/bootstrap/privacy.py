"""Requests about personal data put together: the door that writes them down, the job that does them."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import requests

from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.held import held
from collector.bootstrap.parts import clock, secret_box
from collector.bootstrap.shopify import ShopifyApis
from collector.config import Config
from collector.domain.errors import StorageRefused, Unready
from collector.domain.identity import Node
from collector.domain.jobs import Job
from collector.domain.ports import Source
from collector.domain.privacy import PrivacyRequest, PrivacySource
from collector.domain.shop import Shop
from collector.pipeline.accept_privacy import PrivacyDoor
from collector.pipeline.privacy_requests import AnswerPrivacyRequests, PrivacyServices
from collector.sources.shopify.answers import NotAShop, Revoked
from collector.sources.shopify.source import ShopifySource
from collector.sources.shopify.tokens import NotGiven
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.privacy_requests import PrivacyRequests
from collector.storage.sqlite.shop_rows import hash_of
from collector.storage.sqlite.state import SqliteState


def privacy_door(config: Config, sources: Mapping[str, Source]) -> PrivacyDoor:
    """Such requests are rare, so nothing is kept open for them."""
    able: dict[str, PrivacySource] = {name: one for name, one in sources.items() if isinstance(one, ShopifySource)}

    def gone(platform: str, address: str, hook_key: str) -> Shop | None:
        with _opened(config) as desk:
            for shop in desk.shops.all(also_removed=True):
                is_named = hash_of(shop.secrets.hook_key) == hash_of(hook_key) if hook_key else shop.address == address
                if shop.platform == platform and is_named:
                    return shop
        return None

    return PrivacyDoor(clock, able, {"shopify": config.shopify_app.api_secret}, gone, _DoorBook(config))


class _DoorBook:
    """The part of a PrivacyBook the door uses, from any thread."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def file(self, request: PrivacyRequest, received_at: datetime) -> bool:
        with _opened(self._config) as desk:
            is_new = PrivacyRequests(desk.state, secret_box(self._config)).file(request, received_at)
            with contextlib.suppress(sqlite3.OperationalError):  # it is on disk, and its turn comes within the minute
                Jobs(desk.state).bring_forward(AnswerPrivacyRequests.name, received_at)
            return is_new


@contextmanager
def _opened(config: Config) -> Iterator[Desk]:
    """What the door cannot open, it cannot store either."""
    try:
        with open_desk(config) as desk:
            yield desk
    except (Unready, sqlite3.Error) as trouble:
        raise StorageRefused(str(trouble)) from trouble


def privacy_job(config: Config, desk: Desk, http: requests.Session, sleep: Callable[[float], None] = time.sleep) -> Job:
    """For one thread."""
    book = PrivacyRequests(desk.state, secret_box(config))
    apis = ShopifyApis(config, desk.state, http, sleep=sleep)

    def data_of(shop: Shop, nodes: Iterable[Node], orders: Collection[str]) -> Mapping[str, Any]:
        return held(desk.state, shop, nodes, orders)

    def purge(shop: Shop) -> None:
        while desk.reader.purge_shop(shop.id):
            pass
        desk.shops.purge(shop.id)

    return AnswerPrivacyRequests(
        PrivacyServices(
            book=book,
            state=SqliteState(desk.state),
            inbox=desk.reader,
            shops=lambda: desk.shops.all(also_removed=True),
            held=data_of,
            contacts_told=lambda shop: book.contacts_told(shop.id),
            close=lambda shop, now: desk.shops.remove(shop.id, now),
            purge=purge,
            still_opens=_still_opens(apis),
        )
    )


def _still_opens(apis: ShopifyApis) -> Callable[[Shop], bool | None]:
    def ask(shop: Shop) -> bool | None:
        if shop.platform != "shopify" or not shop.secrets.credentials:
            return None
        try:
            apis(shop).ask("shop")
        except (Revoked, NotGiven, NotAShop):  # the app, or the shop itself, is not there any more
            return False
        return True

    return ask
