"""How a merchant names a shop on the command line.

The platform's name while there is one shop of that kind, else the address: `host[:port][/path]`.
"""

from __future__ import annotations

from collections.abc import Sequence

from collector.domain.errors import Misuse
from collector.domain.shop import Shop


def name_of(shop: Shop, shops: Sequence[Shop]) -> str:
    """The shortest NAME that means this shop among these."""
    alone = sum(1 for other in shops if other.platform == shop.platform) == 1
    return shop.platform if alone else shop.address


def resolve(name: str, shops: Sequence[Shop]) -> Shop:
    """The shop a NAME means. Raises Misuse listing the names: of those it may mean, or of all."""
    wanted = _as_address(name)
    found = [shop for shop in shops if shop.platform == wanted] or [
        shop for shop in shops if _as_address(shop.address) == wanted
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(sorted(shop.address for shop in found))
        raise Misuse(f"{name!r} may mean several shops; name one of: {names}")
    names = ", ".join(sorted(name_of(shop, shops) for shop in shops))
    raise Misuse(
        f"no shop is called {name!r}; "
        + (f"known: {names}" if names else "none is connected yet: `tajo connectors install` does that")
    )


def _as_address(text: str) -> str:
    """Scheme and final slash do not count, nor does case in the host."""
    text = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    host, slash, path = text.partition("/")
    return host.lower() + slash + path
