// Short notices in the corner. Errors stay until closed; others leave by themselves.

const STAY_MS = 6000;

export function toast(text, level = "info") {
  const region = document.getElementById("toasts");
  const card = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  card.className = `toast-card toast-${level}`;
  card.querySelector("p").textContent = text;
  region.append(card);
  while (region.children.length > 4) region.firstElementChild.remove();
  dismissLater(card);
}

export function dismissLater(card) {
  if (card.classList.contains("toast-error")) return;
  const leave = () => (card.matches(":hover, :focus-within") ? setTimeout(leave, 1000) : card.remove());
  setTimeout(leave, STAY_MS);
}
