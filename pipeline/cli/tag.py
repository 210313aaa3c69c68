"""`mgi tag`: passages in, tagged passages out, one JSON object a line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from io import DEFAULT_BUFFER_SIZE, BufferedReader
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final, cast

import typer

from pipeline.cli.options import ConfigOption, JsonOption, SetOption, print_json, say

app = typer.Typer(add_completion=False)

BATCH: Final = 64
LONGEST_LINE: Final = 10_000_000
SHOWN: Final = 20
"""Wrong lines that are named on stderr; with --json each has its answer."""

FORM: Final = 'A line is for example: {"id": "1", "text": "There is no migration strategy."}'
_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: JSON can hold it, no text can."""

KEYS: Final = {
    "category": "categories",
    "sdg_target": "sdg_targets",
    "sdg_goal": "sdg_goals",
    "gcm": "gcm",
}


@app.command(epilog='Example: echo \'{"id": "1", "text": "There is no migration strategy."}\' | mgi tag - --json')
def tag(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="JSON lines with id and text; - is stdin.")] = "-",
    explain: Annotated[
        bool, typer.Option("--explain", help="Say for each tag which words or heading made it.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Propose categories, SDG targets and goals, GCM objectives and MGI domain for passages.

    A line is {"id", "text", "language"?, "headings"?, "kind"?}. A wrong line is answered by {"id": null, "line",
    "error"} in its place and named on stderr; the others are answered in order, and the exit code is 3.
    """
    from pipeline.config import load_config
    from pipeline.language import load_languages
    from pipeline.stages.tag import TagOptions

    options = load_config(config, settings or ()).options(TagOptions)
    supported = load_languages()
    wrong, foreign = 0, set()
    for batch in _batches(_lines(file)):
        for answer in _answers(batch, options, explain):
            if "error" in answer:
                wrong += 1
                if wrong <= SHOWN:
                    say(
                        f"mgi: line {answer['line']}: {answer['error']}"
                        + (f". {FORM}" if wrong == 1 and answer["error"].startswith("is not") else "")
                    )
            elif answer["language"] not in supported:
                foreign.add(answer["language"] or "unknown")
            if as_json:
                print_json(answer)
            elif "error" not in answer:
                _print(answer)
    if wrong > SHOWN:
        say(f"mgi: ... and {wrong - SHOWN} more wrong lines.")
    if foreign:
        told, known = ", ".join(sorted(foreign)), ", ".join(supported)
        say(f"mgi: not supported, do not rely on what is proposed for them: {told} (supported: {known}).")
    if wrong:
        raise typer.Exit(3)


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    from pipeline.errors import ReadError
    from pipeline.stages.read import DOCX, HTML, PDF, media_type

    try:
        given = cast(BufferedReader, sys.stdin.buffer)
        with nullcontext(given) if file == "-" else Path(file).open("rb") as stream:
            head = stream.peek(DEFAULT_BUFFER_SIZE)
            kind = None if head.lstrip().startswith(b"{") else media_type(head)  # a JSON line may well speak of <html>
            if what := {PDF: "a PDF", DOCX: "a Word file", HTML: "HTML"}.get(kind or ""):
                hint = "Read and tag it: mgi run FILE." if file == "-" else f"Read and tag it: mgi run {file}"
                raise ReadError(f"{'stdin' if file == '-' else file} is {what}, not JSON lines.", hint=hint)
            yield from enumerate(iter(stream.readline, b""), start=1)
    except OSError as error:
        raise ReadError(f"Cannot read {file}: {error.strerror}.", hint="Give a file of JSON lines or -.") from error


def _batches(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    for number, line in lines:
        if line.strip():
            batch.append((number, line))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _answers(batch: list[tuple[int, bytes]], options: Any, explain: bool) -> Iterator[dict[str, Any]]:
    from pipeline.language import UNKNOWN
    from pipeline.stages.tag import TagContext, passage_language, tag_passages

    read = [_read_or_error(number, line) for number, line in batch]
    for kind, group in groupby(read, key=lambda r: None if isinstance(r, dict) else r[2]):
        if kind is None:
            yield from (r for r in group if isinstance(r, dict))
            continue
        context = TagContext(kind=kind)
        rows = [r for r in group if not isinstance(r, dict)]
        tags = tag_passages([passage for passage, _, _ in rows], context, options)
        for (passage, name, _), found in zip(rows, tags, strict=True):
            language = passage_language(passage, context)
            yield as_line(name, passage.text, None if language == UNKNOWN else language, found, explain=explain)


def _read_or_error(number: int, line: bytes) -> dict[str, Any] | tuple[Any, Any, Any]:
    """A passage, the id as given and the kind; or the answer that says what is wrong with the line."""
    try:
        return _read(number, line)
    except ValueError as error:
        return {"id": None, "line": number, "error": str(error)}


def _read(number: int, line: bytes) -> tuple[Any, Any, Any]:
    from pipeline.language import foreign_language
    from pipeline.types import Passage

    if len(line) > LONGEST_LINE:
        raise ValueError(f"is longer than {LONGEST_LINE} bytes")
    try:
        value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not valid JSON ({error})") from error
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise ValueError('is not an object with a "text"')
    headings, kind = value.get("headings") or [], value.get("kind") or "other"
    if not isinstance(headings, list) or not all(isinstance(h, str) for h in headings):
        raise ValueError('"headings" is not a list of texts')
    language = _language(value.get("language"))
    if kind not in ("mgi", "vnr", "vlr", "other"):
        raise ValueError('"kind" is not mgi, vnr, vlr or other')
    text = _HALF.sub("\ufffd", value["text"])
    passage = Passage(
        id=str(value.get("id", number)),
        document="",
        n=number,
        kind="paragraph",
        text=text,
        page=1,
        headings=tuple(_HALF.sub("\ufffd", heading) for heading in headings),
        language=language or foreign_language(text),
    )
    return passage, value.get("id"), kind


def _language(given: Any) -> str | None:
    """The ISO 639 code that a line gives, in the form used here: `pt-BR` is `pt`."""
    import pycountry

    if given is None or given == "":
        return None
    code = str(given).lower().replace("_", "-").partition("-")[0]
    field = {2: "alpha_2", 3: "alpha_3"}.get(len(code))
    found = pycountry.languages.get(**{field: code}) if field else None
    if found is None:
        raise ValueError(f'"language" {given!r} is not a code of ISO 639, such as en or fr')
    return str(getattr(found, "alpha_2", code))


def as_line(
    name: Any, text: str, language: str | None, tags: Iterable[Any], *, explain: bool = False
) -> dict[str, Any]:
    """The answer for one passage as `interfaces.md` fixes it; `explain` adds the words and the reason of each tag."""
    by_scheme: dict[str, list[dict[str, Any]]] = {}
    for tag in tags:
        row = {
            "code": tag.code,
            "score": round(tag.score, 4),
            "evidence": [[span.start, span.end] for span in tag.evidence],
            "by": tag.by,
        }
        if explain:
            row["words"] = [span.of(text) for span in tag.evidence]
            row["reason"] = tag.reason
        by_scheme.setdefault(tag.scheme, []).append(row)
    answer: dict[str, Any] = {"id": name, "language": language, "categories": by_scheme.get("category", [])}
    answer["action_status"] = [row["code"] for row in by_scheme.get("action_status", [])]
    answer["support_types"] = [row["code"] for row in by_scheme.get("support_type", [])]
    for scheme, key in list(KEYS.items())[1:]:
        answer[key] = by_scheme.get(scheme, [])
    domains = by_scheme.get("mgi_domain", [])
    answer["mgi_domain"] = domains[0] if domains else None
    return answer


def _print(answer: dict[str, Any]) -> None:
    """For people: one line of codes, and with --explain one line for each tag."""
    domain = [answer["mgi_domain"]] if answer["mgi_domain"] else []
    rows = [(key, row) for key in KEYS.values() for row in answer[key]] + [("mgi_domain", row) for row in domain]
    codes = {key: [row["code"] for name, row in rows if name == key] for key in (*KEYS.values(), "mgi_domain")}
    codes["action_status"], codes["support_types"] = answer["action_status"], answer["support_types"]
    told = "  ".join(f"{key}={','.join(found)}" for key, found in codes.items() if found)
    print(f"{answer['id']}\t{answer['language'] or 'unknown'}\t{told or 'nothing'}")
    for key, row in rows:
        if "reason" in row:
            words = ", ".join(f'"{word}"' for word in row["words"])
            print(f"    {key} {row['code']} ({row['score']:.2f}, {row['by']}): {row['reason']} {words}".rstrip())
