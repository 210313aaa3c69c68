"""The review pages over HTTP, without a browser: what they answer, store and refuse."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from pipeline.store import Filter
from pipeline.store.people import Person
from pipeline.types import LabelledPassage
from pipeline.web.app import ROUTES, create_app
from pipeline.web.i18n import LANGUAGES, words
from pipeline.web.pictures import PageImages
from pipeline.web.security import RateLimit, Sessions, check_password, hash_password
from pipeline.web.site import HERE, Settings, local
from pipeline.workspace import Workspace
from tests.made import extraction
from tests.web_site import BASELINE, REVIEW, SAMPLE, fill

ADDRESS = "http://localhost"
HTML = {"Accept": "text/html"}
EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with both profiles and the review of Saldora, made once."""
    root = tmp_path_factory.mktemp("sample") / "workspace"
    fill(root, SAMPLE, REVIEW, BASELINE)
    return root


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(sample_workspace, tmp_path / "workspace")
    with Workspace.open(tmp_path / "workspace") as opened:
        yield opened


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace with six passages made in code and no file."""
    with Workspace.open(tmp_path / "small", create=True) as opened:
        opened.store.save(extraction())
        yield opened


@pytest.fixture
def either(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """As `small`, once on SQLite and once on PostgreSQL."""
    monkeypatch.setenv("MGI_DATABASE_URL", database)
    with Workspace.open(tmp_path / "either", create=True) as opened:
        opened.store.save(extraction())
        yield opened


@pytest.fixture
def profile(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace with one profile of Saldora, once on SQLite and once on PostgreSQL."""
    monkeypatch.setenv("MGI_DATABASE_URL", database)
    fill(tmp_path / "profile", SAMPLE)
    with Workspace.open(tmp_path / "profile") as opened:
        yield opened


class Person_:
    """One browser: keeps cookies, sends forms as the page would."""

    def __init__(self, client: TestClient, name: str = "") -> None:
        self.client = client
        self.client.get("/help")
        if name:
            self.post("/settings", reviewer=name)

    @property
    def csrf(self) -> str:
        page = self.client.get("/settings").text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    def post(self, address: str, /, *, follow: bool = True, **fields: object):
        pairs = [(k, v) for k, vs in fields.items() for v in (vs if isinstance(vs, list | tuple) else [vs])]
        body = urlencode([("csrf", self.csrf), *pairs])
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.client.post(address, content=body, headers=headers, follow_redirects=follow)

    def decide(self, about: LabelledPassage | str, verdict: str = "accept", seen: object = "", **fields: object):
        identity = about if isinstance(about, str) else about.passage.id
        return self.post(f"/passages/{identity}/decide", verdict=verdict, seen=seen, **fields)


def person(workspace: Workspace, name: str = "", settings_: Settings | None = None) -> Person_:
    app = create_app(workspace, settings_ or Settings(reviewer="Ana"))
    return Person_(TestClient(app, headers=HTML, base_url=ADDRESS), name)


def others(one: Person_, name: str) -> Person_:
    """Another person at the same server."""
    return Person_(TestClient(one.client.app, headers=HTML, base_url=ADDRESS), name)


def proposal_fields(found: LabelledPassage) -> dict[str, object]:
    codes = found.label.codes
    names = ("category", "action_status", "support_type", "mgi_domain")
    fields: dict[str, object] = {name: list(codes.get(name, ())) for name in names}
    goals = {t.split(".")[0] for t in codes.get("sdg_target", ())}
    extra = [g for g in codes.get("sdg_goal", ()) if g not in goals]
    return {
        **fields,
        "sdg_target": "; ".join([*codes.get("sdg_target", ()), *extra]),
        "gcm": ";".join(codes.get("gcm", ())),
    }


# Pages


