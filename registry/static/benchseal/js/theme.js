// Follow the system, or the reader's own choice of light or dark. Loaded in the head, before the first paint.
(() => {
  "use strict";
  const key = "benchseal-theme";
  const order = ["system", "light", "dark"];
  const root = document.documentElement;

  const stored = () => {
    try {
      const value = localStorage.getItem(key);
      return order.includes(value) ? value : "system";
    } catch {
      return "system";
    }
  };

  const apply = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.setAttribute("aria-label", `Colours: ${theme}. Change`);
      button.title = `Colours: ${theme}`;
      for (const icon of button.querySelectorAll("[data-for]")) {
        icon.toggleAttribute("hidden", icon.dataset.for !== theme);
      }
    }
  };

  apply(stored());
  document.addEventListener("DOMContentLoaded", () => apply(stored()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const next = order[(order.indexOf(stored()) + 1) % order.length];
    try {
      localStorage.setItem(key, next);
    } catch {
      // A browser that keeps nothing still shows the choice until the page is left.
    }
    apply(next);
  });
})();
