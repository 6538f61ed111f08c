"""The worker: six loops with parts of their own, so that none waits for another."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import URLSafeTimedSerializer

from collector.bootstrap.accounts import BrevoAccounts, plans
from collector.bootstrap.desk import Desk, open_desk
from collector.bootstrap.folding import fold_services
from collector.bootstrap.history import history_jobs
from collector.bootstrap.live import writer
from collector.bootstrap.parts import clock, secret_box, secret_keys
from collector.bootstrap.purging import purge_some
from collector.bootstrap.shopify import ShopifyApis
from collector.bootstrap.shops import policies
from collector.bootstrap.tending import FirstReading, Tools, all_jobs
from collector.bootstrap.woocommerce import WooCommerceApis
from collector.config import Config
from collector.destinations.brevo.blocked import blocked_by
from collector.destinations.brevo.catalogue import BrevoCatalogue
from collector.destinations.brevo.destination import BrevoDestination
from collector.destinations.brevo.limits import OTHER, BudgetMeter
from collector.domain.door import Lane
from collector.domain.messages import ContactMessage, Message
from collector.domain.outbox import OutboxRow
from collector.domain.shop import Shop
from collector.domain.state_ports import StateTransaction
from collector.outgoing.guard import guarded_session
from collector.pipeline.blocks_of_ours import BlocksOfOurs
from collector.pipeline.catalogue import CatalogueServices
from collector.pipeline.contact_attributes import refreshed
from collector.pipeline.deliver import STALE
from collector.pipeline.deliver_services import DeliverServices, stored
from collector.pipeline.evaluate import EvaluateServices, evaluate_some
from collector.pipeline.fold import fold_some
from collector.pipeline.still_right import as_it_stands, still_right
from collector.sources.shopify.truth import TIMEOUT_S, ShopifyTruth
from collector.sources.woocommerce.coupon_uses import WooCommerceCoupons
from collector.sources.woocommerce.truth import WooCommerceTruth
from collector.standards.currencies import IsoCurrencies
from collector.standards.money_text import MoneyText
from collector.storage.sqlite.budgets import Budgets
from collector.storage.sqlite.bulk_calls import BulkCalls
from collector.storage.sqlite.directory import ShopDirectory
from collector.storage.sqlite.jobs import Jobs
from collector.storage.sqlite.leases import Leases
from collector.storage.sqlite.outbox import Outbox
from collector.storage.sqlite.state import SqliteState
from collector.worker.catalogue import CatalogueLoop, CatalogueLoopServices
from collector.worker.deliver import DeliverLoop
from collector.worker.due import DueLoop, DueServices
from collector.worker.loop import Worker
from collector.worker.pause import until_stopped
from collector.worker.services import WorkerServices
from collector.worker.tend import TendLoop, TendServices

RECOVERY_SALT = "recovery"
# Of the calls an hour that everything without a budget of its own shares; less than history has, which needs them more:
# products may also go one by one, in a budget of their own.
CATALOGUE_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """The loops of one worker process. `fold` runs in the main thread, the others beside it."""

    fold: Worker
    beside: tuple[Callable[[], None], ...]


@contextmanager
def worker_parts(config: Config, worker_id: str, stop: threading.Event) -> Iterator[WorkerParts]:
    """Everything a worker needs, each loop with connections of its own; closed at the end. Raises Unready."""
    with ExitStack() as stack:
        folding = Worker(_fold_services(config, worker_id, stack), stop)
        due = DueLoop(_due_services(config, worker_id, stack), stop)
        deliver = _deliver_loop(config, worker_id, stop, stack)
        tend = _tend_loop(config, worker_id, stop, stack)
        history = _history_loop(config, worker_id, stop, stack)
        catalogue = _catalogue_loop(config, worker_id, stop, stack)
        yield WorkerParts(folding, (due.run, deliver.run, tend.run, history.run, catalogue.run))


def recovery_signer(config: Config) -> URLSafeTimedSerializer:
    """Signs the way back to a cart; the newest key signs, all verify."""
    return URLSafeTimedSerializer(secret_keys(config), salt=RECOVERY_SALT)


def _known_shops(config: Config, desk: Desk, stack: ExitStack, pause_s: float = 0.0) -> Callable[[], dict[int, Shop]]:
    """The shops as they are now, looked up at most once in `pause_s`; 0: who decides must not decide by what was."""
    box, rules = secret_box(config), policies(config, desk.sources)
    directory = ShopDirectory(desk.locations.state, box, rules, time.monotonic, pause_s)
    stack.enter_context(closing(directory))
    return lambda: {shop.id: shop for shop in directory.all()}


def _accounts(config: Config, known: Callable[[], dict[int, Shop]]) -> BrevoAccounts:
    return BrevoAccounts(config, lambda: known().values())


def _fold_services(config: Config, worker_id: str, stack: ExitStack) -> WorkerServices:
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack)
    folding = fold_services(desk)

    def waiting() -> Sequence[tuple[int, Lane]]:
        cursors = desk.cursors.all(desk.reader.generation())
        shops = known()
        return [behind for behind in desk.reader.shops_behind(cursors) if behind[0] in shops]

    def fold(shop_id: int, lane: Lane, now: datetime) -> int:
        shop = known().get(shop_id)  # None: removed a moment ago
        return fold_some(folding, shop, lane, now) if shop else 0

    return WorkerServices(
        worker_id=worker_id,
        clock=clock,
        leases=Leases(desk.state),
        waiting=waiting,
        fold=fold,
        has_news=desk.reader.changed_since_last_look,
        purge=lambda now: purge_some(desk, now),
    )


def _due_services(config: Config, worker_id: str, stack: ExitStack) -> DueServices:
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack)
    http = stack.enter_context(guarded_session(config.allow_insecure_upstreams, timeout=(5, 10)))
    signer = recovery_signer(config)
    shopify = ShopifyApis(config, desk.state, http, patience_s=TIMEOUT_S, reserve=0.0)
    woocommerce = WooCommerceApis(config, desk.state, http, patience_s=TIMEOUT_S / 2, share=0.0)
    services = EvaluateServices(
        inbox=desk.reader,
        state=SqliteState(desk.state),
        truth={"shopify": ShopifyTruth(shopify), "woocommerce": WooCommerceTruth(woocommerce)},
        display=MoneyText(IsoCurrencies()),
        recovery_token=lambda shop, cart: str(signer.dumps([shop.id, cart])),
    )

    def decide(shop_id: int, now: datetime) -> int:
        shop = known().get(shop_id)
        return evaluate_some(services, shop, now) if shop else 0

    return DueServices(worker_id, clock, Leases(desk.state), lambda: list(known()), decide)


def _deliver_loop(config: Config, worker_id: str, stop: threading.Event, stack: ExitStack) -> DeliverLoop:
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack)
    http = stack.enter_context(guarded_session(config.allow_insecure_upstreams, timeout=(5, 20)))
    outbox, state = Outbox(desk.state), SqliteState(desk.state)
    outbox.give_up_claims(worker_id, clock() - 2 * STALE)  # a restarted worker keeps its name
    meter = BudgetMeter(Budgets(desk.state), clock, plans(config))

    def check(row: OutboxRow, now: datetime) -> str | None:
        shop = known().get(row.message.shop_id)
        return still_right(state, shop, row, now) if shop else "shop_removed"

    display = MoneyText(IsoCurrencies())

    def refresh(tx: StateTransaction, shop: Shop, contact: ContactMessage) -> ContactMessage:
        return refreshed(tx, shop, contact, clock(), display)

    def content(row: OutboxRow) -> Message:
        shop = known().get(row.message.shop_id)
        return as_it_stands(state, shop, row, refresh) if shop else stored(row)

    services = DeliverServices(
        outbox=outbox,
        message=content,
        take=meter.take,
        destination=BlocksOfOurs(
            BrevoDestination(http, _accounts(config, known), meter, clock), state, clock, blocked_by
        ),
        shop=lambda shop_id: known().get(shop_id),
        clock=clock,
        still_right=check,
        jitter=random.SystemRandom().random,
        holder=worker_id,
        is_dry_run=config.delivery.mode == "dry_run",
    )
    begin = FirstReading(Jobs(desk.state), _accounts(config, known), time.monotonic)
    return DeliverLoop(services, lambda now: begin.of(outbox.accounts_due(now), now), stop)


def _tend_loop(config: Config, worker_id: str, stop: threading.Event, stack: ExitStack) -> TendLoop:
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack, pause_s=1.0)
    http = stack.enter_context(guarded_session(config.allow_insecure_upstreams, timeout=(5, 20)))
    append = stack.enter_context(closing(writer(desk))).append_many
    shops, accounts = lambda: list(known().values()), _accounts(config, known)
    tools = Tools(config, desk, shops, http, accounts, append, until_stopped(stop))
    made = all_jobs(tools)
    return TendLoop(TendServices(worker_id, clock, Leases(desk.state), Jobs(desk.state), made), stop)


def _history_loop(config: Config, worker_id: str, stop: threading.Event, stack: ExitStack) -> TendLoop:
    """Beside the other jobs: putting an import together takes a while, and they are not to wait for it."""
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack, pause_s=1.0)
    http = stack.enter_context(guarded_session(config.allow_insecure_upstreams, timeout=(5, 60)))
    made = history_jobs(config, desk, lambda: list(known().values()), http, _accounts(config, known), stop.is_set)
    return TendLoop(TendServices(worker_id, clock, Leases(desk.state), Jobs(desk.state), made), stop)


def _catalogue_loop(config: Config, worker_id: str, stop: threading.Event, stack: ExitStack) -> CatalogueLoop:
    desk = stack.enter_context(open_desk(config))
    known = _known_shops(config, desk, stack, pause_s=1.0)
    http = stack.enter_context(guarded_session(config.allow_insecure_upstreams, timeout=(5, 20)))
    meter = BudgetMeter(Budgets(desk.state), clock, plans(config), {OTHER: CATALOGUE_SHARE})
    services = CatalogueServices(
        state=SqliteState(desk.state),
        destination=BrevoCatalogue(http, _accounts(config, known), meter, BulkCalls(desk.state, clock).keep),
        shops=lambda: list(known().values()),
        major=MoneyText(IsoCurrencies()).major,
        clock=clock,
        is_dry_run=config.delivery.mode == "dry_run",
        coupons={"woocommerce": WooCommerceCoupons(WooCommerceApis(config, desk.state, http, patience_s=10.0), clock)},
    )
    return CatalogueLoop(CatalogueLoopServices(worker_id, clock, Leases(desk.state), services), stop)
