"""How fast a shop may be asked. WooCommerce itself sets no limit; cheap hosts do, and slow ones suffer without one.

After each answer there is a pause in proportion to how long it took. Where the host says "not now" the pause is
doubled each time, and shrinks again with each good answer. Pure arithmetic over seconds; the caller waits.
"""

from __future__ import annotations

from dataclasses import dataclass

SHARE = 0.5  # of the time an answer took
LONGEST_S = 10.0  # such a pause
NEWEST = 0.5  # weight of the newest answer
FIRST_BACK_OFF_S = 1.0
LONGEST_BACK_OFF_S = 60.0
RECOVERY = 0.8  # what is left of the back-off after a good answer
NOTHING_S = 0.05


@dataclass(slots=True)
class Pace:
    """Of one shop. `share` 0: no pauses but those the host asks for.

    `took_s`: how long answers take, smoothed. `back_off_s`: between requests, learnt from refusals.
    """

    share: float = SHARE
    took_s: float = 0.0
    back_off_s: float = 0.0
    free_at: float = 0.0
    """When the next request may go, by the caller's clock."""

    def wait_s(self, now: float) -> float:
        return max(self.free_at - now, 0.0)

    def took(self, took_s: float, now: float) -> None:
        """An answer, or none, after so long."""
        self.took_s = took_s if not self.took_s else NEWEST * took_s + (1 - NEWEST) * self.took_s
        self.free_at = now + max(min(self.share * self.took_s, LONGEST_S), self.back_off_s)

    def recover(self) -> None:
        """The host took a request as it should."""
        self.back_off_s *= RECOVERY
        if self.back_off_s < NOTHING_S:
            self.back_off_s = 0.0

    def refused(self, wait_s: float, now: float) -> None:
        """429, 503, a time-out: twice as careful as before, and not before the host wants it."""
        self.back_off_s = min(max(2 * self.back_off_s, FIRST_BACK_OFF_S), LONGEST_BACK_OFF_S)
        self.free_at = now + max(self.back_off_s, wait_s)
