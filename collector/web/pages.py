"""What every page of ours has in common: one frame, one look, and headers under which nothing runs, frames or keeps it.

The look stands in the page itself and is allowed by its hash: there is no further address, and after an update nobody
sees a new page in the old look.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TypeVar

from flask import Response, make_response, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

Answer = TypeVar("Answer", bound=AnyResponse)

NOT_READY = "The database of this server does not answer."
NOT_READY_CURE = "Run `tajo check` where the collector runs: it says what is wrong. A link you have is still good."
STYLE = (Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def page(template: str, status: int = 200, **shown: object) -> Response:
    given = {**shown, "style": Markup(STYLE), "with_code": with_code, "sentence": sentence}  # noqa: S704 - a file of ours
    return private(make_response(render_template(template, **given), status))


def private(answer: Answer) -> Answer:
    """Also for what is no page: nobody keeps it, and no other site learns the address it came from."""
    answer.headers.update(HEADERS)
    return answer


def with_code(text: str) -> Markup:
    """Commands stand between backticks."""
    parts = (Markup("<code>{}</code>") if place % 2 else Markup("{}") for place in range(text.count("`") + 1))
    return Markup("").join(form.format(part) for form, part in zip(parts, text.split("`"), strict=True))


def sentence(text: str) -> str:
    """In one line, with a capital; names of hosts and quoted things stay as they are."""
    line = " ".join(text.split())
    first = line.partition(" ")[0]
    return line[:1].upper() + line[1:] if first.isalpha() else line
