"""Networks of sites (WordPress multisite): each is a shop of its own, with keys of its own, on one host with others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from collector.domain.errors import SourceUnavailable
from collector.sources.woocommerce.refusals import UNKNOWN_KEY
from collector.sources.woocommerce.rest import Declined, RestClient

MOST = 4  # other sites that are asked whether a key is theirs


def is_unknown_key(problem: SourceUnavailable) -> bool:
    """Whether the shop may simply be another than the key's."""
    if not isinstance(problem, Declined) or problem.status != 401:
        return False
    return problem.code == UNKNOWN_KEY or "does not know the consumer key" in str(problem)


def key_of_another(
    client: Callable[[str], RestClient], url: str, others: Iterable[str], problem: Declined
) -> Declined | None:
    """If the key is that of another site of the same host, the refusal in those words; None if it is of none we know.

    `client` makes one for a home address, `others` are home addresses of connected shops. No other host gets the keys.
    """
    for other in list(_beside(url, others))[:MOST]:
        try:
            client(other).get("orders", per_page=1, _fields="id")
        except Declined as declined:
            if declined.status != 403 or not declined.code.startswith("woocommerce_"):
                continue  # else it knows the key, and only does not show orders to its owner
        except SourceUnavailable:
            continue
        return Declined(
            f"The key is that of {other}, another site of the same network.",
            f"Make one in the dashboard of {url}: keys are good for one site only.",
            problem.status,
            problem.code,
        )
    return None


def _beside(url: str, others: Iterable[str]) -> Iterator[str]:
    """Home addresses on the same host: those above this one, nearest first, then the others."""
    parts, met = urlsplit(url), {url}
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path
    above = []
    while path:
        path = path.rpartition("/")[0]
        above.append(f"{origin}{path}")
    for other in (*above, *others):
        if other not in met and (other == origin or other.startswith(f"{origin}/")):
            met.add(other)
            yield other
