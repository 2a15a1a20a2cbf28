// Light or dark: as the system, until the switch says otherwise. A classic
// script in the head, so that no page flashes in the other one first.

(() => {
  const KEY = "keras-colorize-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  function set(theme) {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // Private windows keep nothing; this page still changes.
    }
  }

  function draw(button) {
    button.setAttribute("aria-pressed", String(isDark()));
  }

  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch {
    // As the system.
  }
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("dark");
    draw(button);
    button.addEventListener("click", () => {
      const wanted = isDark() ? "light" : "dark";
      set(wanted === (system.matches ? "dark" : "light") ? null : wanted);
      draw(button);
    });
    system.addEventListener("change", () => draw(button));
  });
})();
