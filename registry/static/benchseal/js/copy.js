// Copy the whole value of a digest chip, and say so. Never copies what is shown, always data-copy.
(() => {
  "use strict";
  const say = (words) => {
    const line = document.getElementById("said");
    if (line) line.textContent = words;
  };

  document.addEventListener("click", async (event) => {
    const chip = event.target.closest("[data-copy]");
    if (!chip) return;
    try {
      await navigator.clipboard.writeText(chip.dataset.copy);
    } catch {
      say("Not copied. The browser did not allow it; the whole value is in the tooltip.");
      return;
    }
    chip.dataset.copied = "";
    say("Copied");
    setTimeout(() => delete chip.dataset.copied, 2000);
  });
})();
