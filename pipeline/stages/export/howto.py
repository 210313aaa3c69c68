"""Words of the sheet How-to, in English, French and Spanish."""

# ruff: noqa: E501  the three languages of one line stand together

from __future__ import annotations

from typing import Final

HOW_TO: Final[tuple[tuple[str, str, str], ...]] = (
    ("# How to review in this workbook", "# Relire dans ce classeur", "# Cómo revisar en este libro"),
    (
        "1. Work on the sheet Passages. Each row is one passage of a report. The blue columns are yours to edit: "
        "category, action_status, support_types, sdg_targets, sdg_goals, gcm, mgi_domain, status and note.",
        "1. Travaillez dans la feuille Passages. Chaque ligne est un passage d’un rapport. Les colonnes bleues sont "
        "à modifier : category, action_status, support_types, sdg_targets, sdg_goals, gcm, mgi_domain, status et note.",
        "1. Trabaje en la hoja Passages. Cada fila es un pasaje de un informe. Las columnas azules son las que se "
        "editan: category, action_status, support_types, sdg_targets, sdg_goals, gcm, mgi_domain, status y note.",
    ),
    (
        "2. If the tags are right, set status to accepted. If not, correct the codes (status becomes changed by itself) "
        "or set status to rejected if none of them holds. proposed means: nobody has decided yet.",
        "2. Si les codes sont justes, mettez status à accepted. Sinon, corrigez les codes (status devient changed tout "
        "seul) ou mettez rejected si aucun ne convient. proposed veut dire : personne n’a encore décidé.",
        "2. Si los códigos son correctos, ponga status en accepted. Si no, corríjalos (status pasa a changed por sí "
        "solo) o ponga rejected si ninguno es válido. proposed significa: nadie ha decidido todavía.",
    ),
    (
        "3. Several codes in one cell are separated by a semicolon: gap;action or 10.7;8.8. The drop-down of a cell "
        "offers single codes and usual pairs; anything else may be typed. Titles stand on the sheets Targets and Codes.",
        "3. Plusieurs codes dans une cellule sont séparés par un point-virgule : gap;action ou 10.7;8.8. La liste "
        "déroulante propose les codes et les paires habituelles ; le reste peut être saisi. Les intitulés sont dans "
        "les feuilles Targets et Codes.",
        "3. Varios códigos en una celda se separan con punto y coma: gap;action o 10.7;8.8. La lista desplegable ofrece "
        "códigos y pares habituales; lo demás se puede escribir. Los títulos están en las hojas Targets y Codes.",
    ),
    (
        "4. Targets are text: 8.10 is not 8.1. If a cell turns into a date or a number, type an apostrophe first: '8.10",
        "4. Les cibles sont du texte : 8.10 n’est pas 8.1. Si une cellule devient une date ou un nombre, tapez d’abord "
        "une apostrophe : '8.10",
        "4. Las metas son texto: 8.10 no es 8.1. Si una celda se convierte en fecha o número, escriba antes un "
        "apóstrofo: '8.10",
    ),
    (
        "5. The number in the column page opens the document at that page (in a browser). page counts the pages of the "
        "file, page_label is the number printed on it.",
        "5. Le nombre de la colonne page ouvre le document à cette page (dans un navigateur). page compte les pages du "
        "fichier, page_label est le numéro imprimé.",
        "5. El número de la columna page abre el documento en esa página (en un navegador). page cuenta las páginas del "
        "archivo, page_label es el número impreso.",
    ),
    (
        "6. You may sort, filter, hide columns, delete rows (a deleted row changes nothing) and save with Excel, "
        "LibreOffice or Google Sheets. Do not change passage_id and keep the format .xlsx. Edits to the text and to the "
        "white columns are not taken back.",
        "6. Vous pouvez trier, filtrer, masquer des colonnes, supprimer des lignes (une ligne supprimée ne change rien) "
        "et enregistrer avec Excel, LibreOffice ou Google Sheets. Ne modifiez pas passage_id et gardez le format .xlsx. "
        "Les modifications du texte et des colonnes blanches ne sont pas reprises.",
        "6. Puede ordenar, filtrar, ocultar columnas, borrar filas (una fila borrada no cambia nada) y guardar con "
        "Excel, LibreOffice o Google Sheets. No cambie passage_id y conserve el formato .xlsx. Los cambios en el texto "
        "y en las columnas blancas no se recogen.",
    ),
    (
        "7. Bring it back: mgi review import dataset.xlsx --reviewer YOUR-NAME shows what would change and changes "
        "nothing; the same with --apply takes it over. If somebody else decided on the same passage in the meantime, "
        "both values are shown and nothing is overwritten.",
        "7. Reprise : mgi review import dataset.xlsx --reviewer VOTRE-NOM montre ce qui changerait sans rien changer ; "
        "avec --apply, c’est repris. Si quelqu’un d’autre a décidé du même passage entre-temps, les deux valeurs sont "
        "montrées et rien n’est écrasé.",
        "7. Para devolverlo: mgi review import dataset.xlsx --reviewer SU-NOMBRE muestra lo que cambiaría sin cambiar "
        "nada; con --apply se incorpora. Si otra persona decidió sobre el mismo pasaje entretanto, se muestran los dos "
        "valores y nada se sobrescribe.",
    ),
    ("# What the categories mean", "# Sens des catégories", "# Qué significan las categorías"),
    (
        "good_practice: something that exists and works, or a result achieved.",
        "good_practice : ce qui existe et fonctionne, ou un résultat atteint.",
        "good_practice: algo que existe y funciona, o un resultado logrado.",
    ),
    (
        "gap: something missing, insufficient or getting worse.",
        "gap : ce qui manque, ne suffit pas ou se dégrade.",
        "gap: algo que falta, no basta o empeora.",
    ),
    (
        "action: a concrete measure; action_status says taken (done or under way) or planned.",
        "action : une mesure concrète ; action_status dit taken (prise ou en cours) ou planned (prévue).",
        "action: una medida concreta; action_status dice taken (tomada o en curso) o planned (prevista).",
    ),
    (
        "support: outside help that is needed, asked for or given; support_types says finance, capacity_building, "
        "technology, partnerships.",
        "support : une aide extérieure nécessaire, demandée ou reçue ; support_types dit finance, capacity_building, "
        "technology, partnerships.",
        "support: ayuda externa necesaria, pedida o recibida; support_types dice finance, capacity_building, "
        "technology, partnerships.",
    ),
)
"""Lines of the sheet; a line that begins with `# ` is a heading."""
