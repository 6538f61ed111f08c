"""Trackers of others, in the version each was looked at, as npm has them.

What a shop would load of each; which of our jobs each does is another matter (most do fewer).
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.node.packages import Package, unpacked


@dataclass(frozen=True, slots=True)
class Peer:
    package: Package
    file: str

    @property
    def label(self) -> str:
        return f"{self.package.name} {self.package.version}"

    def script(self) -> bytes:
        """Raises `packages.NotThere`."""
        return (unpacked(self.package) / self.file).read_bytes()


@dataclass(frozen=True, slots=True)
class Dated:
    """A script that is in no registry, as it was measured on a day: bytes minified, gzip -9, brotli -11."""

    label: str
    sizes: tuple[int, int, int]


OPENPANEL = Peer(
    Package(
        "@openpanel/web",
        "1.4.1",
        "DgUWeocZw+b57YiJjefZPg+6sceR7TdOF8x7Ut75lu3CwcwqGi5jZNPXjikNemGL37aNWXCB4buhcoNan2j7RA==",
    ),
    "dist/src/tracker.global.js",
)
PEERS = (
    Peer(
        Package(
            "@plausible-analytics/tracker",
            "0.4.6",
            "nbu6xGgSP6jeYuoVklZBzucUnIpo75tVu3Kr+R0EDycVKaMC/jF5Q/YCaM/8gR4fPZ1IDcXt6FdBJFZ1uZwEPA==",
        ),
        "plausible.js",
    ),
    OPENPANEL,
    Peer(
        Package(
            "@snowplow/browser-tracker",
            "4.10.1",
            "1Kmi6Mtyxwn5BN7BPD63CCb8diNr/cD/ihxHVbnTVc9UQRK9xJALpkpOu90PomVH/GJN2VxVKyeNmPJhGnv9og==",
        ),
        "dist/index.umd.min.js",
    ),
    Peer(
        Package(
            "@segment/analytics-next",
            "1.84.3",
            "5l7cPBzScxhfJ0zdcKQI4daDvMIWWUk7hClT1xGRelnHUltIEoQ9w8+ZpFPoWJMpX8D7IA1nVAfJbpiKi3XaKw==",
        ),
        "dist/umd/standalone.js",
    ),
    Peer(
        Package(
            "posthog-js",
            "1.449.2",
            "vji+h92IHaLlFSEnRH1hwe8uLWGOdDUImmPXexj/+V7Xm7HTxIQisYE/Kom7Aaw4DRpzfdhQxiyAN1YVYR4G8Q==",
        ),
        "dist/array.js",
    ),
)
DATED = (
    Dated("Umami 3.1.0 (measured 2026-11-21)", (4_566, 2_210, 1_941)),
    Dated("GoatCounter count.js (measured 2026-11-21)", (5_646, 2_176, 1_845)),
)
