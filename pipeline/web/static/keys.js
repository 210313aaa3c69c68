// Single-key shortcuts. They never fire while a person types, with a modifier, or when switched off in the settings.
"use strict";
(() => {
  const on = () => document.documentElement.dataset.keys !== "off";
  const typing = (at) => at instanceof HTMLElement &&
    (at.matches("textarea, select, input:not([type=checkbox]):not([type=radio])") || at.isContentEditable);
  const byName = (name) => document.querySelector(`[data-key="${name}"]`);
  const press = (name) => { const at = byName(name); if (at) { at.click(); return true; } return false; };
  const focus = (name) => { const at = byName(name); if (!at) { return false; } (at.chipInput || at).focus(); return true; };
  const tick = (scheme, n) => {
    const boxes = document.querySelectorAll(`#decision input[name="${scheme}"]`);
    if (!boxes[n]) { return false; }
    boxes[n].click();
    return true;
  };
  const help = () => {
    const dialog = document.getElementById("keys");
    if (!dialog) { return press("help"); }
    if (dialog.open) { dialog.close(); } else { dialog.showModal(); }
    return true;
  };
  const actions = {
    a: () => press("accept"), r: () => press("reject"), s: () => press("skip") || press("start"), u: () => press("undo"),
    j: () => press("after"), k: () => press("before"), l: () => press("list"), e: () => press("shape"),
    z: () => press("zoom"), t: () => focus("targets"), g: () => focus("gcm"), d: () => focus("domain"),
    n: () => focus("note"), "/": () => focus("search") || press("list"), "?": help,
    1: () => tick("category", 0), 2: () => tick("category", 1), 3: () => tick("category", 2), 4: () => tick("category", 3),
    5: () => tick("action_status", 0), 6: () => tick("action_status", 1),
    7: () => tick("support_type", 0), 8: () => tick("support_type", 1), 9: () => tick("support_type", 2), 0: () => tick("support_type", 3),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (!on() || typing(event.target) || event.repeat) { return; }
    if (document.querySelector("dialog[open]") && event.key !== "?") { return; }
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : null;
    if (action && action()) { event.preventDefault(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#decision")) { press("accept"); }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[data-key="help"]');
    if (link && document.getElementById("keys")) { event.preventDefault(); help(); }
  });
})();
