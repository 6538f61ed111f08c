"""The Brevo accounts that messages may leave for: those of the settings, and those of shops that brought their own key
when they were connected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from collector.config import Access, Config, accesses
from collector.destinations.brevo.client import BrevoAccount
from collector.destinations.brevo.login import Login, shared_login
from collector.domain.shop import OWN_KEY, Shop, own_account


def plans(config: Config) -> dict[str, str]:
    """The plan of each account, as the settings name it."""
    return {name: access.plan for name, access in accesses(config).items()}


class BrevoAccounts(Mapping[str, BrevoAccount]):
    """By the name a shop's policy gives. `shops` is asked each time, because shops come and go."""

    def __init__(self, config: Config, shops: Callable[[], Iterable[Shop]] = tuple) -> None:
        self._of_file = {name: _account(name, to) for name, to in accesses(config).items()}
        self._api_url = config.brevo.api_url
        self._shops = shops

    def __getitem__(self, name: str) -> BrevoAccount:
        if name in self._of_file:
            return self._of_file[name]
        return self._of_shops()[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._of_shops(), **self._of_file})

    def __len__(self) -> int:
        return len({**self._of_shops(), **self._of_file})

    def _of_shops(self) -> dict[str, BrevoAccount]:
        keys = {own_account(shop.address): shop.secrets.credentials.get(OWN_KEY, "") for shop in self._shops()}
        return {name: BrevoAccount(name, key, self._api_url) for name, key in keys.items() if key}


def _account(name: str, to: Access) -> BrevoAccount:
    return BrevoAccount(name, to.api_key, to.api_url, _login(to))


def _login(to: Access) -> Login | None:
    return shared_login(to.client_id, to.client_secret, to.token_url) if to.client_id else None
