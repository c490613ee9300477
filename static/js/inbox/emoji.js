// A small emoji picker. Its list is fetched when it is first opened.
import { root, store } from "./page.js";

const TABS = ["🕘", "😀", "👋", "🐻", "🍎", "✈️", "⚽", "💡", "❤️", "🏁"];
const GROUPS = [null, [0], [1], [3], [4], [5], [6], [7], [8], [9]];
const RECENT = 24;

let all = null;
let tab = 1;

const panel = () => document.getElementById("emoji-panel");
const button = () => document.getElementById("emoji-button");
const recent = () => JSON.parse(store.get("emoji") ?? "[]");

export function closeEmoji() {
  if (!panel() || panel().hidden) return false;
  panel().hidden = true;
  button().setAttribute("aria-expanded", "false");
  return true;
}

async function openEmoji() {
  all ??= await (await fetch(root.dataset.emojiUrl)).json();
  if (!panel().childElementCount) build();
  panel().hidden = false;
  button().setAttribute("aria-expanded", "true");
  tab = recent().length ? 0 : 1;
  show();
  panel().querySelector("input").focus();
}

function build() {
  const search = document.createElement("input");
  search.type = "search";
  search.className = "input emoji-search";
  search.placeholder = panel().dataset.wordSearch;
  search.setAttribute("aria-label", panel().dataset.wordSearch);
  search.addEventListener("input", show);
  const tabs = document.createElement("div");
  tabs.className = "emoji-tabs";
  tabs.setAttribute("role", "tablist");
  TABS.forEach((face, index) => {
    const one = document.createElement("button");
    one.type = "button";
    one.setAttribute("role", "tab");
    one.textContent = face;
    one.addEventListener("click", () => {
      tab = index;
      search.value = "";
      show();
    });
    tabs.append(one);
  });
  const grid = document.createElement("div");
  grid.className = "emoji-grid";
  grid.addEventListener("keydown", walk);
  panel().append(search, tabs, grid);
}

function matching() {
  const words = panel().querySelector("input").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length) return all.filter(([, , tags]) => words.every((word) => tags.includes(word))).slice(0, 160);
  if (tab === 0) return recent().map((face) => all.find((one) => one[1] === face)).filter(Boolean);
  return all.filter(([group]) => GROUPS[tab].includes(group));
}

function show() {
  const grid = panel().querySelector(".emoji-grid");
  const found = matching();
  [...panel().querySelectorAll("[role=tab]")].forEach((one, index) => one.setAttribute("aria-selected", String(index === tab)));
  grid.replaceChildren(
    ...found.map(([, face, tags]) => {
      const one = document.createElement("button");
      one.type = "button";
      one.textContent = face;
      one.dataset.emoji = face;
      one.setAttribute("aria-label", tags.split("|")[0]);
      one.title = tags.split("|")[0];
      return one;
    }),
  );
  if (found.length) return;
  const none = document.createElement("p");
  none.className = "emoji-none";
  none.textContent = panel().dataset.wordNone;
  grid.append(none);
}

function walk(event) {
  const items = [...event.currentTarget.querySelectorAll("button")];
  const side = document.documentElement.dir === "rtl" ? -1 : 1;
  const step = { ArrowRight: side, ArrowLeft: -side, ArrowDown: 8, ArrowUp: -8 }[event.key];
  if (!step) return;
  event.preventDefault();
  items[items.indexOf(document.activeElement) + step]?.focus();
}

export function startEmoji(insert) {
  document.addEventListener("click", (event) => {
    const picked = event.target.closest?.("[data-emoji]");
    if (picked) {
      const face = picked.dataset.emoji;
      insert(face);
      store.set("emoji", JSON.stringify([face, ...recent().filter((other) => other !== face)].slice(0, RECENT)));
      return;
    }
    if (event.target.closest("#emoji-button")) {
      if (!closeEmoji()) openEmoji();
    } else if (!event.target.closest("#emoji-panel")) {
      closeEmoji();
    }
  });
}
