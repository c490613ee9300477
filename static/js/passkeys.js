// Says in words why a passkey did not work; asking for it is allauth's part.
import { toast } from "./toasts.js";

const words = document.querySelector("[data-passkey-words]")?.dataset ?? {};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const refused = event.detail.exception?.name === "NotAllowedError";
  toast(refused ? words.passkeyRefused : words.passkeyFailed, "error");
});

if (!window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkey]")) part.hidden = true;
}
