"""The draft in the review pages: the page, its files, what it refuses, and that it stops nobody else."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import docx
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from pipeline.drafting import gather
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import DraftOptions, plan_draft
from pipeline.store import Filter, schema
from pipeline.types import DocumentFacts
from pipeline.web.app import create_app
from pipeline.web.site import Settings
from pipeline.web.views import draft
from pipeline.workspace import Workspace
from tests.country import accept_all, country_workspace, document_id, save

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)> of the Office "A" & others is planned.'
KELMARA = "/draft?country=XAE"


@pytest.fixture
def place(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A country with two profiles and a review, all accepted, once on SQLite and once on PostgreSQL."""
    monkeypatch.setenv("MGI_DATABASE_URL", database)
    with country_workspace(tmp_path / "place") as opened:
        yield opened


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Workspace]:
    with country_workspace(tmp_path / "country") as opened:
        yield opened


def client(place: Workspace) -> TestClient:
    app = create_app(place, Settings(reviewer="Ana"))
    return TestClient(app, headers={"Accept": "text/html"}, base_url="http://localhost")


def shown(page: str) -> list[tuple[str, str]]:
    """Passage and words of each quote on a page."""
    return [(one, unescape(words)) for one, words in re.findall(r'<a href="/passages/(\w+)">([^<]*)</a>', page)]


def test_the_page_holds_the_draft_each_quote_with_its_passage_and_source(place: Workspace) -> None:
    visitor = client(place)
    first = visitor.get("/draft")
    assert "<option selected>XAE</option>" in first.text
    assert "<article" not in first.text  # a draft takes seconds: made when it is asked for
    for layout, language in (("thematic", "en"), ("sdg10", "fr"), ("annex", "es")):
        page = visitor.get(f"{KELMARA}&layout={layout}&language={language}").text
        material = gather(place, "XAE", DraftOptions(), CompareOptions(), language=language)
        planned = plan_draft(material, layout, language)
        assert shown(page) == [(q.passage, q.text) for q in planned.quotes()]
        assert f'lang="{language}" dir="ltr" aria-labelledby="draft-title"' in page
        assert page.count("<blockquote dir=") == page.count("<blockquote")
        assert f"{len({q.passage for q in planned.quotes()})} quotes, each found word for word" in page
        assert all(f"<li>{line}</li>" in unescape(page) for line in planned.references)
        comments = [b.comment for b in planned.blocks if getattr(b, "comment", "")]
        assert len(comments) > 5
        assert page.count('class="from"') == len(comments)
        assert all(c in unescape(page) for c in comments)
    drawn = [unescape(a) for a in re.findall(r'<img loading="lazy" src="([^"]+)" alt="[^"]{20,}"', page)]
    assert len(drawn) == 4
    assert visitor.get(drawn[0]).headers["content-type"] == "image/png"
    captions = re.findall(r'<caption id="table-\d+">([^<]+)</caption>', page)
    assert [c.split(".")[0] for c in captions] == [f"Cuadro {n}" for n in range(1, len(captions) + 1)]
    victim = shown(page)[0][0]
    accept_all(place, [victim], verdict="rejected")
    assert victim not in {one for one, _ in shown(visitor.get(f"{KELMARA}&layout=annex").text)}


