"""Prose for exact documents: the passages of the project's own samples, dealt without repetition."""

from __future__ import annotations

import json
import random
import re
from functools import lru_cache
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "corpus" / "samples" / "truth"

HEADINGS = {
    "en": (
        "Access to health care", "Schools and training", "Work and wages", "Housing in the border districts",
        "Remittances and savings", "Return and reintegration", "Coordination between ministries", "Data and statistics",
        "Trafficking and smuggling", "Regional mobility", "Climate and displacement", "The role of municipalities",
        "Legal identity", "Recruitment abroad", "Social protection", "Consular assistance", "Lessons of the pandemic",
        "Financing the plan", "Partnerships with civil society", "Skills and diplomas", "Women on the move",
        "Border management", "Diaspora and investment", "Detention and its alternatives", "Monitoring progress",
        "Water and sanitation", "Energy for all", "Cities that grow", "Justice close to people", "Next steps",
        "Unfinished business", "What the figures say", "A look at the coast", "Nutrition in the highlands",
        "Public finance", "Rural roads", "Trade and ports", "Youth and jobs", "Peace and security", "Forests and soil",
    ),
    "fr": (
        "Accès aux soins", "École et formation", "Travail et salaires", "Logement", "Transferts de fonds",
        "Retour et réintégration", "Coordination des ministères", "Données et statistiques", "Lutte contre la traite",
        "Mobilité régionale", "Climat et déplacements", "Rôle des communes", "Identité juridique", "Protection sociale",
        "Assistance consulaire", "Financement du plan", "Société civile", "Compétences et diplômes",
        "Gestion des frontières", "Diaspora et investissement", "Suivi des progrès", "Prochaines étapes",
    ),
    "es": (
        "Acceso a la salud", "Escuela y formación", "Trabajo y salarios", "Vivienda", "Remesas y ahorro",
        "Retorno y reintegración", "Coordinación entre ministerios", "Datos y estadísticas", "Lucha contra la trata",
        "Movilidad regional", "Clima y desplazamiento", "Papel de los municipios", "Identidad jurídica",
        "Protección social", "Asistencia consular", "Financiación del plan", "Sociedad civil", "Títulos y competencias",
        "Gestión de fronteras", "Diáspora e inversión", "Seguimiento", "Próximos pasos",
    ),
    "ar": (
        "الرعاية الصحية", "المدارس والتدريب", "العمل والأجور", "السكن في المناطق الحدودية", "التحويلات والادخار",
        "العودة وإعادة الإدماج", "التنسيق بين الوزارات", "البيانات والإحصاءات", "مكافحة الاتجار بالأشخاص",
        "التعاون الإقليمي", "المناخ والنزوح", "دور البلديات", "الهوية القانونية", "الحماية الاجتماعية",
    ),
}  # fmt: skip
RUNNING = {
    "en": ("Third Progress Review of the Republic", "Migration and Development Report"),
    "fr": ("Troisième revue nationale de la République", "Rapport sur les migrations"),
    "ar": ("التقرير الوطني الثالث عن التنمية", "تقرير الهجرة والتنمية"),
    "es": ("Tercer examen nacional de la República", "Informe sobre migraciones"),
}
NOTES = {
    "en": (
        "Act No. {number} of {year} on {name}, sections {small} and {page}.",
        "Ministry of Labour and Social Dialogue, *{name}* (Port Merrin, {year}), p. {page}.",
        "Ibid., paragraph {small}.",
        "See the report on {name}, table {small}, and the reply of the Government of {year}.",
        "{name}: interview with the head of the unit, {year}.",
        "www.stat.example.org/{year}/tables/{number}",
    ),
    "fr": (
        "Loi n° {number} de {year} relative à : {name}, article {small}.",
        "Institut national de la statistique, *{name}* ({year}), tableau {small}.",
        "Ibid., p. {page}.",
        "{name} : entretien avec la cheffe du service, {year}.",
        "Voir le rapport annuel {year}, pages {small} à {page}.",
    ),
    "ar": (
        "القانون رقم {number} لسنة {year} بشأن {name}، المادة {small}.",
        "انظر التقرير السنوي لعام {year}، الصفحة {page}.",
        "مكتب الإحصاء الوطني، {name}، {year}، الجدول {small}.",
        "{name}: مقابلة مع مديرة الوحدة عام {year}.",
    ),
    "es": (
        "Ley {number}/{year}, sobre {name}, artículo {small}.",
        "Oficina Nacional de Estadística, *{name}*, {year}, cuadro {small}.",
        "Ibíd., p. {page}.",
        "{name}: entrevista con la jefa de la unidad, {year}.",
        "Véase el informe anual de {year}, páginas {small} a {page}.",
    ),
}


@lru_cache(maxsize=1)
def prose() -> dict[str, tuple[str, ...]]:
    """The texts of at least eight words, by language; each once."""
    found: dict[str, dict[str, None]] = {}
    for path in sorted(SAMPLES.glob("*.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(facts, dict) and facts["language"] in HEADINGS:
            for passage in facts["passages"]:
                if passage["kind"] in {"paragraph", "item", "box"} and len(passage["text"].split()) > 7:
                    found.setdefault(facts["language"], {})[passage["text"]] = None
    return {language: tuple(texts) for language, texts in found.items()}


class Pool:
    """Deals paragraphs, items, headings and notes in the order that a seed gives."""

    def __init__(self, seed: int, language: str | None = None) -> None:
        self.rng = random.Random(seed)
        self.language = language or self.rng.choice(("en", "en", "fr", "es"))
        texts = list(prose()[self.language])
        heads = list(HEADINGS[self.language])
        self.rng.shuffle(texts)
        self.rng.shuffle(heads)
        self.texts, self.heads = texts, heads
        self.sentences = [s for t in texts for s in re.split(r"(?<=[a-zéíء-ي]{3}\.) ", t) if len(s.split()) > 7]
        self.marker = 0
        self.notes: dict[str, str] = {}

    def text(self) -> str:
        """The next text; when all are dealt, one made of two sentences that did not stand together."""
        return self.texts.pop() if self.texts else " ".join(self.rng.sample(self.sentences, 2))

    def paragraph(self, words: int = 60) -> str:
        """At least `words` words, of as many of the texts as that takes."""
        parts = [self.text()]
        while sum(len(p.split()) for p in parts) < words:
            parts.append(self.text())
        return " ".join(parts)

    def item(self) -> str:
        return self.text()

    def heading(self) -> str:
        """The next heading; when all are dealt, two of them joined."""
        if self.heads:
            return self.heads.pop()
        link = {"en": " and ", "fr": " et ", "es": " y ", "ar": " و"}[self.language]
        return link.join(
            h if n == 0 else h[0].lower() + h[1:] for n, h in enumerate(self.rng.sample(HEADINGS[self.language], 2))
        )

    def noted(self, text: str) -> str:
        """The text with a footnote marker behind one of its sentences; the note goes into `notes`."""
        self.marker += 1
        name = str(self.marker)
        rng = self.rng
        self.notes[name] = rng.choice(NOTES[self.language]).format(
            number=rng.randint(2, 99),
            year=rng.randint(1990, 2021),
            small=rng.randint(1, 30),
            page=rng.randint(31, 200),
            name=rng.choice(HEADINGS[self.language]),
        )
        stops = [i for i in range(20, len(text)) if text[i - 1] in ".;" and text[i : i + 1] in {" ", ""}]
        at = rng.choice(stops) if stops else len(text)
        return f"{text[:at]}[^{name}]{text[at:]}"
