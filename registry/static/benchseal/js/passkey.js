// Ask a passkey and send its answer with the form. A button names the act (data-passkey="get" or "create"),
// the options (data-options, the id of a JSON block) and the field that takes the answer (data-into).
(() => {
  "use strict";
  const toBytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  const listed = (keys) => (keys ?? []).map((key) => ({ ...key, id: toBytes(key.id) }));

  const asked = (options) => ({
    ...options,
    challenge: toBytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: toBytes(options.user.id) } }),
    ...(options.allowCredentials && { allowCredentials: listed(options.allowCredentials) }),
    ...(options.excludeCredentials && { excludeCredentials: listed(options.excludeCredentials) }),
  });

  const answer = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return {
      id: credential.id,
      rawId: toText(credential.rawId),
      type: credential.type,
      response,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  };

  const buttons = document.querySelectorAll("[data-passkey]");
  for (const button of buttons) button.hidden = !window.PublicKeyCredential;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button || !button.form.reportValidity()) return;
    const block = JSON.parse(document.getElementById(button.dataset.options).textContent);
    const { publicKey } = block.creation_options ?? block.request_options ?? block;
    const said = button.form.querySelector("[data-passkey-said]");
    try {
      const credential = await navigator.credentials[button.dataset.passkey]({ publicKey: asked(publicKey) });
      button.form.elements[button.dataset.into].value = JSON.stringify(answer(credential));
    } catch (error) {
      said.textContent =
        error.name === "InvalidStateError"
          ? "This device has a passkey for your account already."
          : "No passkey answered. Try again, or use another second factor.";
      return;
    }
    button.form.requestSubmit();
  });
})();
