// Keys for the desk. Every one of them does what a link or a button on the page
// does; an act is pressed twice: the first press leads to its button.
(() => {
  "use strict";
  const typing = (e) => e instanceof HTMLElement && (e.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(e.tagName) && e.type !== "checkbox");
  const list = () => [...document.querySelectorAll("[data-list] a[href]")];
  const step = (by) => {
    const all = list();
    if (!all.length) return false;
    const at = all.indexOf(document.activeElement);
    const to = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
    to.focus();
    return true;
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing) return;
    if (e.key === "Escape" && typing(document.activeElement)) { document.activeElement.blur(); return; }
    if (typing(e.target)) return;
    const key = e.key;
    if (key === "?") { location.assign("/desk/help"); return; }
    if (key === "s") { location.assign("/desk/search"); return; }
    const target = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (target) {
      e.preventDefault();
      if (target.tagName === "SUMMARY") {
        target.parentElement.open = true;
        const first = [...target.parentElement.querySelectorAll("input, select, textarea, button")].find((f) => f.type !== "hidden");
        (first || target).focus();
      } else if (target.tagName === "A" || target.tagName === "BUTTON" && document.activeElement === target) target.click();
      else target.focus();
      return;
    }
    if ((key === "j" && step(1)) || (key === "k" && step(-1))) { e.preventDefault(); return; }
    if (key === "o") { const all = list(); const on = all.includes(document.activeElement) ? document.activeElement : all[0]; if (on) on.click(); }
  });
  // What is sent twice is done once, but nobody should wonder.
  for (const form of document.querySelectorAll("form.acts")) {
    form.addEventListener("submit", () => setTimeout(() => { for (const b of form.querySelectorAll("button")) b.disabled = true; }, 0));
  }
})();
