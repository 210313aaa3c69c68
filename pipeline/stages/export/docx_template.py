"""The Word template of drafts: the one that ships, and the check of one that an office made."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rapidfuzz import process

from pipeline.errors import ConfigError
from pipeline.resources import resource

BODY: Final = "body"
"""The field in whose place the draft is put; it must stand alone in its paragraph."""

FIELDS: Final = ("title", "country", "years", "draft_note", "references_heading", BODY)
MARK: Final = "[[[body of the draft]]]"
LARGEST: Final = 50_000_000
"""Bytes that a template may unpack to."""


def default_template() -> Path:
    return resource("configs", "drafts", "template.docx")


def filled(template: Path | None, fields: Mapping[str, str]) -> Any:
    """The template as a python-docx document with its fields filled in and MARK where the body goes.

    Raises ConfigError that names the field and the paragraph if the template cannot be used.
    """
    import docx  # noqa: PLC0415
    from docxtpl import DocxTemplate  # noqa: PLC0415
    from jinja2 import StrictUndefined, TemplateError  # noqa: PLC0415
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    path = template or default_template()
    check_template(path)
    try:
        made = DocxTemplate(str(path))
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
        made.render({**fields, BODY: MARK}, environment)
        out = io.BytesIO()
        made.save(out)
        out.seek(0)
        return docx.Document(out)
    except TemplateError as error:
        raise ConfigError(
            f"{path} cannot be filled in: {error}.", hint="Compare it with the default template."
        ) from error


def check_template(path: Path) -> None:
    """Raises ConfigError: no Word file, unknown field (which, in which paragraph), broken braces, no body."""
    import docx  # noqa: PLC0415
    from jinja2 import TemplateSyntaxError, meta  # noqa: PLC0415
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > LARGEST:
                raise ConfigError(f"{path} is too large for a template.", hint="Use smaller pictures.")
        document = docx.Document(str(path))
    except OSError as error:
        raise ConfigError(f"Cannot read the template {path}: {error.strerror}.", hint="Check --template.") from error
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ConfigError(f"{path} is not a Word document (.docx).", hint="Save it as .docx in Word.") from error
    environment = SandboxedEnvironment()
    body = False
    for where, text in paragraphs(document):
        if "{" not in text:
            continue
        try:
            names = meta.find_undeclared_variables(environment.parse(text))
        except TemplateSyntaxError as error:
            raise ConfigError(
                f"{path}, {where} (“{text.strip()[:60]}”): {error.message}.", hint="A field is written {{ title }}."
            ) from error
        for name in sorted(names - set(FIELDS)):
            near = process.extractOne(name, FIELDS, score_cutoff=60)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(FIELDS)}."
            raise ConfigError(f"{path}, {where} (“{text.strip()[:60]}”): no field '{name}'.", hint=hint)
        if BODY in names:
            if text.replace(" ", "") != "{{body}}" or not where.startswith("paragraph"):
                raise ConfigError(f"{path}, {where}: {{{{ body }}}} must stand alone in a paragraph of the text.")
            body = True
    if not body:
        raise ConfigError(f"{path} has no paragraph {{{{ body }}}}: the draft has no place.", hint="Add one.")


def paragraphs(document: Any) -> Iterator[tuple[str, str]]:
    """Where and what, for every paragraph of the text, its tables, heads and feet."""
    for n, p in enumerate(document.paragraphs, start=1):
        yield f"paragraph {n}", p.text
    for n, table in enumerate(document.tables, start=1):
        for row in table.rows:
            for cell in row.cells:
                for p in cell.paragraphs:
                    yield f"table {n}", p.text
    for n, section in enumerate(document.sections, start=1):
        for name, part in (("header", section.header), ("footer", section.footer)):
            for p in part.paragraphs:
                yield f"{name} of section {n}", p.text