def test_every_page_answers_in_every_language(workspace: Workspace) -> None:
    ana = person(workspace)
    found = workspace.store.labelled(order="unsure", limit=1)[0]
    ana.decide(found, **proposal_fields(found))
    document = found.passage.document
    simple = [page.path for page in ROUTES if page.methods == ("GET",) and "{" not in page.path]
    addresses = [
        *(path for path in simple if path not in ("/passages/next", "/people")),
        f"/documents/{document}",
        f"/passages/{found.passage.id}",
        "/passages?category=gap&text=migr&order=score",
        "/no-such-page",
    ]
    for language in LANGUAGES:
        ana.post("/look", language=language, back="/")
        for address in addresses:
            answer = ana.client.get(address)
            assert answer.status_code == (404 if "no-such" in address else 200), address
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in answer.text
            assert not re.findall(r"\bon[a-z]+=|<script>|style=", answer.text), address


def test_words_exist_in_every_language_with_the_same_gaps() -> None:
    english = words("en")
    for language in LANGUAGES:
        table = words(language)
        assert set(table) == set(english)
        for key, text in table.items():
            assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_every_word_that_a_template_asks_for_exists() -> None:
    asked = {
        key
        for template in (HERE / "templates").glob("*.html")
        for key in re.findall(r'\bt\("([a-z_]+\.[a-z_]+)"[,)]', template.read_text(encoding="utf-8"))
    }
    assert len(asked) > 100
    assert asked <= set(words("en"))


def test_the_passage_shows_its_place_its_evidence_and_its_reasons(workspace: Workspace) -> None:
    ana = person(workspace)
    found = next(f for f in workspace.store.labelled(Filter(category="gap")) if f.tags[0].evidence)
    page = ana.client.get(f"/passages/{found.passage.id}").text
    assert page.count('<rect class="own"') == len(
        [r for r in found.passage.regions if r.page in found.passage.pages[:4]]
    )
    marked = re.search(r'<p class="text"[^>]*>(.*?)</p>', page, re.S)
    assert marked is not None
    plain = re.sub(r"<[^>]+>", "", marked[1]).replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
    assert plain == found.passage.text
    assert marked[1].count("<mark") >= 1
    for tag in found.tags[:3]:
        assert f"{tag.score:.2f}" in page


def test_a_list_shows_only_what_its_filters_allow(profile: Workspace) -> None:
    ana = person(profile)
    for query in (
        {"category": "gap"},
        {"text": "recruit"},
        {"min_score": "0.9"},
        {"target": "8.8", "category": "action"},
    ):
        page = ana.client.get("/passages", params=query).text
        wanted = Filter(**{k: float(v) if k == "min_score" else v for k, v in query.items()})  # type: ignore[arg-type]
        total = profile.store.count(wanted)
        assert 0 < total < profile.store.count()
        assert f">{total} passages" in page
        shown = set(re.findall(r"/passages/([0-9a-f]{16})\?", page))
        assert shown == {f.passage.id for f in profile.store.labelled(wanted, order="unsure", limit=25)}


def test_a_page_behind_the_last_is_the_last(profile: Workspace) -> None:
    ana = person(profile)
    for query in ({}, {"text": "the"}, {"order": "document"}, {"order": "document", "text": "the"}):
        wanted = Filter(text=query.get("text"))
        last = (profile.store.count(wanted) - 1) // 25
        assert last > 0
        shown = re.findall(
            r"/passages/([0-9a-f]{16})\?", ana.client.get("/passages", params={**query, "page": "999"}).text
        )
        order = "document" if "order" in query else "unsure"
        found = profile.store.labelled(wanted, order=order, limit=25, offset=25 * last)
        assert shown == [f.passage.id for f in found]


def test_chosen_filters_stay_chosen(profile: Workspace) -> None:
    document = profile.store.documents()[0].facts.id
    chosen = {"category": "gap", "target": "8.8", "document": document, "gcm": "6", "support_type": "finance"}
    page = person(profile).client.get("/passages", params=chosen).text
    for value in chosen.values():
        assert page.count(f'<option value="{value}" selected>') == 1
    assert page.count(" selected>") == len(chosen) + 1  # and the order


# Decisions


