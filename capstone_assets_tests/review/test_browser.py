"""The review page in a real browser: keys, undo, another film, width and accessibility."""

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from capstone_assets.emulator.server import listen
from capstone_assets.review.cases import Review, decisions_on
from capstone_assets.review.decisions import DecisionFile
from capstone_assets.review.page import ReviewPage
from capstone_assets_tests.review.conftest import PINOCCHIO, TODAY, WILLOW


@pytest.fixture
def file(tmp_path) -> DecisionFile:
    return DecisionFile(tmp_path / "overrides.csv")


@pytest.fixture
def address(lake, file) -> Iterator[str]:
    page = ReviewPage(lake, file, "Ann", is_emulated=True, today=lambda: TODAY)
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(page.app(), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def films(file: DecisionFile, expected: set[int]) -> set[int]:
    """The films decided, once they are those expected or the patience of a test ends."""
    for _ in range(50):
        if {each.film_id for each in file.read()} == expected:
            break
        time.sleep(0.1)
    return {each.film_id for each in file.read()}


def test_a_person_decides_with_keys_and_takes_it_back(browser, address, file):
    page = browser.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_selector("text=Accept: 2 releases")
    assert "Pinocchio (1940)" in page.inner_text("#film")
    assert page.get_attribute("#release a", "href") == "https://www.discogs.com/release/501"

    page.keyboard.press("a")
    page.wait_for_selector("text=Nothing waits for review")
    assert films(file, {PINOCCHIO}) == {PINOCCHIO}
    assert {each.who for each in file.read()} == {"Ann"}

    page.click("#undo")
    page.wait_for_selector("text=Took back 2 decisions")
    assert films(file, set()) == set()
    assert said == []


def test_undo_after_a_skip_brings_the_skipped_pair_back_and_no_decision(browser, address, file):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("text=Accept: 2 releases")

    page.keyboard.press("s")
    page.wait_for_selector("text=You have skipped all that is left")
    page.keyboard.press("u")
    page.wait_for_selector("text=Took back the skip")

    page.wait_for_selector("text=Accept: 2 releases")
    assert "0 skipped" in page.inner_text("#progress")
    page.keyboard.press("a")
    page.wait_for_selector("text=Nothing waits for review")
    assert films(file, {PINOCCHIO}) == {PINOCCHIO}


def test_a_pair_that_somebody_else_decided_makes_way_for_the_next(browser, address, lake, file):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("text=Accept: 2 releases")
    [pair] = Review(lake).pairs([])
    file.add(decisions_on(pair, "link", "Bob", "the only one", TODAY))

    page.keyboard.press("r")

    page.wait_for_selector("text=This pair is no longer in the queue")
    page.wait_for_selector("#case", state="hidden")
    assert "0 pairs in review" in page.inner_text("#progress")
    assert {each.who for each in file.read()} == {"Bob"}


def test_another_film_is_chosen_by_typing_its_title(browser, address, file):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("text=Near misses")
    page.wait_for_selector("text=Accept: 2 releases")

    page.keyboard.press("O")
    page.wait_for_selector("#found >> text=Pinocchio (2022), film")
    # The film of the pair itself is not another one.
    assert "(1940)" not in page.inner_text("#found")
    page.fill("#text", "willow")
    page.click("text=Willow (1988), film 847")

    assert films(file, {WILLOW}) == {WILLOW}


def test_a_title_that_looks_like_markup_is_text(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector("text=Accept: 2 releases")

    page.evaluate("show({...current, film: {...current.film, title: '<img src=x onerror=a()>'}})")

    assert page.query_selector("#film img") is None
    # Isolated, so that one written from right to left leaves its year where it is.
    assert page.inner_text("#film bdi") == "<img src=x onerror=a()>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_is_accessible(browser, address, width, scheme):
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("text=Accept: 2 releases")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # No word of a heading is broken.
    heights = page.evaluate("[...document.querySelectorAll('th')].map(e => e.offsetHeight)")
    assert max(heights) < 40
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
