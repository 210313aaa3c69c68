"""The review pages in a real browser: keyboard alone, filters, bulk and undo, two people, French, the page's highlight,
accessibility. Drives Debian's Chromium through Playwright; skips, with the reason, where there is none."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from pipeline.store import Filter
from pipeline.types import Passage
from pipeline.workspace import Workspace
from tests.web_site import BASELINE, CHROMIUM, CHROMIUM_ARGS, REVIEW, SAMPLE, Served, fill, served

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed (pip install -e .[dev])")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("filled") / "workspace"
    fill(root, SAMPLE, REVIEW, BASELINE, country="XAA")
    return root


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("site") / "workspace"
    shutil.copytree(filled, root)
    with served(root, "--reviewer", "Ana") as running:
        yield running


def opened(browser: playwright.Browser, site: Served, look: str = "", **options: object) -> playwright.Page:
    """A new person's page; any error in the page's scripts or a refused resource fails the test."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "locale": "en-GB", **options})
    if look:
        context.add_cookies([{"name": "mgi_look", "value": look, "url": site.address}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda said: page.problems.append(said.text) if said.type == "error" else None)
    page.on("request", lambda asked: page.problems.append(asked.url) if site.address not in asked.url else None)
    return page


def closed(page: playwright.Page) -> None:
    problems = page.problems
    page.context.close()
    assert problems == []


def reviews(site: Served) -> list:
    with Workspace.open(site.root) as workspace:
        return workspace.store.reviews()


def test_ten_passages_are_reviewed_by_keyboard_alone(browser: playwright.Browser, site: Served) -> None:
    before = len(reviews(site))
    page = opened(browser, site)
    page.goto(site.address)
    page.keyboard.press("s")  # start with the least sure passage
    page.wait_for_url(re.compile("/passages/[0-9a-f]{16}"))
    decided: list[str] = []

    def now() -> str:
        return page.url.split("/passages/")[1][:16]

    def press_and_move(key: str) -> None:
        here = now()
        page.keyboard.press(key)
        page.wait_for_function("here => !location.pathname.includes(here)", arg=here)
        decided.append(here)

    for _ in range(5):
        press_and_move("a")
    for _ in range(2):
        press_and_move("r")
    # tick a category, add a target by its title, write a note, save
    if not page.is_checked("input[value=support]"):
        page.keyboard.press("4")
    page.keyboard.press("8")
    page.keyboard.press("t")
    page.keyboard.type("remittance")
    page.wait_for_selector(".proposals-list.open [role=option]:has-text('10.c')")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("needs <b>money</b> & help")
    here = now()
    page.keyboard.press("Control+Enter")
    page.wait_for_function("here => !location.pathname.includes(here)", arg=here)
    decided.append(here)
    # take the next one back and decide it again
    press_and_move("a")
    page.keyboard.press("u")
    page.wait_for_function("here => location.pathname.includes(here)", arg=decided[-1])
    press_and_move("r")
    press_and_move("a")
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("?")
    assert not page.locator("dialog#keys").is_visible()
    closed(page)
    made = reviews(site)[before:]
    assert len(set(decided)) == 10
    assert {r.passage for r in made} == set(decided)
    verdicts = [r.review.verdict for r in made]
    assert verdicts[:7] == ["accepted"] * 5 + ["rejected"] * 2
    changed = made[7].review
    assert changed.verdict == "changed"
    assert "10.c" in changed.codes["sdg_target"]
    assert "10" in changed.codes["sdg_goal"]
    assert "capacity_building" in changed.codes["support_type"]
    assert changed.note == "needs <b>money</b> & help"
    assert verdicts[8:] == ["accepted", "reopened", "rejected", "accepted"]


def test_filters_narrow_the_list(browser: playwright.Browser, site: Served) -> None:
    page = opened(browser, site)
    page.goto(f"{site.address}/passages")
    page.keyboard.press("/")
    page.keyboard.type("recruit")
    page.select_option("#f-status", "proposed")
    page.keyboard.press("Tab")
    page.click("text=Show")
    with Workspace.open(site.root) as workspace:
        total = workspace.store.count(Filter(text="recruit", status="proposed"))
    assert total > 1
    assert page.locator(".passages > li").count() == min(25, total)
    assert all("recruit" in text.lower() for text in page.locator(".excerpt").all_inner_texts())
    assert page.url.endswith("/passages?text=recruit&status=proposed") or "text=recruit" in page.url
    page.click("text=Clear filters")
    assert page.locator(".passages > li").count() == 25
    closed(page)


def test_many_are_accepted_together_and_taken_back(browser: playwright.Browser, site: Served) -> None:
    with Workspace.open(site.root) as workspace:
        before = workspace.store.count(Filter(status="accepted"))
        expected = workspace.store.count(Filter(status="proposed", category="gap", min_score=0.9))
    assert expected > 1
    page = opened(browser, site)
    page.goto(f"{site.address}/passages?category=gap")
    page.fill("#least", "0.90")
    page.click("text=Accept…")
    assert page.locator("h1").inner_text() == "Accept many passages at once"
    page.click(f"text=Accept {expected} passages")
    page.wait_for_selector(".flash button")
    with Workspace.open(site.root) as workspace:
        assert workspace.store.count(Filter(status="accepted")) == before + expected
    page.keyboard.press("u")
    page.wait_for_selector(f".flash:has-text('{expected} passages are open again')")
    with Workspace.open(site.root) as workspace:
        assert workspace.store.count(Filter(status="accepted")) == before
    closed(page)


def test_two_sessions_meet_on_one_passage(browser: playwright.Browser, site: Served) -> None:
    with Workspace.open(site.root) as workspace:
        identity = workspace.store.labelled(Filter(status="proposed", category="action"), limit=1)[0].passage.id
    before = len(reviews(site))
    ana, ben = opened(browser, site), opened(browser, site)
    ben.goto(f"{site.address}/settings")
    ben.fill("#reviewer", "Ben")
    ben.click("section:has(#reviewer) >> text=Save")
    ben.goto(f"{site.address}/passages/{identity}")
    ana.goto(f"{site.address}/passages/{identity}")
    assert "Ben has this passage open too" in ana.inner_text("[data-live]")
    ben.keyboard.press("r")
    ben.wait_for_function("here => !location.pathname.includes(here)", arg=identity)
    ana.wait_for_selector("[data-live]:has-text('Meanwhile: Ben – rejected')")
    ana.keyboard.press("a")
    ana.wait_for_selector("h1:has-text('Somebody else decided in the meantime')")
    assert ana.locator("h2:has-text('Decision of Ben')").count() == 1
    ana.click("text=Use mine instead")
    ana.wait_for_function("here => !location.pathname.includes(here)", arg=identity)
    ana.context.close()
    closed(ben)
    about = [r.review for r in reviews(site)[before:] if r.passage == identity]
    assert [(r.reviewer, r.verdict) for r in about] == [("Ben", "rejected"), ("Ana", "accepted")]


def test_the_interface_speaks_french(browser: playwright.Browser, site: Served) -> None:
    page = opened(browser, site, locale="fr-FR")
    page.goto(site.address)
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.inner_text("h1") == "Documents"
    page.keyboard.press("s")
    page.wait_for_selector("#decision")
    assert "Accepter" in page.inner_text("[data-key=accept]")
    assert "Bonne pratique" in page.inner_text("#decision")
    page.keyboard.press("t")
    page.keyboard.type("fonds")
    page.wait_for_selector(".proposals-list.open [role=option]:has-text('10.c')")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.inner_text("#keys-title") == "Clavier"
    closed(page)


def test_arabic_runs_from_right_to_left(browser: playwright.Browser, site: Served) -> None:
    page = opened(browser, site, look="language=ar")
    page.goto(f"{site.address}/passages")
    side, rows = page.locator(".filters").bounding_box(), page.locator(".list").bounding_box()
    assert side["x"] > rows["x"] + rows["width"] - 1
    assert page.locator(".excerpt").first.get_attribute("dir") == "ltr"
    closed(page)


def test_the_highlight_lies_on_the_words(browser: playwright.Browser, site: Served) -> None:
    """The region's pixels are tinted yellow, with print inside; just outside of it nothing is."""
    from PIL import Image

    with Workspace.open(site.root) as workspace:
        found = next(
            f
            for f in workspace.store.labelled(Filter(category="gap"))
            if len(f.passage.pages) == 1 and len(f.passage.text) > 80
        )
        facts = workspace.store.page(found.passage.document, found.passage.page)
    assert facts is not None
    page = opened(browser, site)
    page.goto(f"{site.address}/passages/{found.passage.id}")
    page.wait_for_function("() => document.querySelector('.paper img').complete")
    paper = page.locator(".paper").bounding_box()
    own = page.locator("rect.own").first.bounding_box()
    frame = page.locator(".sheets").bounding_box()
    assert frame["y"] <= own["y"] < frame["y"] + frame["height"] - own["height"]
    region = found.passage.regions[0]
    scale = paper["width"] / facts.width
    assert own["x"] == pytest.approx(paper["x"] + region.x0 * scale, abs=4)
    assert own["y"] == pytest.approx(paper["y"] + region.top * scale, abs=4)
    assert own["width"] == pytest.approx((region.x1 - region.x0) * scale, abs=8)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    inside = image.crop((own["x"] + 5, own["y"] + 5, own["x"] + own["width"] - 5, own["y"] + own["height"] - 5))
    colours = [inside.getpixel((x, y)) for x in range(inside.width) for y in range(inside.height)]
    tinted = sum(r > 200 and g > 190 and b < 215 and r - b > 30 for r, g, b in colours) / len(colours)
    printed = sum(max(c) < 130 for c in colours) / len(colours)
    assert tinted > 0.5
    assert 0.02 < printed < 0.5
    left = image.crop((own["x"] - 14, own["y"] + 2, own["x"] - 8, own["y"] + own["height"] - 2))
    assert all(r - b < 30 for r, g, b in (left.getpixel((x, y)) for x in range(left.width) for y in range(left.height)))
    closed(page)


AXE = resources.files("axe_core_python") / "axe.min.js" if resources.files("axe_core_python") else None
PAGES = (
    "/",
    "/passages",
    "PASSAGE",
    "/decisions",
    "/agreement",
    "/search?q=health",
    "/citations",
    "/progress",
    "/pictures",
    "/draft?unreviewed=on&country=XAA",
    "/draft?unreviewed=on&country=XAA&layout=annex&language=fr",
    "/help",
    "/settings",
    "/stale",
    "DOCUMENT",
    "SHAPE",
    "/none",
)


slow = pytest.mark.slow


@pytest.mark.parametrize(
    "look",
    [
        "language=en&theme=light",
        pytest.param("language=en&theme=dark", marks=slow),
        pytest.param("language=ar&theme=light", marks=slow),
    ],
)
def test_no_barrier_is_found_by_axe(browser: playwright.Browser, site: Served, look: str) -> None:
    """WCAG 2.2 A and AA, and best practices, with Deque's axe-core."""
    with Workspace.open(site.root) as workspace:
        found = workspace.store.labelled(Filter(category="gap"), limit=1)[0].passage
    page = opened(browser, site, look=look, bypass_csp=True)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    barriers: list[str] = []
    real = {"PASSAGE": f"/passages/{found.id}", "DOCUMENT": f"/documents/{found.document}"}
    real["SHAPE"] = f"/passages/{found.id}/shape"
    for address in (real.get(name, name) for name in PAGES):
        page.goto(site.address + address)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags)
        assert len(result["passes"]) > 10
        barriers += [
            f"{address}: {broken['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for broken in result["violations"]
            for node in broken["nodes"]
        ]
    page.context.close()
    assert barriers == []


