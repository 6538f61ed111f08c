"""Does the connection to a WooCommerce shop work? (domain.diagnosis.Diagnosis)"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import requests

from collector.domain.diagnosis import CONNECTION, CUSTOMERS, ORDERS, PRODUCTS, Check, bad, good
from collector.domain.errors import SourceUnavailable
from collector.domain.shop import Shop
from collector.sources.woocommerce.rest import Declined, Reader

# Asked one by one: a key's owner may see some of it and not the rest.
LOOKS = ((PRODUCTS, "products"), (CUSTOMERS, "customers"), (ORDERS, "orders"))


class WooCommerceDiagnosis:
    """`unverified`: addresses whose certificates are not checked, for tests."""

    def __init__(self, http: requests.Session, unverified: Collection[str] = ()) -> None:
        self._http = http
        self._unverified = frozenset(unverified)

    def look(self, shop: Shop) -> Iterator[Check]:
        keys = shop.secrets.credentials
        key, secret = keys.get("consumer_key", ""), keys.get("consumer_secret", "")
        if not key or not secret:
            yield bad(CONNECTION, f"There are no keys for {shop.address}.", "Connect the shop again.")
            return
        reader = Reader(self._http, shop.url, key, secret, verify_ssl=shop.address not in self._unverified)
        found: list[Check] = []
        for name, path in LOOKS:
            try:
                reader.read(path, per_page="1", _fields="id")
            except Declined as problem:
                if not found and problem.status not in (403, 404):  # the shop turns us away, not this question
                    yield _refused(CONNECTION, problem)
                    return
                found.append(_refused(name, problem))
            except SourceUnavailable as problem:
                if not found:
                    yield _refused(CONNECTION, problem)
                    return
                found.append(_refused(name, problem))
            else:
                found.append(good(name))
        if all(not check.is_good for check in found):
            yield bad(CONNECTION, found[0].cause, found[0].cure)
            return
        yield good(CONNECTION)
        yield from found


def _refused(name: str, problem: SourceUnavailable) -> Check:
    return bad(name, str(problem).removesuffix(problem.cure).strip(), problem.cure)