def test_accepting_what_is_proposed_is_accepted_and_anything_else_is_a_change(either: Workspace) -> None:
    ana = person(either)
    first, second, third = either.store.labelled(limit=3)
    ana.decide(first, **proposal_fields(first))
    ana.decide(
        second, **{**proposal_fields(second), "sdg_target": "10.7; 8", "category": ["gap", "action"]}, note="see p. 4"
    )
    ana.decide(third, "reject")
    one, two, three = [f.label for f in either.store.labelled(limit=3)]
    assert (one.status, one.reviewer) == ("accepted", "Ana")
    assert two.status == "changed"
    assert two.note == "see p. 4"
    assert two.codes["sdg_goal"] == ("10", "8")
    assert two.codes["category"] == ("gap", "action")
    assert three.status == "rejected"
    assert not any(three.codes.values())


def test_unknown_codes_and_long_notes_are_refused_by_name(small: Workspace) -> None:
    ana = person(small)
    found = small.store.labelled(limit=1)[0]
    answer = ana.decide(found, sdg_target="10.77", category="gap")
    assert answer.status_code == 422
    assert "10.77" in answer.text
    assert ana.decide(found, note="x" * 10_001).status_code == 422
    assert ana.decide(found, note="x" * 300_000).status_code == 413
    assert ana.decide(found, category="<b>").status_code == 422
    assert ana.decide(found, "maybe").status_code == 422
    assert ana.decide(found, seen="12x").status_code == 422
    assert small.store.reviews() == []


def test_two_people_on_one_passage_see_each_other_and_none_silently_wins(either: Workspace) -> None:
    ana = person(either, "Ana")
    ben = others(ana, "Ben")
    found = either.store.labelled(limit=1)[0]
    address = f"/passages/{found.passage.id}"
    ana.client.get(address)
    assert "Ana has this passage open too" in ben.client.get(address).text
    ana.decide(found, "reject")
    state = ben.client.get(f"{address}/state?seen=").json()
    assert state["message"] == "Meanwhile: Ana – rejected. Reload to see it."
    refused = ben.decide(found, **proposal_fields(found), note="it holds")
    assert refused.status_code == 409
    assert "Decision of Ana" in refused.text
    assert "it holds" in refused.text
    assert [r.review.reviewer for r in either.store.reviews()] == ["Ana"]
    seen = re.search(r'name="seen" value="(\d+)"', refused.text)
    assert seen is not None
    again = ben.decide(found, seen=seen[1], **proposal_fields(found), note="it holds")
    assert again.status_code == 200
    assert [r.review.reviewer for r in either.store.reviews()] == ["Ana", "Ben"]


def test_undo_restores_what_held_before(either: Workspace) -> None:
    ana = person(either)
    found = either.store.labelled(limit=1)[0]
    undo = f"/passages/{found.passage.id}/undo"
    ana.decide(found, **proposal_fields(found), note="first")
    latest = either.store.reviews()[-1].id
    ana.decide(found, "reject", seen=latest)
    ana.post(undo)
    label = either.store.labelled(limit=1)[0].label
    assert (label.status, label.note) == ("accepted", "first")
    assert label.codes["category"] == found.label.codes["category"]
    ben = others(ana, "Ben")
    assert ben.post(undo).status_code == 422


def test_many_are_accepted_above_a_score_and_taken_back(either: Workspace) -> None:
    ana = person(either)
    ask = ana.post("/passages/accept-all", least="0.7")
    assert "4 passages of this list" in ask.text
    assert either.store.reviews() == []
    done = ana.post("/passages/accept-all", least="0,7", confirmed="yes")
    assert "4 passages with a score of 0.70 or more were accepted" in done.text
    assert either.store.count(Filter(status="accepted")) == 4
    undo = re.search(r'action="(/batches/\d+/undo[^"]*)"', done.text)
    assert undo is not None
    back = ana.post(undo[1].replace("&amp;", "&"))
    assert "4 passages are open again" in back.text
    assert either.store.count(Filter(status="proposed")) == 6
    assert ana.post("/passages/accept-all", least="2", confirmed="yes").status_code == 422


def test_the_queue_passes_over_what_others_have_open_and_what_was_put_aside(either: Workspace) -> None:
    ana = person(either, "Ana")
    ben = others(ana, "Ben")
    first = ana.client.get("/passages/next").url.path
    second = ben.client.get("/passages/next").url.path
    assert first != second
    third = ana.post(f"{first}/skip").url.path
    assert third not in (first, second)
    seen = {third}
    at = third
    for _ in range(4):
        at = ana.post(f"{at}/skip").url.path
        seen.add(at)
    assert len(seen) == 5
    assert second not in seen


