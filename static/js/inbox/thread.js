// The open chat: where it opens, older messages, what counts as read, the way back to the end.
import { markOpenRow, patch, tidyDays } from "./patch.js";
import { openChat, postText, thread } from "./page.js";

const NEAR_END = 120;

const box = () => document.getElementById("thread-scroll");
const atEnd = (node = box()) => Boolean(node) && node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_END;

let stickToEnd = true;
let unseen = 0;
let readTimer = 0;
let sizes = null;
let dayTimer = 0;

export function scrollToEnd() {
  const node = box();
  if (node) node.scrollTop = node.scrollHeight;
  stickToEnd = true;
  countUnseen(0);
}

function openThread() {
  const node = box();
  sizes?.disconnect();
  if (!node) return;
  unseen = 0;
  const line = document.getElementById("unread-line");
  // A page that begins at a day opens there (not a class: htmx sets those later); else at what is unread, else at the end.
  const atStart = thread().dataset.start;
  const found = /^#(message|call)-/.test(location.hash) && (atStart || location.hash.startsWith("#call-")) && document.getElementById(location.hash.slice(1));
  if (found) node.scrollTop = found.offsetTop - node.clientHeight * 0.3;
  else node.scrollTop = line ? line.offsetTop - node.clientHeight * 0.25 : atStart ? 0 : node.scrollHeight;
  stickToEnd = atEnd(node);
  // Pictures and the composer change heights later: at the end, stay at the end.
  sizes = new ResizeObserver(() => {
    const composer = document.getElementById("composer");
    if (composer) thread().style.setProperty("--composer-size", `${composer.offsetHeight}px`);
    if (stickToEnd) node.scrollTop = node.scrollHeight;
  });
  sizes.observe(document.getElementById("messages"));
  sizes.observe(document.getElementById("composer"));
  sizes.observe(node);
  node.addEventListener("scroll", onScroll, { passive: true });
  onScroll();
  markRead();
}

function onScroll() {
  const node = box();
  if (!node) return;
  stickToEnd = atEnd(node);
  const button = document.getElementById("to-end");
  if (button) button.hidden = stickToEnd;
  if (stickToEnd) {
    countUnseen(0);
    markRead();
  }
  floatDay(node);
}

function countUnseen(number) {
  unseen = number;
  const pill = document.getElementById("to-end-count");
  if (!pill) return;
  pill.hidden = !number;
  pill.textContent = number > 99 ? "99+" : String(number);
}

function floatDay(node) {
  const float = document.getElementById("day-float");
  const top = node.getBoundingClientRect().top + 24;
  const line = [...node.querySelectorAll(".day-line")].filter((one) => one.getBoundingClientRect().top < top).at(-1);
  clearTimeout(dayTimer);
  float.hidden = !line || stickToEnd || line.getBoundingClientRect().bottom > top - 24;
  if (float.hidden) return;
  float.textContent = line.textContent;
  dayTimer = setTimeout(() => (float.hidden = true), 1400);
}

// Read means: open in a tab that is looked at. Opening alone, in a hidden tab, is not reading.
function markRead() {
  const node = thread();
  if (!node || !Number(node.dataset.unread) || document.hidden || !node.dataset.end) return;
  clearTimeout(readTimer);
  readTimer = setTimeout(async () => {
    if (document.hidden || thread() !== node) return;
    const last = [...node.querySelectorAll(".message[data-message]")].at(-1);
    node.dataset.unread = "0";
    try {
      patch(await postText(node.dataset.readUrl, { up_to: last?.dataset.message ?? "" }));
    } catch {
      node.dataset.unread = "1";
    }
  }, 350);
}

function onPatched({ detail: { added, live } }) {
  const incoming = added.filter((message) => message.matches(".is-in"));
  if (incoming.length) thread().dataset.unread = String(Number(thread().dataset.unread) + incoming.length);
  if (!added.length) return;
  if (!live || stickToEnd) {
    scrollToEnd();
    if (incoming.length) markRead();
  } else {
    countUnseen(unseen + incoming.length);
  }
}

export function jumpTo(id) {
  const message = document.getElementById(`message-${id}`);
  if (!message) return false;
  stickToEnd = false;
  message.scrollIntoView({ block: "center" });
  message.classList.remove("is-marked");
  requestAnimationFrame(() => message.classList.add("is-marked"));
  return true;
}

// The last page on the way to the newest is joined to the page: live messages follow it.
function catchUp() {
  tidyDays(document.getElementById("messages"));
  const mark = document.getElementById("caught-up");
  if (!mark) return;
  thread().dataset.after = mark.dataset.after;
  thread().dataset.end = "1";
  document.getElementById("to-newest")?.remove();
  mark.remove();
}

// The menu of a bubble grows as it opens: the last bubble's would lie under the composer.
function showMenu(node) {
  node?.closest?.(".message-more[open]")?.querySelector(".menu-list").scrollIntoView({ block: "nearest" });
}

export function startThread() {
  let fromEnd = 0;
  openThread();
  document.addEventListener("inbox:patched", onPatched);
  document.addEventListener("inbox:composer", () => sizes?.observe(document.getElementById("composer")));
  document.addEventListener("visibilitychange", () => stickToEnd && markRead());
  document.addEventListener("toggle", (event) => showMenu(event.target), true);

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target.id === "older") fromEnd = box().scrollHeight - box().scrollTop;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    showMenu(event.detail.target);
    if (event.detail.target?.id === "thread-pane") {
      openThread();
      document.dispatchEvent(new CustomEvent("inbox:opened"));
    } else if (event.detail.target?.id === "older") {
      tidyDays(document.getElementById("messages"));
      box().scrollTop = box().scrollHeight - fromEnd;
    } else if (event.detail.target?.id === "newer") {
      catchUp();
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches?.("[data-message-act]") || !event.detail.successful) return;
    // A refusal stands in the open menu; a success closes it.
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) event.target.closest(".message-more")?.removeAttribute("open");
    patch(event.detail.xhr.responseText);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("#to-end")) return scrollToEnd();
    const jump = event.target.closest("[data-jump]");
    if (jump && jumpTo(jump.dataset.jump)) event.preventDefault();
    // Without a mouse there is no hover: a tap shows what can be done with a message.
    const message = event.target.closest(".message");
    for (const picked of document.querySelectorAll(".message.is-picked")) if (picked !== message) picked.classList.remove("is-picked");
    if (message && !event.target.closest("a, button, summary, audio, video, .message-more")) message.classList.toggle("is-picked");
  });
  if (openChat()) markOpenRow();
}
