// Open a dialog from its link or button. Without this file the link leads to a page with the same form.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const off = event.target.closest('[aria-disabled="true"]');
    if (off) {
      event.preventDefault();
      return;
    }
    const opener = event.target.closest("[data-dialog-open]");
    const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
    if (dialog) {
      event.preventDefault();
      dialog.showModal();
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });

  // A form that came back with errors opens again, so that they are read.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("dialog[data-dialog-reopen]")?.showModal();
  });
})();
