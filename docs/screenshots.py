"""Makes the pictures of docs/review-pages.md: `python docs/screenshots.py [FOLDER]` (needs Chromium and Playwright).

Fills a fresh workspace with the sample documents of `corpus/samples`, serves it as `mgi review serve` does, decides a
few passages and photographs the main pages.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from pipeline.store import Filter  # noqa: E402
from pipeline.types import Review  # noqa: E402
from pipeline.workspace import Workspace  # noqa: E402
from tests.web_site import CHROMIUM, CHROMIUM_ARGS, fill, served  # noqa: E402

SAMPLES: Final = ("saldora_mgi_2024", "saldora_mgi_2019", "saldora_vnr_2022", "nerivau_mgi_2021")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "workspace"
        fill(root, *(ROOT / "corpus" / "samples" / f"{name}.pdf" for name in SAMPLES[:3]), country="XAA")
        fill(root, *(ROOT / "corpus" / "samples" / f"{name}.pdf" for name in SAMPLES[3:]))
        gap = decide_some(root)
        with served(root, "--reviewer", "Ana") as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
            address = running.address
            passage = f"/passages/{gap}"
            shoot(browser, address, "/", folder / "review-documents.png")
            shoot(browser, address, "/passages?category=gap", folder / "review-list.png")
            shoot(browser, address, passage, folder / "review-passage.png")
            shoot(browser, address, passage, folder / "review-passage-dark.png", look="theme=dark")
            shoot(browser, address, passage, folder / "review-passage-french.png", look="language=fr")
            shoot(browser, address, "/passages?category=gap", folder / "review-list-arabic.png", look="language=ar")
            shoot(browser, address, f"{passage}/shape", folder / "review-split.png")
            shoot(browser, address, "/agreement?first=Ana&second=Ben", folder / "review-agreement.png")
            shoot(browser, address, "/search?q=health insurance", folder / "review-search.png")
            shoot(browser, address, "/progress", folder / "review-progress.png")
            shoot(browser, address, "/pictures", folder / "review-pictures.png")
            shoot(browser, address, "/draft?country=XAA&unreviewed=on", folder / "review-draft.png")
            shoot(browser, address, "/citations", folder / "review-citations.png")
            shoot(browser, address, passage, folder / "review-tablet.png", size=(820, 1180))
            keys = opened(browser, address, passage)
            keys.keyboard.press("?")
            keys.screenshot(path=folder / "review-keys.png")
            browser.close()


def decide_some(root: Path) -> str:
    """Some decisions of two people, a few of them different; gives an undecided gap to show."""
    with Workspace.open(root) as workspace:
        found = workspace.store.labelled(Filter(kind="mgi", country=None, category=("gap", "good_practice")))[:24]
        for n, one in enumerate(found):
            for reviewer in ("Ana", "Ben") if n < 12 else ("Ana",):
                codes = dict(one.label.codes)
                if reviewer == "Ben" and n % 4 == 1:
                    codes["category"] = ("action",) if n % 8 == 1 else ("gap", "good_practice")
                changed = codes != dict(one.label.codes)
                review = Review(
                    passage=one.passage.id,
                    document=one.passage.document,
                    verdict="changed" if changed else "accepted",
                    reviewer=reviewer,
                    at=f"2026-03-0{1 + n % 5}T09:{n:02}:00+00:00",
                    quote=one.passage.text,
                    codes=codes,
                )
                workspace.store.add_reviews([review])
        left = workspace.store.labelled(Filter(status="proposed", category="gap", kind="mgi", language="en"))
        left = left or workspace.store.labelled(Filter(status="proposed", category="gap", kind="mgi"))
        return next(one.passage.id for one in left if len(one.passage.text) > 110)


def opened(browser: Browser, address: str, path: str, look: str = "", size: tuple[int, int] = (1280, 720)) -> Page:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB")
    if look:
        context.add_cookies([{"name": "mgi_look", "value": look, "url": address}])
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    return page


def shoot(
    browser: Browser, address: str, path: str, target: Path, *, look: str = "", size: tuple[int, int] = (1280, 720)
) -> None:
    opened(browser, address, path, look, size).screenshot(path=target)


if __name__ == "__main__":
    main()
