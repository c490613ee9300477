// The search box: Ctrl+K or Cmd+K anywhere, arrows walk what was found, Enter opens it.

const box = () => document.getElementById("search-box");
const field = () => document.getElementById("search-box-q");
const links = () => [...box().querySelectorAll("a[href]")];

function open() {
  const page = document.getElementById("search-q");
  if (page) {
    page.focus();
    page.select();
    return;
  }
  box().showModal();
  field().select();
  window.htmx.trigger(field(), "opened");
}

function walk(by) {
  const all = links();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = at + by;
  if (next < 0) field().focus();
  else all[Math.min(next, all.length - 1)].focus();
}

export function startSearch() {
  if (!box()) return;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.code === "KeyK") {
      event.preventDefault();
      if (box().open) box().close();
      else if (!document.querySelector("dialog[open]")) open();
    } else if (box().open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      walk(event.key === "ArrowDown" ? 1 : -1);
    }
  });
  // A click beside the box closes it; one on a link that stays on the page does too.
  box().addEventListener("click", (event) => {
    if (event.target === box() || event.target.closest("a[href]")) box().close();
  });
}
