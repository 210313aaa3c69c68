"""`mgi draft`: verified quotes, honest gaps, three layouts and languages, review round trip, wrong templates."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from sqlalchemy import update

from pipeline.drafting import compare_documents, decide, gather, report_html, verify_quotes, write_draft
from pipeline.drafting.gather import country_name
from pipeline.errors import ConfigError, StoreError
from pipeline.manuscript import Heading, Manuscript, Paragraph, Quotation, Quoted, Table
from pipeline.stages.compare import CompareOptions
from pipeline.stages.draft import LAYOUTS, DraftOptions, Material, plan_draft
from pipeline.stages.export import DRAFT_WRITERS
from pipeline.stages.export.docx_template import check_template, default_template
from pipeline.store import Filter, schema
from pipeline.types import DocumentFacts
from pipeline.workspace import Workspace
from tests.conftest import mgi
from tests.country import BASELINE, FOLLOWUP, REVIEW, accept_all, country_workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return country_workspace(tmp_path_factory.mktemp("draft") / "ws")


def material(place: Workspace, **wishes: object) -> Material:
    return gather(place, "XAE", DraftOptions(), CompareOptions(), **wishes)  # type: ignore[arg-type]


def texts(manuscript: Manuscript) -> list[str]:
    return [q.text for q in manuscript.quotes()]


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_layout_in_every_language(place: Workspace, layout: str, language: str, tmp_path: Path) -> None:
    out = tmp_path / "draft.docx"
    manuscript, verified = write_draft(place, material(place), layout, language, "docx", out)
    assert verified == len({q.passage for q in manuscript.quotes()}) > 5
    document = docx.Document(str(out))
    assert document.core_properties.language == language
    assert any(p.style.name == "Heading 1" for p in document.paragraphs)
    quoted = [b for b in manuscript.blocks if isinstance(b, Quotation)]
    printed = "\n".join(p.text for p in document.paragraphs)
    assert all(b.quoted.text in printed and b.cite in printed for b in quoted)
    assert len(list(document.comments)) >= len(quoted)
    xml = document.element.xml
    assert xml.count("<w:tblHeader") == len(document.tables)
    assert xml.count("descr=") == len(document.inline_shapes) == (4 if layout == "annex" else 0)
    assert "TOC \\o" in xml
    assert manuscript.references[0].startswith("[1] ")


ARABIC = "تقبل المدارس أطفال المهاجرين، وقد بلغت نسبة الالتحاق 91% في عام 2021."


def test_an_arabic_quote_runs_from_right_to_left(place: Workspace, tmp_path: Path) -> None:
    quoted = Quoted(text=ARABIC, passage="p", language="ar")
    blocks = (
        Quotation(quoted=quoted, cite="[1], p. 2", lead="4.1", comment="from a test"),
        Table(caption="Quotes", header=("Quote",), rows=((quoted,),), widths=(1.0,), comment=""),
    )
    manuscript = replace(plan_draft(material(place), "sdg10", "fr"), blocks=blocks)
    out = tmp_path / "draft.docx"
    DRAFT_WRITERS["docx"](manuscript, out, {}, None)
    DRAFT_WRITERS["md"](manuscript, tmp_path / "draft.md", {}, None)
    assert (tmp_path / "draft.md").read_text(encoding="utf-8").count(f"“{ARABIC}\u200f”\u200e") == 2
    document = docx.Document(str(out))
    said = next(p for p in document.paragraphs if ARABIC in p.text)
    assert said.text == f"4.1  “{ARABIC}\u200f”\u200e ([1], p. 2)"
    assert document.tables[0].cell(1, 0).text == f"“{ARABIC}\u200f”\u200e"
    runs = [r for p in (said, document.tables[0].cell(1, 0).paragraphs[0]) for r in p.runs if r.text == ARABIC]
    assert [bool(r.font.rtl) for r in runs] == [True, True], "the full stop would stand on the wrong side"
    assert [r.font.cs_italic for r in runs] == [False, False]


@pytest.mark.parametrize(
    ("country", "title", "language", "name"),
    [
        ("SEN", "", "en", "Senegal"),
        ("SEN", "", "fr", "Sénégal"),
        ("DOM", "", "es", "República Dominicana"),
        ("XAA", "Migration Governance Indicators Second Profile 2024: Saldora: follow-up assessment", "fr", "Saldora"),
        (
            "XAB",
            "Indicateurs de gouvernance des migrations : profil 2021: République de Nerivau",
            "fr",
            "République de Nerivau",
        ),
        ("XAE", "مؤشرات حوكمة الهجرة: ملف عام 2022: جمهورية وادي السنا", "en", "جمهورية وادي السنا"),
        ("XAF", "A profile", "en", "XAF"),
    ],
)
def test_a_country_has_its_name_in_the_drafts_language(country: str, title: str, language: str, name: str) -> None:
    facts = DocumentFacts(id="d", path="d.pdf", kind="mgi", title=title, country=country, language="en")
    assert country_name(country, facts, language) == name


def test_markdown_holds_the_same_quotes(place: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "draft.md"
    manuscript, _ = write_draft(place, material(place), "annex", "es", "md", out)
    text = out.read_text(encoding="utf-8")
    assert all(words.split("(")[0].strip() in text for words in texts(manuscript))
    assert len(list(tmp_path.glob("draft-*.png"))) == 4


def test_where_there_is_nothing_the_draft_says_so(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws") as place:
        ids = [p.passage.id for p in place.store.iter_labelled(Filter(category="support"))]
        accept_all(place, ids, verdict="rejected")
        manuscript = plan_draft(material(place), "sdg10", "en")
    notes = [b.text for b in manuscript.blocks if isinstance(b, Paragraph) and b.kind == "note"]
    assert "The reviewed material holds no statement of support needed on this theme." in notes


def test_a_rejected_passage_is_gone_from_the_next_draft(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws") as place:
        first = plan_draft(material(place), "annex", "en")
        victim = next(first.quotes())
        accept_all(place, [victim.passage], verdict="rejected")
        second = plan_draft(material(place), "annex", "en")
    assert victim.passage in {q.passage for q in first.quotes()}
    assert victim.passage not in {q.passage for q in second.quotes()}


def test_a_rejected_link_is_gone_from_the_next_draft(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws") as place:
        gap, answers = next((g, a) for g, a in material(place).answers.items() if a)
        action = answers[0].action.passage.id
    choice = ("--reject-link", f"{gap}:{action}", "--reviewer", "Ana")
    done = mgi("draft", "--country", "XAE", *choice, "--format", "md", "-w", str(tmp_path / "ws"))
    assert done.returncode == 0, done.stderr
    with Workspace.open(tmp_path / "ws") as place:
        assert action not in {a.action.passage.id for a in material(place).answers.get(gap, ())}


def test_unreviewed_passages_are_left_out_or_marked(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws", accept=False) as place:
        with pytest.raises(StoreError, match="Nothing of XAE is reviewed"):
            material(place)
        manuscript = plan_draft(material(place, include_unreviewed=True), "thematic", "en")
        assert all(q.mark == "[not yet reviewed]" for q in manuscript.quotes())
        quotations = [b for b in manuscript.blocks if isinstance(b, Quotation)]
        assert all("NOT REVIEWED" in b.comment for b in quotations)


def test_a_gap_is_not_called_dropped_because_its_follow_up_waits_for_review(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws", accept=False) as place:
        baseline = min(
            (d.facts for d in place.store.documents(Filter(kind="mgi", country="XAE"))), key=lambda f: f.year or 0
        )
        accept_all(place, [p.passage.id for p in place.store.iter_labelled(Filter(document=baseline.id))])
        found, whole = material(place), material(place, include_unreviewed=True)
        dropped = [[r.gap for r in m.progress or () if r.status == "not_found"] for m in (found, whole)]
        assert len(dropped[0]) == len(dropped[1]) < len(whole.progress or ())
        assert found.waiting == len(whole.progress or ()) - len(found.progress or ()) > 0
        written = " ".join(b.text for b in plan_draft(found, "sdg10", "en").blocks if isinstance(b, Paragraph))
        assert f"left out of this comparison ({found.waiting})" in written


@pytest.mark.parametrize("table", ["passages", "pages"])
def test_a_tampered_passage_stops_the_export(tmp_path: Path, table: str) -> None:
    with country_workspace(tmp_path / "ws") as place:
        first = next(plan_draft(material(place), "sdg10", "en").quotes())
        with place.store.engine.begin() as connection:
            if table == "passages":
                rows = update(schema.passages).where(schema.passages.c.id == first.passage)
                connection.execute(rows.values(text=first.text.replace("e", "a", 1)))
            else:
                connection.execute(update(schema.pages).values(text="nothing of this"))
        out = tmp_path / "draft.docx"
        with pytest.raises(StoreError, match="could not be verified"):
            write_draft(place, material(place), "sdg10", "en", "docx", out)
        assert not out.exists()
        altered = first.text + " And more."
        with pytest.raises(StoreError, match="changed or is gone"):
            verify_quotes(place.store, [type(first)(text=altered, passage=first.passage)])


def test_examples_of_other_countries_stand_apart(place: Workspace) -> None:
    manuscript = plan_draft(material(place), "thematic", "en")
    under = ""
    for block in manuscript.blocks:
        if isinstance(block, Heading):
            under = block.text
        elif isinstance(block, Quotation) and "Ostrova" in block.quoted.text and "XAF" in block.lead:
            assert under.startswith("Examples from other countries")
            return
    pytest.fail("no example")


def test_a_broken_template_names_field_and_paragraph(tmp_path: Path) -> None:
    check_template(default_template())
    for text, message in (
        ("{{ titel }}", r"paragraph 2 .*no field 'titel'.*'title'"),
        ("{{ title ", r"paragraph 2 .*(unexpected|expected)"),
        ("plain", r"no paragraph \{\{ body \}\}"),
    ):
        document = docx.Document()
        document.add_paragraph("Our office")
        document.add_paragraph(text)
        if text != "plain":
            document.add_paragraph("{{ body }}")
        document.save(str(tmp_path / "t.docx"))
        with pytest.raises(ConfigError, match=message):
            check_template(tmp_path / "t.docx")
    (tmp_path / "no.docx").write_text("not a Word file")
    with pytest.raises(ConfigError, match="is not a Word document"):
        check_template(tmp_path / "no.docx")


def test_wrong_wishes_are_told(place: Workspace, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No MGI report of XAF"):
        gather(place, "XAF", DraftOptions(), CompareOptions())
    (tmp_path / "folder.docx").mkdir()
    with pytest.raises(StoreError, match="Cannot write"):
        write_draft(place, material(place), "sdg10", "en", "docx", tmp_path / "folder.docx")
    assert not list(tmp_path.glob(".*"))


def test_command(tmp_path: Path) -> None:
    country_workspace(tmp_path / "ws").close()
    done = mgi("draft", "--country", "XAE", "--layout", "sdg10", "--json", "-w", str(tmp_path / "ws"))
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert Path(row["path"]).is_file()
    assert row["quotes"] > 5


def test_report_is_one_page_with_tables(tmp_path: Path) -> None:
    country_workspace(tmp_path / "ws").close()
    done = mgi("report", "--language", "fr", "--json", "-w", str(tmp_path / "ws"))
    assert done.returncode == 0, done.stderr
    text = Path(json.loads(done.stdout)["path"]).read_text(encoding="utf-8")
    assert text.count("<img ") == text.count('src="data:image/png;base64,') == text.count("<caption>") == 4
    assert "http" not in text
    assert mgi("report", "--out", "/", "-w", str(tmp_path / "ws")).returncode == 1
    unknown = mgi("report", "--country", "XAF", "-w", str(tmp_path / "ws"))
    assert (unknown.returncode, "No MGI report of XAF" in unknown.stderr) == (1, True)


def test_report_heeds_what_people_decided_on_pairs_and_links(tmp_path: Path) -> None:
    with country_workspace(tmp_path / "ws") as place:
        before = report_html(place, "XAE")
        rows = compare_documents(place, BASELINE, FOLLOWUP)
        closed = [
            (r.baseline.passage.id, r.followup.passage.id)
            for r in rows
            if r.status == "closed" and r.baseline and r.followup
        ]
        decide(place, "progress", closed[:1], "accepted", "Ana", status="unchanged")
        after = report_html(place, "XAE")
        assert after != before, "a gap that a reviewer calls open is drawn as closed"
        gaps, actions = (
            [p.passage.id for p in place.store.labelled(Filter(document=document, category=category))]
            for document, category in ((FOLLOWUP, "gap"), (REVIEW, "action"))
        )
        decide(place, "action", [(gaps[0], actions[0])], "accepted", "Ana")  # the review came out before the profile
        assert [a.action.passage.id for a in material(place).answers[gaps[0]]] == actions[:1]
        assert report_html(place, "XAE") != after, "an action that a reviewer linked with a gap is not counted"