@pytest.mark.parametrize(
    "size", [pytest.param((1280, 720), marks=slow), (820, 1180), pytest.param((1180, 820), marks=slow)]
)
def test_nothing_is_cut_off_on_small_screens(browser: playwright.Browser, site: Served, size: tuple[int, int]) -> None:
    width, height = size
    with Workspace.open(site.root) as workspace:
        found = workspace.store.labelled(Filter(category="gap"), limit=1)[0].passage
    page = opened(browser, site, viewport={"width": width, "height": height})
    for address in ("/", "/passages", f"/passages/{found.id}", f"/documents/{found.document}", "/decisions", "/help"):
        page.goto(site.address + address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    page.goto(f"{site.address}/passages/{found.id}")
    for key in ("accept", "reject", "skip"):
        box = page.locator(f"[data-key={key}]").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 24
        if width > 1000:
            assert box["y"] + box["height"] <= height
    closed(page)


def test_without_scripts_everything_can_be_decided(browser: playwright.Browser, site: Served) -> None:
    page = opened(browser, site, java_script_enabled=False)
    page.goto(f"{site.address}/passages/next")
    identity = page.url.split("/passages/")[1][:16]
    page.fill("#sdg_target", "10.7; 3.8")
    page.fill("#note", "without scripts")
    page.click("[data-key=accept]")
    assert identity not in page.url
    last = reviews(site)[-1].review
    assert (last.passage, last.verdict, last.note) == (identity, "changed", "without scripts")
    assert last.codes["sdg_target"] == ("10.7", "3.8")
    closed(page)


def opened_longest_to_shape(
    browser: playwright.Browser, site: Served
) -> tuple[playwright.Page, playwright.Locator, Passage, int]:
    """The page and its form for the longest passage to decide, the passage, and how many there are."""
    with Workspace.open(site.root) as workspace:
        found = max(workspace.store.labelled(Filter(status="proposed")), key=lambda f: len(f.passage.text))
        before = workspace.store.count()
    page = opened(browser, site)
    page.goto(f"{site.address}/passages/{found.passage.id}")
    page.keyboard.press("e")
    page.wait_for_url("**/shape*")
    return page, page.locator("form[data-shape]").first, found.passage, before


def test_a_passage_is_split_word_by_word(browser: playwright.Browser, site: Served) -> None:
    page, form, passage, before = opened_longest_to_shape(browser, site)
    form.locator("[data-step='1']").click()
    form.locator("[data-step='1']").click()
    first, second = form.locator("[data-first]").inner_text(), form.locator("[data-second]").inner_text()
    assert " ".join(f"{first} {second}".split()) == " ".join(passage.text.split())
    form.locator("button.primary").click()
    page.wait_for_selector(".flash:has-text('Split into two')")
    with Workspace.open(site.root) as workspace:
        assert workspace.store.count() == before + 1
        assert workspace.store.get(page.url.split("/passages/")[1][:16]).passage.text == first
    page.keyboard.press("u")
    page.wait_for_selector(".flash:has-text('as before')")
    closed(page)


def test_what_was_read_in_by_mistake_is_cut_off_by_keyboard(browser: playwright.Browser, site: Served) -> None:
    page, form, passage, before = opened_longest_to_shape(browser, site)
    first, second = form.locator("[data-first]").inner_text(), form.locator("[data-second]").inner_text()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "keep_second":
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash:has-text('cut off')")
    with Workspace.open(site.root) as workspace:
        assert workspace.store.count() == before
        assert workspace.store.get(page.url.split("/passages/")[1][:16]).passage.text == second
    page.keyboard.press("u")
    page.wait_for_selector(".flash:has-text('as before')")
    with Workspace.open(site.root) as workspace:
        assert workspace.store.get(passage.id).passage.text == passage.text.strip()
    assert first
    closed(page)


def test_single_keys_can_be_switched_off(browser: playwright.Browser, site: Served) -> None:
    page = opened(browser, site, look="keys=off")
    page.goto(f"{site.address}/passages/next")
    before, address = len(reviews(site)), page.url
    for key in "arsju1":
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.url == address
    assert len(reviews(site)) == before
    closed(page)


def test_people_sign_in_where_others_can_reach_the_pages(
    browser: playwright.Browser, filled: Path, tmp_path: Path
) -> None:
    import subprocess
    import sys

    root = tmp_path / "workspace"
    shutil.copytree(filled, root)
    command = [sys.executable, "-m", "pipeline", "review", "people", "add", "Ana", "--role", "lead", "-w", str(root)]
    made = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(SAMPLE.parents[2]), "PATH": ""}
    )
    with served(root, host="0.0.0.0") as running:
        page = opened(browser, running)
        page.goto(f"{running.address}/passages?category=gap")
        assert "/sign-in" in page.url
        page.fill("#name", "Ana")
        page.fill("#password", made.stdout.strip())
        page.keyboard.press("Enter")
        page.wait_for_url("**/passages?category=gap")
        page.goto(f"{running.address}/people")
        assert page.locator("tbody th").all_inner_texts() == ["Ana"]
        page.click("text=Sign out")
        page.wait_for_url("**/sign-in")
        closed(page)
