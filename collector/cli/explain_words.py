"""What is stored about a person, each entry as one sentence. Pure."""

from __future__ import annotations

from typing import Any

from collector.domain.reasons import SENTENCES, Reason
from collector.storage.sqlite.explaining import Entry

STRENGTHS = {
    "claimed": "an unsigned page says that {a} belongs to {b} (never written to on that alone)",
    "typed": "{a} belongs to {b}: said in {source}",
    "signed": "{a} belongs to {b}: signed or recorded by the shop ({source})",
    "ordered": "{a} belongs to {b}: on an order",
}
SOURCES = {
    "page": "a page",
    "form": "a form",
    "checkout": "the checkout",
    "cart": "the cart",
    "customer": "the account",
}
ACTS = {
    "opted_in": "{subject} agreed to be written to ({channel})",
    "opted_out": "{subject} refused to be written to ({channel})",
    "pending": "{subject} has not confirmed yet ({channel}), so it is no permission",
    "none": "{subject} is not subscribed ({channel})",
    "unticked": "{subject} left the box unticked ({channel}), which takes back an earlier tick of the same act",
}
OUTCOMES = {
    "left_out": "not written",
    "refused": "not taken",
    "remind": "reminder",
    "hold": "reminder held",
    "drop": "no reminder",
    "wait": "reminder waits",
}
ABOUT = {"cart": "cart {cart}", "contact": "attributes"}
TRUTHS = {
    "checked": "the shop was asked",
    "no_access": "the shop cannot be asked, our own records decided",
    "unreachable": "the shop did not answer",
    "off": "the shop was not asked, as set",
}
STATES = {
    "waiting": "waits until {due_at}",
    "done": "left at {done_at}",
    "dead": "was given up at {done_at}",
    "skipped": "was not sent",
    "unknown": "may have left, nobody knows",
}


def sentence(entry: Entry) -> str:
    match entry.kind:
        case "link":
            source = SOURCES.get(entry.facts["source"], entry.facts["source"])
            return "link: " + STRENGTHS[entry.what].format(a=entry.facts["a"], b=entry.facts["b"], source=source)
        case "consent":
            act, source = entry.facts["act"], entry.facts["source"]
            return "consent: " + ACTS[entry.what].format(**entry.facts) + f"; {act}, from {source}"
        case "event":
            return _event(entry)
        case "decision":
            return _decision(entry)
        case _:
            return _delivery(entry)


def _event(entry: Entry) -> str:
    detail = entry.facts["detail"]
    parts = [entry.what.replace("_", " ")]
    if product := detail.get("product"):
        parts.append(product.get("name") or product.get("id", ""))
    if "items" in detail:
        parts.append(_pieces(detail["items"]))
    parts += [f"order {detail['order_id']}"] if "order_id" in detail else []
    parts += [str(detail[name]) for name in ("email", "query") if name in detail]
    if detail.get("page", {}).get("url"):
        parts.append(detail["page"]["url"])
    where = entry.facts["visitor_id"]
    return "event: " + ", ".join(part for part in parts if part) + (f" (browser {where})" if where else "")


def _pieces(items: list[dict[str, Any]]) -> str:
    named = [f"{item.get('quantity', 1)} × {item.get('name') or item.get('product_id')}" for item in items]
    return " + ".join(named) or "empty"


def _decision(entry: Entry) -> str:
    facts = entry.facts
    about = ABOUT.get(facts["about"], "looking around").format(**facts)
    if named := facts["detail"].get("attributes") or facts["detail"].get("identifiers"):
        about = ", ".join(named)
    stage = facts["detail"].get("stage", "")
    step = f", step {facts['step']}" if facts["step"] > 1 else ""
    reason = SENTENCES[Reason(entry.what)]
    truth = f"; {TRUTHS[facts['truth']]}" if facts["truth"] in TRUTHS else ""
    whom = f" to {facts['detail']['email']}" if facts["detail"].get("email") else ""
    stage = f", stage {stage}" if stage else ""
    return f"decision: {OUTCOMES[facts['outcome']]}{whom} about {about}{stage}{step}: {reason} ({entry.what}){truth}"


def _delivery(entry: Entry) -> str:
    facts, payload = entry.facts, entry.facts["payload"]
    fate = STATES[facts["state"]].format(**facts)
    why = f": {_why(facts['reason'])}" if facts["reason"] else ""
    tries = f", tried {facts['attempts']} times" if facts["attempts"] > 1 else ""
    lists = [f"on {name}" for name in payload.get("lists_add", ())] + [
        f"off {name}" for name in payload.get("lists_remove", ())
    ]
    what = f"{entry.what} {', '.join(lists)}".strip()
    return f"message {facts['id']}: {what} to {payload['email']} {fate}{why}{tries}"


def _why(reason: str) -> str:
    """The closed list's sentence; what a destination answered stands as it is."""
    known = {code.value: said for code, said in SENTENCES.items()}
    return f"{known[reason]} ({reason})" if reason in known else reason
