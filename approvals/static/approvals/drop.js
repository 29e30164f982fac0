// A file dropped on the field is the file of the field; its name is shown. Without this file, choosing works.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("[data-drop-form]")) {
    const drop = form.querySelector(".drop");
    const input = form.querySelector('input[type="file"]');
    const line = form.querySelector("[data-drop-name]");

    const show = () => {
      const file = input.files[0];
      if (file) line.textContent = `${file.name}, ${file.size.toLocaleString("en-GB")} bytes`;
    };
    input.addEventListener("change", show);

    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => {
        event.preventDefault();
        drop.classList.add("is-over");
      });
    }
    for (const kind of ["dragleave", "drop"]) {
      drop.addEventListener(kind, () => drop.classList.remove("is-over"));
    }
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length === 0) return;
      input.files = event.dataTransfer.files;
      show();
    });
  }
})();
