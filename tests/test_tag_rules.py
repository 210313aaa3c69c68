"""The rules: laws of the lexicons and taxonomies, sentences as cases, laws over any text, `mgi tag` as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.matcher import PhraseMatcher

from pipeline.errors import DataError
from pipeline.language import detect_language, foreign_language, load_languages
from pipeline.lexicon import COLUMNS, lexicon_files, load_matcher, read_lexicon
from pipeline.matcher import MAX_TEXT
from pipeline.stages.tag import TagContext, TagOptions, rule_features, tag_passages
from pipeline.stages.tag.structure import tag_structure
from pipeline.taxonomy import load_crosswalk, load_taxonomy, load_topics
from pipeline.training.rules import check_all
from pipeline.types import SCHEMES, Passage

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).resolve().parent.parent
RULES = TagOptions(profile="rules")
FIELDS = {"categories": "category", "action_status": "action_status"}


def passage(text: str, *headings: str, language: str | None = None) -> Passage:
    return Passage(id="p", document="d", n=0, kind="paragraph", text=text, page=1, headings=headings, language=language)


def read_cases(name: str) -> list[Any]:
    return [
        pytest.param(case, id=f"{case.get('language', '')} {n}", marks=_marks(case))
        for n, case in enumerate(json.loads((CASES / name).read_text(encoding="utf-8")))
    ]


def _marks(case: dict[str, Any]) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(strict=True, reason=case["comment"])] if case.get("expect") == "fail" else []


def test_every_file_of_the_rules_is_right() -> None:
    rows = list(check_all())
    assert {(r["lexicon"], r["language"]) for r in rows if "lexicon" in r} == set(lexicon_files())


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_target_has_terms(language: str) -> None:
    terms = read_lexicon(lexicon_files()[("sdg_target", language)], "sdg_target", language)
    assert set(load_taxonomy().codes("sdg_target")) == {t.code for t in terms if t.sign == "+"}


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "ar"])
def test_every_language_covers_the_schemes_of_migration_and_the_categories(language: str) -> None:
    files = lexicon_files()
    for scheme, wanted in (("topic", set(load_topics())), ("gcm", set(load_taxonomy().codes("gcm")))):
        codes = {t.code for t in read_lexicon(files[(scheme, language)], scheme, language)}
        assert codes == wanted
    cues = {t.code for t in read_lexicon(files[("cue", language)], "cue", language)}
    assert {"absence", "insufficient", "progress", "entitle", "adopted", "future", "plan", "request"} <= cues
    assert language in load_languages()


def test_every_topic_leads_somewhere_and_every_domain_has_sub_headings() -> None:
    assert {link.source for link in load_crosswalk("topics")} == set(load_topics())
    subheadings = load_taxonomy().subheadings
    assert {s.domain for s in subheadings} == set(load_taxonomy().codes("mgi_domain"))
    linked = {link.source for link in load_crosswalk("mgi")}
    assert {s.code for s in subheadings} <= linked


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("10.7\t+\tmigra*\t0.5\t", "columns"),
        ("10.7\t?\tmigra*\t0.5\t\tnote", "sign"),
        ("10.7\t+\tmigra*\tmuch\t\tnote", "no number"),
        ("10.7\t+\tmigra*\t0.5\t\t", "a note"),
        ("10.7\t+\t.. migra*\t0.5\t\tnote", "gap"),
        ("10.7\t+\t[any]\t0.5\t\tnote", "may be empty"),
        ("10.7\t+\tmigra*; migra*\t0.5\t\tnote", "stands already"),
        ("10.7\t+\tmi*gra\t0.5\t\tnote", "strange word"),
    ],
)
def test_a_wrong_line_of_a_lexicon_is_told_with_its_number(tmp_path: Path, row: str, told: str) -> None:
    file = tmp_path / "en.tsv"
    file.write_text("\t".join(COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=told) as error:
        read_lexicon(file, "sdg_target", "en")
    assert error.value.line == 2


def test_the_matcher_finds_what_phrase_matcher_finds() -> None:
    """spaCy's PhraseMatcher is the slow reference for terms that are plain words."""
    terms = [
        t
        for t in read_lexicon(lexicon_files()[("sdg_target", "en")], "sdg_target", "en")
        if t.sign == "+" and t.text.isascii() and t.text.replace(" ", "").isalpha()
    ]
    nlp = spacy.blank("en")
    reference = PhraseMatcher(nlp.vocab, attr="LOWER")
    for text in {t.text for t in terms}:
        reference.add(text, [nlp.make_doc(text)])
    plain = {t.text for t in terms}
    compared = 0
    for target in load_taxonomy().schemes["sdg_target"].values():
        text = target.title("en")
        doc = nlp.make_doc(text)
        wanted = {(nlp.vocab.strings[key], doc[a:b].start_char, doc[a:b].end_char) for key, a, b in reference(doc)}
        found = {(h.term.text, h.start, h.end) for h in load_matcher("en").find(text) if h.term.text in plain}
        assert wanted <= found
        # Where the matcher finds more, spaCy cuts words elsewhere ("and/or", "well-managed", "health, food").
        more = [(a, b) for _, a, b in found - wanted]
        assert all(doc.char_span(a, b) is None or not text[a:b].replace(" ", "").isalpha() for a, b in more), text
        compared += len(wanted)
    assert compared > 200


