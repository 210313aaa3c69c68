"""Reading: bytes of a PDF, DOCX or HTML file -> raw pages of words and shapes, or a flow of raw blocks.

`read_pages` is the verb. The type is told by the content, never by the name. Everything about file formats stays in
this package.
"""

from __future__ import annotations

import hashlib

from pipeline.errors import DamagedDocument, EncryptedDocument, LimitExceeded, UnsupportedType
from pipeline.raw import RawDocument
from pipeline.stages.read.options import ReadOptions

__all__ = ["ReadOptions", "document_id", "media_type", "read_pages"]

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html"
OLE = b"\xd0\xcf\x11\xe0"
"""How old Word files and encrypted new ones begin."""


def document_id(data: bytes) -> str:
    """The first 16 hex digits of the sha256 of the bytes.

    >>> document_id(b"")
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()[:16]


def media_type(data: bytes) -> str | None:
    """The media type that the content shows, or None.

    >>> media_type(b"%PDF-1.7 ..."), media_type(b"<!DOCTYPE html><p>x"), media_type(b"hello")
    ('application/pdf', 'text/html', None)
    """
    head = data[:2048]
    if b"%PDF-" in data[:1024]:
        return PDF
    if head[:4] == b"PK\x03\x04" and b"word/" in data:
        return DOCX
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")) or b"<html" in start or b"<body" in start:
        return HTML
    return None


def read_pages(data: bytes, path: str, options: ReadOptions) -> RawDocument:
    """The document in `data`; `path` names it in messages and results.

    Raises UnsupportedType, EncryptedDocument, DamagedDocument or LimitExceeded. A page that cannot be read is a
    Failure in the result; a scan is no error: its pages have `has_text` False.
    """
    if not data:
        raise DamagedDocument(f"{path} is empty.", hint="Download or copy it again.")
    if len(data) > options.max_bytes:
        raise LimitExceeded(
            f"{path} has {len(data) / 1e6:,.0f} MB, more than the limit of {options.max_bytes / 1e6:,.0f} MB.",
            hint="Split it, or raise read.max_bytes.",
        )
    kind = media_type(data)
    document = document_id(data)
    if kind == PDF:
        from pipeline.stages.read.pdf import read_pdf

        pages, outline, title, metadata, failures = read_pdf(data, path, document, options)
        return RawDocument(
            id=document,
            path=path,
            media_type=PDF,
            pages=pages,
            outline=outline,
            title=title,
            metadata=metadata,
            failures=failures,
        )
    if kind == DOCX:
        from pipeline.stages.read.docx import read_docx

        return read_docx(data, path, document, DOCX, options)
    if kind == HTML:
        from pipeline.stages.read.html import read_html

        return read_html(data, path, document, HTML, options)
    if data[:4] == OLE and "EncryptedPackage".encode("utf-16-le") in data:
        raise EncryptedDocument(f"{path} needs a password.", hint="Save a copy without a password and read that one.")
    raise UnsupportedType(f"{path} is not a PDF, DOCX or HTML file.", hint="Save it as PDF and read that.")
