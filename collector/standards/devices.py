"""What kind of device a browser runs on, by its user agent. Cached: a shop sees few distinct browsers.

Apart from `user_agents.py`, which has other lists; these are loaded with the first question.
"""

from __future__ import annotations

from functools import lru_cache

LONGEST = 512
CACHED = 4096


@lru_cache(maxsize=CACHED)
def _class_of(user_agent: str) -> str:
    if not user_agent.strip():
        return "other"
    import user_agents

    browser = user_agents.parse(user_agent)
    if browser.is_tablet:
        return "tablet"
    if browser.is_mobile:
        return "mobile"
    return "desktop" if browser.is_pc else "other"


def device_class(user_agent: str) -> str:
    """desktop | mobile | tablet | other."""
    return _class_of(user_agent[:LONGEST])