def test_a_second_reading_hides_the_first_and_measures_agreement(either: Workspace) -> None:
    ana = person(either, "Ana")
    ben = others(ana, "Ben")
    found = either.store.labelled(limit=6)
    for one in found[:4]:
        ana.decide(one, **{**proposal_fields(one), "category": "gap"})
    ben.post("/look", blind="on", back="/")
    page = ben.client.get(f"/passages/{found[0].passage.id}").text
    assert "Ana" not in re.sub(r"Ana has this passage open too", "", page)
    for one in found[:4]:
        answer = ben.decide(
            one, blind="yes", **{**proposal_fields(one), "category": "gap" if one is found[0] else "action"}
        )
        assert answer.status_code == 200
    table = ana.client.get("/agreement").text
    assert "4 passages were decided by both Ana and Ben; they differ on 3" in table


# Where passages begin and end


def test_a_passage_is_split_and_put_together_again(either: Workspace) -> None:
    ana = person(either)
    found = either.store.labelled(limit=3)
    first, second = found[0], found[1]
    address = f"/passages/{first.passage.id}/shape"
    assert first.passage.text in re.sub(r"<[^>]+>", "", ana.client.get(address).text)
    at = first.passage.text.index("to primary")
    done = ana.post(address, do="split", offset=at)
    assert "Split into two passages" in done.text
    texts = [f.passage.text for f in either.store.labelled(limit=3)]
    assert texts == [first.passage.text[: at - 1], first.passage.text[at:], second.passage.text]
    undo = re.search(r'action="(/edits/\d+/undo[^"]*)"', done.text)
    assert undo is not None
    assert "The passages are as before" in ana.post(undo[1]).text
    assert either.store.labelled(limit=2)[0].passage == first.passage


@pytest.mark.parametrize("does", ["keep_first", "keep_second"])
def test_a_part_of_a_passage_is_cut_off(either: Workspace, does: str) -> None:
    ana = person(either)
    found = either.store.labelled(limit=1)[0].passage
    at = found.text.index("to primary")
    done = ana.post(f"/passages/{found.id}/shape", do=does, offset=at)
    assert "The rest was cut off" in done.text
    kept = found.text[: at - 1] if does == "keep_first" else found.text[at:]
    assert either.store.labelled(limit=1)[0].passage.text == kept
    nothing = ana.post(f"/passages/{either.store.labelled(limit=1)[0].passage.id}/shape", do=does, offset=0)
    assert "A passage cannot be empty" in nothing.text


def test_neighbours_are_merged_and_their_border_moved(either: Workspace) -> None:
    ana = person(either)
    one, two, three = either.store.labelled(limit=3)
    joined = f"{one.passage.text} {two.passage.text}"
    at = joined.index("strategy")
    ana.post(f"/passages/{one.passage.id}/shape", do="move", other=two.passage.id, other_seen="", offset=at)
    texts = [f.passage.text for f in either.store.labelled(limit=3)]
    assert texts == [joined[: at - 1], joined[at:], three.passage.text]
    middle = either.store.labelled(limit=2)[1].passage
    ana.post(f"/passages/{three.passage.id}/shape", do="merge_before", other=middle.id)
    assert either.store.labelled(limit=2)[1].passage.text == f"{middle.text} {three.passage.text}"
    assert either.store.count() == 5


def test_wrong_edits_change_nothing(small: Workspace) -> None:
    ana = person(small)
    one, two = small.store.labelled(limit=2)
    address = f"/passages/{one.passage.id}/shape"
    for fields in (
        {"do": "split", "offset": "0"},
        {"do": "split", "offset": "999999"},
        {"do": "split", "offset": "-1"},
        {"do": "split", "offset": "٣"},
        {"do": "explode", "offset": "5"},
    ):
        assert ana.post(address, **fields).status_code == 422
    assert ana.post(address, do="merge_after", other="f" * 16).status_code == 410
    ben = others(ana, "Ben")
    ben.decide(two, "reject")
    late = ana.post(address, do="merge_after", other=two.passage.id, other_seen="")
    assert late.status_code == 409
    assert small.store.edits() == []


