"""One Chromium and one canned stage for all page tests of a worker; each test starts afresh, and ends on an empty
page, so that both are idle during everybody else's tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.sandbox.page.browser import Browser, missing
from tests.sandbox.page.page_stage import PageStage

PICTURES = "[...document.querySelectorAll('#messages img')].every(picture => picture.complete)"


@dataclass(frozen=True)
class Running:
    stage: PageStage
    browser: Browser
    url: str


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    if reason := missing():
        pytest.skip(reason)
    stage = PageStage()
    url = stage.start()
    try:
        with Browser.start() as browser:
            yield Running(stage, browser, url)
    finally:
        stage.stop()


@pytest.fixture
def stage(running: Running) -> PageStage:
    running.stage.reset()
    return running.stage


@pytest.fixture
def page(running: Running, stage: PageStage) -> Iterator[Browser]:
    """The page at #social as Maya, freshly opened. Fails the test if the page complained about anything."""
    browser = running.browser
    browser.resize(1280, 800)
    browser.open(running.url)
    browser.wait_for("document.querySelector('[data-ts]') && document.querySelector('#timeline [data-id]')")
    browser.wait_for(PICTURES)  # one that comes late moves everything from under the pointer
    yield browser
    browser.eval("sessionStorage.clear(), localStorage.clear(), true")
    problems = list(browser.problems)
    browser.leave()
    stage.wait_alone()
    assert problems == []
