// Around the polling of htmx: no request while the page is not looked at, and the end is said aloud.
(() => {
  "use strict";
  const job = (event) => event.target instanceof Element && event.target.closest("[data-progress]");

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (job(event) && document.hidden) event.preventDefault();
  });

  document.addEventListener("htmx:load", (event) => {
    const shown = event.detail.elt;
    const line = document.getElementById("said");
    if (!line || !shown.matches?.("[data-progress]") || shown.dataset.progress === "running") return;
    line.textContent = shown.dataset.said;
  });
})();