@pytest.mark.parametrize("case", read_cases("categories.json"))
def test_categories(case: dict[str, Any]) -> None:
    tags = tag_passages([passage(case["text"])], TagContext(), RULES)[0]
    for field, scheme in FIELDS.items():
        assert sorted(t.code for t in tags if t.scheme == scheme) == case[field]
    if "targets" in case:
        assert set(case["targets"]) <= {t.code for t in tags if t.scheme == "sdg_target"}


@pytest.mark.parametrize(
    ("language", "text", "gap"),
    [
        ("en", "There is no lack of policies; the country has no gaps in health coverage.", False),
        ("en", "The country has no major gaps in legislation and does not lack staff.", False),
        ("en", "There is no strategy and there are gaps in health coverage.", True),
        ("fr", "Le cadre juridique n'est pas insuffisant et il n'y a pas de lacunes dans la loi.", False),
        ("fr", "Il n'y a pas de stratégie et le cadre juridique est insuffisant.", True),
        ("es", "No faltan políticas y no hay brechas en la cobertura de salud.", False),
        ("es", "No hay una política y faltan datos; la cobertura es insuficiente.", True),
        ("pt", "Não há falta de políticas e a lei não é insuficiente.", False),
        ("pt", "Não há uma política e a lei é insuficiente.", True),
    ],
)
def test_a_lack_that_is_denied_is_no_cue_of_a_gap(language: str, text: str, gap: bool) -> None:
    tags = tag_passages([passage(text)], TagContext(language=language), RULES)[0]
    assert ("gap" in [tag.code for tag in tags]) is gap


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Le gouvernement prévoit d'adopter en 2026 une loi sur la migration.", ["planned"]),
        ("Le gouvernement adoptera une loi sur la migration.", ["planned"]),
        ("Le gouvernement a adopté une loi sur la migration.", ["taken"]),
    ],
)
def test_french_infinitives_and_futures_are_no_measure_taken(text: str, status: list[str]) -> None:
    tags = tag_passages([passage(text)], TagContext(language="fr"), RULES)[0]
    assert [tag.code for tag in tags if tag.scheme == "action_status"] == status


@pytest.mark.parametrize("case", read_cases("headings.json"))
def test_headings(case: dict[str, Any]) -> None:
    tags = tag_structure([passage("x", *case["headings"])], TagContext(kind=case["kind"]))[0]
    found = {scheme: [t.code for t in tags if t.scheme == scheme] for scheme in SCHEMES}
    for scheme, codes in case["codes"].items():
        assert found[scheme] == codes  # type: ignore[index]