# Searching


def test_search_marks_what_it_found_and_narrows(workspace: Workspace) -> None:
    ana = person(workspace)
    page = ana.client.get("/search", params={"q": "health insurance"}).text
    assert page.count('<li class="card') > 3
    assert re.search(r"<mark>[Hh]ealth( insurance)?</mark>", page)
    assert "<mark>" in ana.client.get("/search", params={"q": "santé des migrants"}).text
    narrow = ana.client.get("/search", params={"q": "health", "kind": "vnr", "category": "gap"}).text
    shown = re.findall(r'class="passage-link" href="/passages/([0-9a-f]{16})"', narrow)
    found = [workspace.store.get(identity) for identity in shown]
    assert found
    assert all(f and f.facts.kind == "vnr" and "gap" in f.label.codes["category"] for f in found)
    assert ana.client.get("/search", params={"q": "health", "year": "soon"}).status_code == 422
    for odd in ('"', "a OR", "NEAR(", "*", "\0", "😀", "x" * 10_000, "10.7 (", EVIL):
        answer = ana.client.get("/search", params={"q": odd})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_references_come_as_files(workspace: Workspace) -> None:
    ana = person(workspace)
    for form, begins in (("bibtex", "@"), ("ris", "TY  -"), ("csl", "["), ("short", "")):
        answer = ana.client.get("/search", params={"q": "health", "cite": form})
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.text.startswith(begins)
    identity = workspace.store.labelled(limit=1)[0].passage.id
    assert ana.client.get(f"/passages/{identity}/reference/bibtex").text.startswith("@")
    assert ana.client.get(f"/passages/{identity}/reference/exe").status_code == 404


def test_citations_are_counted_by_country_and_year_and_graded(workspace: Workspace) -> None:
    from pipeline.search import citations

    ana = person(workspace)
    found = citations(workspace.store)
    assert len(found) >= 3
    page = ana.client.get("/citations").text
    assert f"{len(found)} citations" in page
    assert page.count('<li class="card') == len(found)
    substantive = [f for f in found if f.citation.grade == "substantive"]
    graded = ana.client.get("/citations", params={"grade": "substantive"}).text
    assert 0 < graded.count('<li class="card') == len(substantive)


def test_alike_passages_are_of_other_documents(workspace: Workspace) -> None:
    ana = person(workspace)
    gaps = [f for f in workspace.store.labelled(Filter(kind="vnr", category="gap")) if len(f.passage.text) > 90]
    pages = [ana.client.get(f"/passages/{f.passage.id}/alike").text for f in gaps]
    others_ = [i for page in pages for i in re.findall(r'class="passage-link" href="/passages/([0-9a-f]{16})"', page)]
    assert others_
    assert all((f := workspace.store.get(i)) and f.facts.kind == "mgi" for i in others_)


def test_gaps_stand_beside_what_became_of_them_and_a_pair_is_judged(workspace: Workspace) -> None:
    ana = person(workspace)
    ids = {d.facts.year: d.facts.id for d in workspace.store.documents(Filter(kind="mgi"))}
    address = f"/progress?baseline={ids[2019]}&followup={ids[2024]}"
    page = ana.client.get(address).text
    assert page.count('<li class="card') > 20
    pair = re.search(r'name="left" value="(\w{16})"><input type="hidden" name="right" value="(\w{16})"', page)
    assert pair is not None
    judged = {"left": pair[1], "right": pair[2]}
    assert ana.post(address, verdict="accepted", status="splendid", **judged).status_code == 422
    confirmed = ana.post(address, verdict="accepted", status="regressed", **judged)
    assert "The pair was confirmed" in confirmed.text
    assert "accepted by Ana" in confirmed.text
    parted = ana.post(address, verdict="rejected", **judged).text
    assert f'name="left" value="{pair[1]}"><input type="hidden" name="right" value="{pair[2]}"' not in parted


