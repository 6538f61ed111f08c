"""Who says itself that it is a bot. Cached: a shop sees few distinct browsers.

Named bots come from crawlerdetect's kept list. An empty user agent is no named bot; the door suspects it.
"""

from __future__ import annotations

from functools import lru_cache

from crawlerdetect import CrawlerDetect

LONGEST = 512  # longer ones are cut: the list is a thousand patterns, tried at every position
CACHED = 4096

_DETECT = CrawlerDetect()


class KnownUserAgents:
    """Satisfies `domain.ports.UserAgents`. Making one loads the lists, so that no shopper's beacon waits."""

    def __init__(self) -> None:
        self.is_named_bot("Mozilla/5.0 (a browser)")

    def is_named_bot(self, user_agent: str) -> bool:
        return _is_named_bot(user_agent[:LONGEST])


@lru_cache(maxsize=CACHED)
def _is_named_bot(user_agent: str) -> bool:
    return bool(user_agent.strip()) and bool(_DETECT.is_crawler(user_agent))