ANY_TEXT = st.text(max_size=200) | st.lists(
    st.sampled_from(
        [
            "migration policy",
            "no",
            "lack of data",
            "SDG 10.7",
            "will",
            "les migrants",
            "no hay",
            "الهجرة",
            "\x00",
            "\u202e",
            ".",
        ]
    ),
    max_size=12,
).map(" ".join)


@settings(deadline=None, max_examples=150)
@given(
    ANY_TEXT,
    st.sampled_from([None, "en", "fr", "es", "pt", "ar", "zh", "xx"]),
    st.sampled_from(["mgi", "vnr", "other"]),
)
def test_laws_over_any_text(text: str, language: str | None, kind: Any) -> None:
    subject = passage(text, language=language)
    context = TagContext(kind=kind)
    tags = tag_passages([subject], context, RULES)[0]
    assert tags == tag_passages([subject], context, RULES)[0]
    by_scheme = {scheme: [t for t in tags if t.scheme == scheme] for scheme in SCHEMES}
    for tag in tags:
        assert load_taxonomy().has(tag.scheme, tag.code)
        assert 0 <= tag.score <= 1
        assert tag.evidence or tag.by.startswith("structure")
        assert all(0 <= span.start < span.end <= len(text) for span in tag.evidence)
    for found in by_scheme.values():
        assert [t.score for t in found] == sorted((t.score for t in found), reverse=True)
        assert len({t.code for t in found}) == len(found)
    categories = {t.code for t in by_scheme["category"]}
    assert "action" in categories or not by_scheme["action_status"]
    assert "support" in categories or not by_scheme["support_type"]
    assert {t.code.partition(".")[0] for t in by_scheme["sdg_target"]} <= {t.code for t in by_scheme["sdg_goal"]}
    assert all(value > 0 for value in rule_features([subject], context)[0].values())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " " * 100_000,
        "migration policy " * 6_000,
        "no " * 30_000,
        "women " * 20_000,
        "Goals 3 (" * 10_000,
        "a" * 100_000,
        "\x00\x01\ufffe" * 1000,
        "移民政策" * 500,
    ],
)
def test_odd_texts_are_answered_soon(text: str) -> None:
    started = time.process_time()
    tags = tag_passages([passage(text)], TagContext(), RULES)[0]
    assert time.process_time() - started < 5
    assert all(span.end <= min(len(text), MAX_TEXT) for tag in tags for span in tag.evidence)


@pytest.mark.parametrize("language", ["en", "fr", "es", "pt", "ar"])
def test_titles_of_goals_are_told_to_be_in_their_language(language: str) -> None:
    goals = load_taxonomy().schemes["sdg_goal"].values()
    told = [detect_language(goal.title(language)) for goal in goals]
    assert told.count(language) >= 14
    assert set(told) <= {language, None}


def test_order_and_batches_do_not_matter() -> None:
    texts = [c.values[0]["text"] for c in islice(read_cases("categories.json"), 12)]
    together = tag_passages([passage(t) for t in texts], TagContext(), RULES)
    assert together == [tag_passages([passage(t)], TagContext(), RULES)[0] for t in texts]


def run(*arguments: str, given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )


def test_mgi_tag_answers_in_order_and_names_the_wrong_lines() -> None:
    lines = [
        '{"id": "a", "text": "There is no migration strategy."}',
        "{broken",
        '{"id": 7, "text": "ODD 10.7", "headings": ["Défis"], "kind": "vnr"}',
        '{"id": "b"}',
        '{"id": "c", "text": ""}',
    ]
    done = run("tag", "-", "--json", "--explain", "--set", "tag.profile=rules", given="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert [a["id"] for a in answers] == ["a", None, 7, None, "c"]
    assert [a["line"] for a in answers if "error" in a] == [2, 4]
    assert "line 2" in done.stderr
    assert "line 4" in done.stderr
    assert [c["code"] for c in answers[0]["categories"]] == ["gap"]
    assert answers[0]["categories"][0]["words"]
    assert [t["code"] for t in answers[2]["sdg_targets"]] == ["10.7"]
    assert answers[4]["categories"] == []
    assert answers[4]["mgi_domain"] is None


def test_mgi_tag_of_a_missing_file_is_one_line() -> None:
    done = run("tag", "no-such-file.jsonl", "--json", given="")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no-such-file.jsonl" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_mgi_tag_answers_a_line_with_half_a_surrogate_and_the_lines_after_it() -> None:
    lines = ['{"id": "9", "text": "bad \\ud800 surrogate", "headings": ["\\udc00"]}', '{"id": "b", "text": "No law."}']
    done = run("tag", "-", "--json", given="\n".join(lines))
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["9", "b"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zh", "政府没有移民政策。"),
        ("de", "Die Regierung hat ein Gesetz über Migration verabschiedet und bietet Dienste an."),
        ("hi", "सरकार ने प्रवासन पर एक राष्ट्रीय कानून अपनाया और स्वास्थ्य सेवाएं प्रदान करती है।"),
        ("sw", "Serikali ilipitisha sheria ya kitaifa kuhusu uhamiaji na inatoa huduma za afya."),
        ("it", "Il governo ha adottato una legge nazionale sulla migrazione e offre servizi sanitari."),
        ("fa", "دولت قانون ملی مهاجرت را تصویب کرد و خدمات بهداشتی به مهاجران ارائه می‌کند."),
        ("und", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ"),
        (None, "There is no law on migration in the country."),
        (None, "Le gouvernement a adopté une loi nationale sur la migration."),
        (None, "El gobierno adoptó una ley nacional sobre migración."),
        (None, "O governo adotou uma lei nacional sobre migração."),
        (None, "لا توجد استراتيجية وطنية للهجرة في البلد حتى الآن"),
        (None, "10.7"),
    ],
)
def test_texts_in_other_languages_are_told(code: str | None, text: str) -> None:
    assert foreign_language(text) == code


def test_mgi_tag_says_once_which_languages_are_not_supported_and_refuses_codes_that_are_none() -> None:
    lines = [
        json.dumps({"id": n, "text": text, **more})
        for n, (text, more) in enumerate(
            [
                ("Die Regierung hat ein Gesetz über Migration verabschiedet.", {}),
                ("Die Regierung hat kein Gesetz über Migration verabschiedet.", {}),
                ("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", {}),
                ("There is no law.", {"language": "xx"}),
                ("Não há lei.", {"language": "pt-BR"}),
            ]
        )
    ]
    done = run("tag", "-", "--json", "--set", "tag.profile=rules", given="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3
    assert [a.get("language") for a in answers] == ["de", "de", None, None, "pt"]
    assert answers[3]["line"] == 4
    assert [line for line in done.stderr.splitlines() if "de, unknown" in line] == [done.stderr.splitlines()[-1]]


@pytest.mark.parametrize(("start", "what"), [("%PDF-1.7\n%x", "a PDF"), ("<!DOCTYPE html>", "HTML")])
def test_mgi_tag_of_a_document_names_the_command_for_it(tmp_path: Path, start: str, what: str) -> None:
    (tmp_path / "a.pdf").write_text(start + "\nx" * 50, encoding="utf-8")
    done = run("tag", str(tmp_path / "a.pdf"), given="")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert what in done.stderr
    assert "mgi run" in done.stderr


def test_mgi_tag_of_plain_text_shows_what_a_line_is_like() -> None:
    done = run("tag", "-", given="some text\n" * 50)
    assert done.returncode == 3
    assert done.stderr.count('{"id": "1", "text": ') == 1
    assert len(done.stderr.splitlines()) == 21