def test_the_files_are_those_of_the_command(place: Workspace) -> None:
    visitor = client(place)
    page = visitor.get(f"{KELMARA}&layout=annex&language=fr").text
    addresses = [unescape(a) for a in re.findall(r'class="button" href="(/draft/[^"]+)"', page)]
    word, markdown = (visitor.get(a) for a in addresses)
    assert word.headers["content-disposition"] == 'attachment; filename="xae-annex-fr.docx"'
    document = docx.Document(io.BytesIO(word.content))
    printed = "\n".join(c.text for t in document.tables for r in t.rows for c in r.cells)
    assert all(text in printed for _, text in shown(page))
    assert len(document.inline_shapes) == 4
    assert markdown.headers["content-disposition"] == 'attachment; filename="xae-annex-fr.zip"'
    with zipfile.ZipFile(io.BytesIO(markdown.content)) as packed:
        text = packed.read("xae-annex-fr.md").decode()
        pictures = re.findall(r"!\[[^\n]*\]\(([^)]+)\)", text)
        assert {*pictures, "xae-annex-fr.md"} == set(packed.namelist())
        assert len(pictures) == 4
    plain = visitor.get("/draft/md?country=XAE&layout=sdg10&language=en")
    assert plain.headers["content-type"].startswith("text/markdown")
    assert plain.text.startswith("# ")
    assert visitor.get("/draft/exe?country=XAE").status_code == 404


def test_a_quote_that_is_not_on_its_page_stops_page_and_file(place: Workspace) -> None:
    visitor = client(place)
    with place.store.engine.begin() as connection:
        connection.execute(update(schema.pages).values(text="Other words."))
    page = visitor.get(f"{KELMARA}&layout=sdg10")
    assert page.status_code == 200
    assert "could not be verified" in page.text
    assert "<article" not in page.text
    for format_ in ("docx", "md"):
        file = visitor.get(f"/draft/{format_}?country=XAE&layout=sdg10")
        assert file.status_code == 422
        assert "content-disposition" not in file.headers
        assert "No draft was written" in file.text


def test_no_report_and_nothing_reviewed_are_told_and_unreviewed_is_marked(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "new", accept=False) as place:
        visitor = client(place)
        assert "No MGI report of XAF in the workspace" in visitor.get("/draft?country=XAF").text
        odd = visitor.get("/draft", params={"country": '"><script>'})
        assert odd.status_code == 200
        assert "<script>" not in odd.text.casefold().replace("<script src=", "")
        assert "Nothing of XAE is reviewed yet" in visitor.get(KELMARA).text
        page = visitor.get(f"{KELMARA}&unreviewed=on").text
        assert page.count('<strong class="unreviewed">') == len(shown(page)) > 5
        assert "unreviewed=on" in unescape(re.findall(r'href="(/draft/docx[^"]+)"', page)[0])
    with Workspace.open(tmp_path / "empty", create=True) as empty:
        assert "mgi run FILE --country" in client(empty).get("/draft").text


def test_scripts_in_quotes_and_titles_are_shown_as_text(country: Workspace) -> None:
    facts = DocumentFacts(
        id=document_id("evil"), path="e.pdf", title=EVIL, kind="mgi", country="XAG", year=2024, language="ar"
    )
    save(country, facts, [("1", "Areas with potential for further development", EVIL)], accept=True)
    found = country.store.labelled(Filter(document=facts.id))[0]
    for layout in ("thematic", "sdg10", "annex"):
        page = client(country).get(f"/draft?country=XAG&layout={layout}").text
        assert (found.passage.id, EVIL) in shown(page)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page
        assert not re.findall(r"<[^>]*\bon[a-z]+=|style=", page)
    assert '<span dir="rtl" lang="ar">' in page


def test_while_a_draft_is_made_others_go_on(country: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = client(country)
    monkeypatch.setattr(draft, "WAIT_SECONDS", 0.05)
    held, free = threading.Event(), threading.Event()
    real = draft.plan_draft

    def slow(*arguments: object) -> object:
        held.set()
        assert free.wait(30)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(draft, "plan_draft", slow)
    answers: list[int] = []
    maker = threading.Thread(target=lambda: answers.append(client(country).get(KELMARA).status_code))
    maker.start()
    try:
        assert held.wait(30)
        assert visitor.get("/passages").status_code == 200
        assert "Another draft is being made" in visitor.get(KELMARA).text
    finally:
        free.set()
        maker.join(30)
    assert answers == [200]
    assert "<article" in visitor.get(KELMARA).text