def test_pictures_show_what_their_tables_say(tmp_path: Path) -> None:
    fill(tmp_path / "country", SAMPLE, BASELINE, country="XAA")
    with Workspace.open(tmp_path / "country") as opened:
        ana = person(opened)
        page = ana.client.get("/pictures").text
        addresses = [unescape(found) for found in re.findall(r'<img src="(/pictures/[^"]+)" alt="[^"]{20,}"', page)]
        assert [re.search(r"XAA/(\w+)", a)[1] for a in addresses] == ["coverage", "domains", "answers", "progress"]  # type: ignore[index]
        assert page.count("<table>") == 4
        for address in addresses:
            drawn = ana.client.get(address)
            assert drawn.headers["content-type"] == "image/png"
            assert Image.open(io.BytesIO(drawn.content)).width > 800
        gaps = [f for f in opened.store.labelled(Filter(category="gap")) if f.facts.year == 2024]
        domains = page[page.index('id="d-domains"') : page.index('id="d-answers"')]
        numbers = [int(n) for n in re.findall(r'<td class="number">(\d+)</td>', domains)]
        assert sum(numbers[1::2]) == sum(bool(f.label.codes.get("mgi_domain")) for f in gaps) > 10
        assert "Nothing of XAA is reviewed yet" in ana.client.get("/pictures?basis=reviewed").text
        for gap in gaps:
            ana.decide(gap, "reject")
        anew = person(opened).client.get("/pictures?country=XAA").text
        assert re.findall(r'id="d-(\w+)"', anew) == ["coverage", "domains", "progress"]  # no gap is left to answer
        for wrong in ("/pictures/XAB/coverage.png?language=en", "/pictures/XAA/x.png?language=en"):
            assert ana.client.get(wrong).status_code == 404
        assert ana.client.get("/pictures/XAA/coverage.png?language=../x").status_code == 404


def test_an_empty_workspace_says_how_to_fill_it(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "empty", create=True) as workspace:
        ana = person(workspace)
        for address in ("/", "/search?q=health", "/citations"):
            answer = ana.client.get(address)
            assert answer.status_code == 200
            assert "mgi run" in answer.text


# Safety


def test_scripts_in_notes_titles_and_names_are_shown_as_text(tmp_path: Path) -> None:
    made = extraction(title=EVIL, said=[f"Text {EVIL} with more words."])
    with Workspace.open(tmp_path / "w", create=True) as workspace:
        workspace.store.save(made)
        ana = person(workspace)
        found = workspace.store.labelled(limit=1)[0]
        ana.decide(found, category="gap", note=EVIL)
        for address in ("/", "/passages", f"/passages/{found.passage.id}", "/decisions", f"/documents/{made.facts.id}"):
            page = ana.client.get(address).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page
            assert "&lt;script&gt;" in page


def test_every_answer_carries_the_security_headers_and_pages_are_not_kept(small: Workspace) -> None:
    ana = person(small)
    for address in ("/", "/no-such-page", "/static/base.css", "/codes/gcm.json"):
        headers = ana.client.get(address).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert ana.client.get("/").headers["cache-control"] == "no-store"
    cookie = TestClient(ana.client.app, headers=HTML, base_url=ADDRESS).get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_forms_from_elsewhere_are_refused(small: Workspace) -> None:
    ana = person(small)
    found = small.store.labelled(limit=1)[0]
    address = f"/passages/{found.passage.id}/decide"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ana.client.post(address, content="verdict=accept", headers=form).status_code == 403
    wrong = urlencode({"csrf": "x" * 24, "verdict": "accept"})
    assert ana.client.post(address, content=wrong, headers=form).status_code == 403
    right = urlencode({"csrf": ana.csrf, "verdict": "accept"})
    elsewhere = {**form, "Origin": "https://evil.example"}
    assert ana.client.post(address, content=right, headers=elsewhere).status_code == 403
    assert small.store.reviews() == []


def test_a_foreign_host_name_is_refused(small: Workspace) -> None:
    app = create_app(small, Settings(hosts=("localhost", "127.0.0.1")))
    assert TestClient(app, headers=HTML, base_url="http://evil.example").get("/").status_code == 421
    assert TestClient(app, headers=HTML, base_url="http://127.0.0.1:8000").get("/").status_code == 200
    assert TestClient(app, headers=HTML, base_url=ADDRESS).get("/", headers={"Host": "[::1"}).status_code == 421


