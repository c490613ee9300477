// The panel beside the open chat: where the focus goes, closing it, jumping to a message from it.
import { jumpTo } from "./thread.js";

const panel = () => document.getElementById("chat-panel");
const isOpen = () => Boolean(panel()?.children.length);

export function closePanel() {
  if (!isOpen()) return false;
  panel().replaceChildren();
  document.querySelector("[data-open-panel]")?.focus();
  return true;
}

export function startPanel() {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "chat-panel" && !panel().contains(document.activeElement)) panel().focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (event.target.closest("[data-close-panel]") && closePanel()) event.preventDefault();
    // On a phone the panel lies over the thread.
    const jump = event.target.closest("#chat-panel [data-jump]");
    if (jump && document.getElementById(`message-${jump.dataset.jump}`) && matchMedia("(max-width: 759.98px)").matches) {
      closePanel();
      jumpTo(jump.dataset.jump);
    }
  });

  // The button that opens it closes it, too.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.matches?.("[data-open-panel]") && closePanel()) event.preventDefault();
  });
}
