"""What tests of several folders share: one browser for each test process, opened when the first test asks for it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from tests.browser import ARGUMENTS, CHROMIUM, SHELL, SHELL_ARGUMENTS

# No test asserts on time: the machine may be busy with something else.
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")
# As when it runs: a line that cannot be written fails the test that met it.
logging.getLogger("collector").setLevel(logging.INFO)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        program, arguments = (SHELL, SHELL_ARGUMENTS) if SHELL else (CHROMIUM, ARGUMENTS)
        launched = playwright.chromium.launch(executable_path=program, args=arguments)
        yield launched
        launched.close()