@pytest.mark.parametrize(
    "address",
    [
        "/documents/..%2f..%2fetc%2fpasswd/pages/1.webp",
        "/documents/%2e%2e/pages/1.webp",
        "/documents/0123456789abcdef/pages/1.webp",
        "/documents/0123456789ABCDEF/file",
        "/documents/{id}/pages/0.webp",
        "/documents/{id}/pages/999.webp",
        "/documents/{id}/pages/99999999999999999999.webp",
        "/documents/{id}/pages/1.webp?w=../../x",
        "/documents/{id}/pages/1.webp?w=5000",
        "/documents/{id}/pages/1.webp?w=١١٠٠",
        "/static/../app.py",
        "/static/%2e%2e/site.py",
        "/passages/" + "f" * 16,
        "/passages/%00",
        "/passages/" + "a" * 5000,
        "/edits/99/undo",
    ],
)
def test_forged_addresses_find_nothing(workspace: Workspace, address: str) -> None:
    identity = workspace.store.documents()[0].facts.id
    ana = person(workspace)
    assert ana.client.get(address.replace("{id}", identity)).status_code in (404, 405)
    assert [p.name for p in workspace.pages.rglob("*") if p.is_file()] == []


def test_redirects_stay_on_the_site() -> None:
    for address in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x",
    ):
        assert local(address) == "/"
    assert local("/passages?page=2") == "/passages?page=2"


def test_a_page_image_is_drawn_once_and_old_ones_make_room(workspace: Workspace) -> None:
    identity = workspace.store.documents()[0].facts.id
    images = PageImages(workspace.pages, workspace.source_file, cache_bytes=1)
    try:
        first = images.get(identity, 1, 1100)
        made = first.stat().st_ino
        assert first.read_bytes()[:4] == b"RIFF"
        assert images.get(identity, 1, 1100).stat().st_ino == made
        second = images.get(identity, 2, 1100)
        assert second.exists()
        assert not first.exists()
        broken = workspace.sources / f"{'ab' * 8}.pdf"
        broken.write_bytes(b"%PDF-1.7 not really")
        with pytest.raises(Exception, match="cannot be drawn"):
            images.get("ab" * 8, 1, 1100)
    finally:
        images.close()


# Signing in


@pytest.fixture
def team_site(small: Workspace) -> Iterator[TestClient]:
    app = create_app(small, Settings(sign_in=True))
    app.state.site.people.put(Person(name="Ana", role="lead", password=hash_password("correct horse", cost=10)))
    app.state.site.people.put(Person(name="Ben", role="reviewer", password=hash_password("battery staple", cost=10)))
    with TestClient(app, headers=HTML, base_url=ADDRESS) as client:
        yield client


def sign_in(client: TestClient, name: str, password: str, back: str = "/"):
    page = client.get("/sign-in").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    body = urlencode({"csrf": csrf[1], "name": name, "password": password, "next": back})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return client.post("/sign-in", content=body, headers=form)


def test_nothing_is_shown_before_sign_in(team_site: TestClient, small: Workspace) -> None:
    identity = small.store.labelled(limit=1)[0].passage
    parts = {"document": identity.document, "passage": identity.id, "scheme": "gcm", "form": "ris"}
    parts |= {"country": "XAA", "name": "coverage", "format": "docx"}
    for page in ROUTES:
        if page.guard == "anyone":
            continue
        address = (
            page.path.format_map(parts) if (":int" not in page.path) else f"/documents/{identity.document}/pages/1.webp"
        )
        answer = team_site.request(page.methods[0], address, follow_redirects=False)
        assert answer.status_code in (303, 401, 403, 404, 405), page.path
        assert identity.text not in answer.text


def test_roles_passwords_and_their_change(team_site: TestClient) -> None:
    assert sign_in(team_site, "Ben", "wrong").status_code == 401
    assert sign_in(team_site, "ben", "battery staple", "/decisions").url.path == "/decisions"
    assert team_site.get("/people").status_code == 403
    ben = Person_(team_site)
    assert ben.post("/settings", password="wrong", new_password="a new long password").status_code == 422
    assert ben.post("/settings", password="battery staple", new_password="short").status_code == 422
    other = TestClient(team_site.app, headers=HTML, base_url=ADDRESS)
    sign_in(other, "Ben", "battery staple")
    assert other.get("/decisions").url.path == "/decisions"
    assert ben.post("/settings", password="battery staple", new_password="a new long password").status_code == 200
    assert other.get("/decisions").url.path == "/sign-in"
    assert team_site.get("/decisions").url.path == "/decisions"


