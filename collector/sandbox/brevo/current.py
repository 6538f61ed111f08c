"""What a view needs of its app: the account, the contract, the body of the call, the numbers of a page."""

from __future__ import annotations

from typing import Any, Protocol, cast

from flask import current_app, g, request

from collector.sandbox.brevo.answers import invalid
from collector.sandbox.brevo.state import Account

_ACCOUNT = "brevo_account"
_CONTRACT = "brevo_contract"


class BodyContract(Protocol):
    """`contract.Contract` by shape, so that its libraries are loaded only when a contract is given."""

    def errors(self, method: str, path: str, body: object) -> list[str]: ...


def keep(extensions: dict[str, Any], account: Account, contract: BodyContract | None) -> None:
    extensions[_ACCOUNT] = account
    extensions[_CONTRACT] = contract


def account() -> Account:
    return cast(Account, current_app.extensions[_ACCOUNT])


def contract() -> BodyContract | None:
    return cast(BodyContract | None, current_app.extensions[_CONTRACT])


def body() -> Any:
    """The parsed JSON of this call, None when there was none."""
    return g.get("body")


def page(at_most: int, usual: int) -> slice:
    """`limit` and `offset` of a list. Raises Refusal outside 0..at_most."""
    limit, offset = _number("limit", usual), _number("offset", 0)
    if limit > at_most:
        raise invalid(f"Limit exceeds max value {at_most}", "out_of_range")
    return slice(offset, offset + limit)


def _number(name: str, usual: int) -> int:
    text = request.args.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal()):
        raise invalid(f"{name} should be a whole number", "out_of_range")
    return int(text)
