"""A ligature whose map gives the same letter twice (ff) is no overprint: both letters stay."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from pipeline.config import load_config
from pipeline.run.extract import read_document

pikepdf = pytest.importorskip("pikepdf")
SENTENCE = "The Ministry of Women’s Aﬀairs reviewed how eﬀective the oﬃces are and how diﬃcult the eﬀort is."


def test_letters_of_one_glyph_stay(tmp_path: Path) -> None:
    font = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    pdfmetrics.registerFont(TTFont("Ligatures", str(font)))
    path = tmp_path / "ligatures.pdf"
    page = canvas.Canvas(str(path))
    page.setFont("Ligatures", 10)
    page.drawString(50, 700, SENTENCE)
    page.save()
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        maps = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item]
        for item in maps:
            spelt = item.ToUnicode.read_bytes()
            # as typesetting programs write it: one glyph, two or three letters
            spelt = spelt.replace(b"<FB00>", b"<00660066>").replace(b"<FB03>", b"<006600660069>")
            item.ToUnicode = pdf.make_stream(spelt)
        assert maps
        pdf.save(path)
    document = read_document(path.read_bytes(), str(path), load_config())
    words = " ".join(b.text for b in document.blocks).replace("'", "’")
    assert words == SENTENCE.replace("ﬀ", "ff").replace("ﬃ", "ffi")
