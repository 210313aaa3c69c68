// The passage's page: type-ahead for codes, evidence lit on demand, the page scrolled to the passage, news of others.
// Everything works without this file too: the code fields are then plain text fields.
"use strict";
(() => {
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const cache = new Map();
  const load = (address) => {
    if (!cache.has(address)) {
      cache.set(address, fetch(address).then((answer) => (answer.ok ? answer.json() : [])).then(
        (rows) => rows.map(([code, title]) => ({ code, title, words: fold(`${code} ${title}`) })), () => []));
    }
    return cache.get(address);
  };

  const find = (all, typed, chosen) => {
    const parts = fold(typed).split(/\s+/).filter(Boolean);
    const rank = (row) => (row.code === parts[0] ? 0 : row.code.startsWith(parts[0] || "") ? 1 : 2);
    return all.filter((row) => !chosen.includes(row.code) && parts.every((part) => row.words.includes(part)))
      .map((row, n) => [rank(row), n, row]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, 40).map((row) => row[2]);
  };

  // A combobox over a hidden text field that holds the codes: `10.7; 8.8`.
  const chipField = (field) => {
    const box = document.createElement("div");
    box.className = "chip-field";
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const id = field.id;
    const label = document.querySelector(`label[for="${id}"]`);
    Object.assign(input, { id: `${id}-new`, autocomplete: "off", spellcheck: false, placeholder: field.value ? "" : field.placeholder });
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", `${id}-list`);
    list.id = `${id}-list`;
    list.className = "proposals-list";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", label ? label.firstChild.textContent.trim() : id);
    if (label) { label.htmlFor = input.id; }
    field.type = "hidden";
    field.after(box);
    box.append(input, list);
    field.chipInput = input;
    let rows = [], at = -1, all = [];
    const codes = () => field.value.split(/[;,\s]+/).filter(Boolean);
    const set = (next) => {
      field.value = next.join("; ");
      field.dispatchEvent(new Event("change", { bubbles: true }));
      draw();
    };
    const draw = () => {
      box.querySelectorAll(".chip").forEach((chip) => chip.remove());
      for (const code of codes()) {
        const row = all.find((known) => known.code === code);
        const chip = document.createElement("span");
        chip.className = "chip code";
        chip.title = row ? row.title : code;
        chip.append(code);
        const remove = document.createElement("button");
        remove.type = "button";
        remove.textContent = "×";
        remove.setAttribute("aria-label", `${field.dataset.remove} ${code}`);
        remove.addEventListener("click", () => { set(codes().filter((other) => other !== code)); input.focus(); });
        chip.append(remove);
        input.before(chip);
      }
      input.placeholder = codes().length ? "" : field.placeholder;
    };
    const close = () => {
      list.classList.remove("open");
      list.replaceChildren();
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      rows = [];
      at = -1;
    };
    const mark = (n) => {
      at = n;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
      const item = list.children[at];
      if (item) { item.scrollIntoView({ block: "nearest" }); input.setAttribute("aria-activedescendant", item.id); }
    };
    const open = async () => {
      all = await load(field.dataset.codes);
      const typed = input.value.trim();
      if (!typed) { close(); draw(); return; }
      rows = find(all, typed, codes());
      list.replaceChildren(...rows.map((row, n) => {
        const item = document.createElement("li");
        item.id = `${id}-option-${n}`;
        item.setAttribute("role", "option");
        const code = document.createElement("b");
        code.textContent = row.code;
        const title = document.createElement("span");
        title.textContent = row.title;
        item.append(code, title);
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(row); });
        return item;
      }));
      if (!rows.length) {
        const none = document.createElement("li");
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.textContent = field.dataset.none;
        list.append(none);
      }
      list.classList.add("open");
      input.setAttribute("aria-expanded", "true");
      if (rows.length) { mark(0); }
    };
    const choose = (row) => { input.value = ""; close(); set([...codes(), row.code]); };
    input.addEventListener("input", open);
    input.addEventListener("focus", async () => { all = await load(field.dataset.codes); draw(); });
    input.addEventListener("blur", () => { input.value = ""; close(); });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && rows.length) { mark((at + 1) % rows.length); event.preventDefault(); }
      else if (event.key === "ArrowUp" && rows.length) { mark((at - 1 + rows.length) % rows.length); event.preventDefault(); }
      else if (event.key === "Enter") { event.preventDefault(); if (rows[at]) { choose(rows[at]); } }
      else if (event.key === "Escape" && list.classList.contains("open")) { close(); event.preventDefault(); }
      else if (event.key === "Backspace" && !input.value && codes().length) { set(codes().slice(0, -1)); event.preventDefault(); }
    });
    draw();
  };
  document.querySelectorAll("input[data-codes]").forEach(chipField);

  // Status of an action and types of support are asked for only beside their category.
  const decision = document.getElementById("decision");
  if (decision) {
    const dependents = [...decision.querySelectorAll("[data-needs]")];
    const needs = () => dependents.forEach((set) => {
      set.hidden = !decision.querySelector(`input[name="category"][value="${set.dataset.needs}"]`).checked;
    });
    const state = () => JSON.stringify([...new FormData(decision)].filter(([name]) => name !== "note"));
    const accept = decision.querySelector('[data-key="accept"]');
    const before = state();
    const changed = () => {
      needs();
      accept.firstElementChild.textContent = state() === before ? accept.dataset.accept : accept.dataset.change;
    };
    decision.addEventListener("change", changed);
    needs();
    // What was typed survives an expired session or a closed tab, until it is saved.
    const note = decision.querySelector("textarea");
    const place = `note:${decision.dataset.passage}:${decision.dataset.seen}`;
    try {
      const kept = sessionStorage.getItem(place);
      if (kept && !note.value) { note.value = kept; }
      note.addEventListener("input", () => sessionStorage.setItem(place, note.value));
      decision.addEventListener("submit", () => setTimeout(() => sessionStorage.removeItem(place), 4000));
    } catch (_) { /* storage is switched off */ }
    let sent = false;
    decision.addEventListener("submit", (event) => { if (sent) { event.preventDefault(); } sent = true; });
    addEventListener("pageshow", () => { sent = false; });
  }

  // Pointing at a proposal lights its words.
  const text = document.querySelector(".reading .text");
  const light = (tag) => {
    if (!text) { return; }
    const lit = tag === null ? [] : [...text.querySelectorAll("mark")].filter((m) => m.dataset.tags.split(" ").includes(tag));
    text.querySelectorAll("mark.lit").forEach((m) => m.classList.remove("lit"));
    lit.forEach((m) => m.classList.add("lit"));
    text.classList.toggle("dimmed", lit.length > 0);
  };
  document.querySelectorAll(".proposals [data-tag]").forEach((row) => {
    for (const event of ["mouseenter", "focus"]) { row.addEventListener(event, () => light(row.dataset.tag)); }
    for (const event of ["mouseleave", "blur"]) { row.addEventListener(event, () => light(null)); }
  });

  // The page opens at the passage.
  const sheets = document.querySelector(".sheets");
  const toPassage = () => {
    const own = sheets && sheets.querySelector("rect.own");
    if (!own) { return; }
    const where = own.getBoundingClientRect(), frame = sheets.getBoundingClientRect();
    sheets.scrollTop += where.top - frame.top - Math.max(40, (frame.height - where.height) / 3);
    sheets.scrollLeft += where.left - frame.left - Math.max(20, (frame.width - where.width) / 2);
  };
  if (sheets) {
    const top = document.querySelector(".top"), flashes = document.querySelector(".flashes");
    const fit = () => {
      const taken = top.offsetHeight + flashes.offsetHeight;
      document.querySelector(".split").style.setProperty("--top", `${taken}px`);
    };
    fit();
    addEventListener("resize", fit);
    toPassage();
    sheets.querySelectorAll("[data-zoom]").forEach((button) => button.addEventListener("click", () => {
      const large = sheets.classList.toggle("large");
      sheets.querySelectorAll("[data-zoom]").forEach((other) => other.setAttribute("aria-pressed", String(large)));
      if (large) { sheets.querySelectorAll("img").forEach((image) => { image.src = image.dataset.large; }); }
      toPassage();
    }));
  }

  // News of others who work on the same passage.
  const split = document.querySelector("[data-state]");
  const live = document.querySelector("[data-live]");
  if (split && live) {
    const ask = async () => {
      if (document.hidden) { return; }
      try {
        const answer = await fetch(split.dataset.state, { headers: { Accept: "application/json" } });
        if (!answer.ok) { return; }
        const news = await answer.json();
        const words = news.message || news.also || "";
        if (live.textContent !== words) { live.textContent = words; }
      } catch (_) { /* the server is away; the next question tells */ }
    };
    setInterval(ask, 5000);
    document.addEventListener("visibilitychange", ask);
  }

  // Splitting: the border moves word by word, both parts are shown as they would become.
  document.querySelectorAll("[data-shape]").forEach((shape) => {
    const words = JSON.parse(shape.dataset.words), whole = Array.from(shape.dataset.text); // offsets count characters, not UTF-16 units
    const field = shape.querySelector('input[name="offset"]');
    const draw = () => {
      const offset = Number(field.value);
      shape.querySelector("[data-first]").textContent = whole.slice(0, offset).join("").trim();
      shape.querySelector("[data-second]").textContent = whole.slice(offset).join("").trim();
      shape.querySelectorAll('input[name="cut"]').forEach((radio) => { radio.checked = Number(radio.value) === offset; });
    };
    shape.querySelectorAll('input[name="cut"]').forEach((radio) => radio.addEventListener("change", () => { field.value = radio.value; draw(); }));
    shape.querySelectorAll("[data-step]").forEach((button) => button.addEventListener("click", () => {
      const now = words.findIndex((word) => word >= Number(field.value));
      const next = words[Math.min(words.length - 1, Math.max(0, now + Number(button.dataset.step)))];
      if (next !== undefined) { field.value = next; draw(); }
    }));
    field.addEventListener("input", draw);
    draw();
  });
})();
