"""One door of a collector for all tests here."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.wordpress.door import Door, open_door


@pytest.fixture(scope="package")
def opened() -> Iterator[Door]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with open_door() as found:
        yield found


@pytest.fixture
def door(opened: Door) -> Door:
    opened.clear()
    return opened
