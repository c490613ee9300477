// Shortcuts: Alt keys always, single keys only when nothing is being typed and not switched off.
import { dropQuote } from "./composer.js";
import { closeEmoji } from "./emoji.js";
import { closeChat } from "./list.js";
import { closePanel } from "./panel.js";
import { openChat, store } from "./page.js";

const singleKeys = () => store.get("single-keys") !== "off";
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const shortcuts = () => document.getElementById("shortcuts");

function step(by) {
  const links = [...document.querySelectorAll("#chat-list .chat-link")];
  const at = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[at < 0 ? 0 : at + by];
  next?.click();
  next?.scrollIntoView({ block: "nearest" });
}

function nextTab() {
  const tabs = [...document.querySelectorAll("[data-tab]")];
  const at = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
  tabs[(at + 1) % tabs.length]?.click();
}

function escape() {
  if (document.querySelector("dialog[open]")) return false;
  if (closeEmoji()) {
    document.getElementById("composer-text")?.focus();
    return true;
  }
  if (dropQuote() || closePanel()) return true;
  if (document.activeElement?.id === "chat-q") {
    document.activeElement.blur();
    return true;
  }
  if (!openChat()) return false;
  const chat = openChat();
  closeChat();
  document.querySelector(`#chat-row-${CSS.escape(chat)} .chat-link`)?.focus();
  return true;
}

const SINGLE = {
  "/": () => document.getElementById("chat-q")?.focus(),
  "?": () => shortcuts().showModal(),
  r: () => document.getElementById("composer-text")?.focus(),
  u: () => document.querySelector("[data-mark-unread] button")?.click(),
};

export function startKeyboard() {
  const box = shortcuts().querySelector("[data-single-keys]");
  box.checked = singleKeys();
  box.addEventListener("change", () => store.set("single-keys", box.checked ? "on" : "off"));
  document.addEventListener("click", (event) => event.target.closest("[data-open-shortcuts]") && shortcuts().showModal());

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const plain = !event.ctrlKey && !event.metaKey;
    let done = false;
    if (event.key === "Escape") done = escape();
    // By the place of the key: with Alt, many layouts type another letter.
    else if (plain && event.altKey && ["KeyJ", "KeyK", "KeyN"].includes(event.code)) {
      done = true;
      if (event.code === "KeyN") nextTab();
      else step(event.code === "KeyJ" ? -1 : 1);
    } else if (plain && !event.altKey && singleKeys() && !typing(event.target) && !document.querySelector("dialog[open]")) {
      const act = SINGLE[event.key];
      if (act) {
        done = true;
        act();
      }
    }
    if (done) event.preventDefault();
  });
}