def test_a_lead_adds_and_removes_people_but_never_the_last_lead(team_site: TestClient) -> None:
    sign_in(team_site, "Ana", "correct horse")
    ana = Person_(team_site)
    added = ana.post("/people", do="add", name="Caro", role="reviewer")
    password = re.search(r'class="secret">([^<]+)<', added.text)
    assert password is not None
    caro = TestClient(team_site.app, headers=HTML, base_url=ADDRESS)
    assert sign_in(caro, "Caro", password[1]).url.path == "/"
    assert ana.post("/people", do="remove", name="Ana").status_code == 422
    assert ana.post("/people", do="role", name="Ana", role="reviewer").status_code == 422
    assert ana.post("/people", do="add", name="<b>", role="lead").status_code == 422
    ana.post("/people", do="remove", name="Caro")
    assert caro.get("/").url.path == "/sign-in"


def test_guessing_is_slowed_down(team_site: TestClient) -> None:
    for _ in range(5):
        assert sign_in(team_site, "Ana", "guess").status_code == 401
    slowed = sign_in(team_site, "Ana", "correct horse")
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert sign_in(team_site, "Ben", "battery staple").status_code == 200


def test_an_expired_or_forged_session_is_none() -> None:
    sessions = Sessions(b"k" * 32, seconds=-1)
    assert sessions.read(sessions.write(sessions.open("Ana", "lead"))) is None
    fresh = Sessions(b"k" * 32)
    cookie = fresh.write(fresh.open("Ana", "reviewer"))
    assert fresh.read(cookie) is not None
    assert Sessions(b"j" * 32).read(cookie) is None
    assert fresh.read(cookie[:-2] + "xx") is None
    assert fresh.read("a" * 9999) is None


def test_an_expired_session_saves_nothing_and_says_so(team_site: TestClient, small: Workspace) -> None:
    sign_in(team_site, "Ben", "battery staple")
    ben = Person_(team_site)
    csrf = ben.csrf
    team_site.app.state.site.sessions.seconds = -1  # type: ignore[attr-defined]
    found = small.store.labelled(limit=1)[0]
    body = urlencode({"csrf": csrf, "verdict": "accept", "note": "long thought"})
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = team_site.post(f"/passages/{found.passage.id}/decide", content=body, headers=form)
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.text
    assert small.store.reviews() == []


def test_the_rate_limit_forgets_after_its_time() -> None:
    now = [0.0]
    limit = RateLimit(most=2, seconds=10, clock=lambda: now[0])
    limit.note("a")
    limit.note("a")
    assert limit.wait("a") > 0
    assert limit.wait("b") == 0
    now[0] = 10.5
    assert limit.wait("a") == 0


@settings(max_examples=5, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_only_the_password_opens(password: str) -> None:
    stored = hash_password(password, cost=5)
    assert check_password(password, stored)
    assert not check_password(password + "x", stored)
    assert not check_password(password, "scrypt$broken")


NAMES = ["text", "status", "target", "min_score", "page", "order", "document", "gcm"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30)))
def test_no_query_breaks_the_list(small: Workspace, query: dict[str, str]) -> None:
    assert TestClient(_app_of(small), headers=HTML, base_url=ADDRESS).get("/passages", params=query).status_code == 200


_APPS: dict[int, Starlette] = {}


def _app_of(workspace: Workspace) -> Starlette:
    return _APPS.setdefault(id(workspace), create_app(workspace))


def test_a_document_without_file_shows_its_text_only(small: Workspace) -> None:
    found = small.store.labelled(limit=1)[0]
    page = person(small).client.get(f"/passages/{found.passage.id}").text
    assert "There is no picture of this page" in page
    assert found.passage.text in re.sub(r"<[^>]+>", "", page)
