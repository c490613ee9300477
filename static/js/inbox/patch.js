// Puts fragments of the server into the page without losing place, focus or selection.
import { openChat, root, thread } from "./page.js";

const big = (node) => BigInt(node.dataset.order || 0);
const alike = (one, other) => one.outerHTML === other.outerHTML;

// Patches the answer of inbox:live, chat-read, chat-unread, and of sending (bubbles alone).
export function patch(html, { live = false } = {}) {
  const doc = new DOMParser().parseFromString(html, "text/html");
  const added = [];
  for (const gone of doc.querySelectorAll("[data-gone]")) takeAway(gone.dataset.gone);
  patchState(doc);
  patchNumbers(doc);
  for (const row of doc.querySelectorAll("#live-rows > .chat-row")) patchRow(row);
  const holder = doc.getElementById("live-messages");
  if (!holder || holder.dataset.chat === openChat()) {
    if (holder) {
      patchThreadFrame(doc);
      if (holder.dataset.after) thread().dataset.after = holder.dataset.after;
    }
    added.push(...patchMessages(holder ?? doc.body));
  }
  showEmptyList();
  document.dispatchEvent(new CustomEvent("inbox:patched", { detail: { added, live } }));
}

const take = (node) => document.importNode(node, true);

// The open chat keeps its row, though it fits the filter no longer (just read, in "Unread"):
// it must not vanish from under the reader's eyes.
function takeAway(id) {
  const node = document.getElementById(id);
  if (!openChat() || id !== `chat-row-${openChat()}`) return node?.remove();
  node?.classList.remove("is-unread");
  node?.querySelector(".pill")?.remove();
}

function patchState(doc) {
  const fresh = doc.getElementById("inbox-state");
  if (!fresh) return;
  document.getElementById("inbox-state").dataset.unread = fresh.dataset.unread;
  document.dispatchEvent(new CustomEvent("inbox:unread"));
}

function patchNumbers(doc) {
  const fresh = doc.getElementById("numbers");
  if (!fresh) return;
  const nav = fresh.querySelector(".number-nav");
  for (const place of document.querySelectorAll("#numbers .number-nav, #number-menu .number-nav")) {
    if (alike(place, nav) || place.contains(document.activeElement)) continue;
    const copy = take(nav);
    place.replaceWith(copy);
    window.htmx.process(copy);
  }
}

function patchRow(row) {
  const list = document.getElementById("chat-list");
  if (!list) return;
  const old = document.getElementById(row.id);
  const fresh = take(row);
  const link = fresh.querySelector(".chat-link");
  if (fresh.dataset.chat === openChat()) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
  const focused = old?.contains(document.activeElement);
  const grew = Number(fresh.dataset.unread) > Number(old?.dataset.unread ?? 0);
  const rows = [...list.querySelectorAll(".chat-row")].filter((other) => other !== old);
  const before = rows.find((other) => big(other) < big(fresh));
  // Older than all that is loaded: it comes with the next page of the list.
  if (!before && document.getElementById("more-chats") && (!old || big(fresh) < big(old))) return old?.remove();
  if (before) before.before(fresh);
  else if (rows.length) rows.at(-1).after(fresh);
  else list.prepend(fresh);
  old?.remove();
  if (grew) fresh.classList.add("is-new");
  window.htmx.process(fresh);
  if (focused) fresh.querySelector(".chat-link").focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("inbox:row", { detail: { row: fresh } }));
}

function patchThreadFrame(doc) {
  for (const id of ["thread-head", "thread-banner"]) {
    const old = document.getElementById(id);
    const fresh = doc.getElementById(id);
    if (!old || !fresh || old.contains(document.activeElement)) continue;
    const copy = take(fresh);
    keepPeople(old, copy);
    if (alike(old, copy)) continue;
    old.replaceWith(copy);
    window.htmx.process(copy);
  }
  const old = document.getElementById("composer");
  const fresh = doc.getElementById("composer");
  // What is being written stays; the composer changes only when it opens or closes.
  if (!old || !fresh || old.dataset.closed === fresh.dataset.closed) return;
  const copy = take(fresh);
  old.replaceWith(copy);
  window.htmx.process(copy);
  document.dispatchEvent(new CustomEvent("inbox:composer"));
}

// Who wrote last in a group is told with a whole page of messages, not with each change.
function keepPeople(old, copy) {
  const people = old.querySelector(".thread-people");
  if (!people || copy.querySelector(".thread-people")) return;
  copy.querySelector(".thread-sub").prepend(people.cloneNode(true), people.nextElementSibling.cloneNode(true));
}

function patchMessages(source) {
  const holder = document.getElementById("messages");
  const added = [];
  if (!holder) return added;
  for (const node of source.querySelectorAll(".message, .message-note, .call-entry")) {
    const old = document.getElementById(node.id);
    const fresh = take(node);
    if (old) {
      if (isPlaying(old) || old.querySelector(".message-more[open]")) {
        old.querySelector(".bubble-meta")?.replaceWith(fresh.querySelector(".bubble-meta") ?? "");
        continue;
      }
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      startsRun(fresh, old.classList.contains("starts-run"));
      old.replaceWith(fresh);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    } else {
      const day = node.previousElementSibling;
      insertInOrder(holder, fresh);
      if (day?.matches(".day-line")) fresh.before(take(day));
      fresh.classList.add("is-new");
      added.push(fresh);
    }
    window.htmx.process(fresh);
  }
  if (added.length) document.getElementById("thread-start")?.remove();
  tidyDays(holder);
  tidyRuns(holder, added);
  return added;
}

const isPlaying = (message) => [...message.querySelectorAll("audio, video")].some((media) => !media.paused);

function insertInOrder(holder, fresh) {
  const others = [...holder.querySelectorAll("[data-order]")];
  // From the end: what is new nearly always belongs there.
  const after = others.reverse().find((other) => big(other) <= big(fresh));
  if (after) after.after(fresh);
  else if (others.length) others.at(-1).before(fresh);
  else holder.append(fresh);
}

// One line a day, before the first message of it; pages that were joined may bring two.
export function tidyDays(holder) {
  const seen = new Set();
  for (const node of [...holder.children]) {
    if (node.matches(".day-line") && (seen.has(node.dataset.day) || !nextMessageOf(node))) node.remove();
    if (node.dataset.day) seen.add(node.dataset.day);
  }
}

function nextMessageOf(line) {
  let next = line.nextElementSibling;
  while (next && !next.matches("[data-order]")) next = next.nextElementSibling;
  return next?.dataset.day === line.dataset.day ? next : null;
}

function tidyRuns(holder, added) {
  for (const message of added) {
    const previous = message.previousElementSibling;
    startsRun(message, !previous?.matches(".message") || previous.dataset.run !== message.dataset.run);
  }
}

// The first of a run carries the name; the server cannot know what stands above a lone bubble.
function startsRun(message, starts) {
  message.classList.toggle("starts-run", starts);
  if (!starts) for (const name of message.querySelectorAll(".message-face, .bubble-sender")) name.remove();
}

export function showEmptyList() {
  const none = document.getElementById("chat-none");
  if (none) none.hidden = Boolean(document.querySelector("#chat-list .chat-row"));
}

export function markOpenRow() {
  const open = openChat();
  for (const link of document.querySelectorAll("#chat-list .chat-link[aria-current]")) link.removeAttribute("aria-current");
  if (open) document.querySelector(`#chat-row-${CSS.escape(open)} .chat-link`)?.setAttribute("aria-current", "true");
  root.classList.toggle("is-open", Boolean(document.querySelector("#thread-pane .thread")));
}
