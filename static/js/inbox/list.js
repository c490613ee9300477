// The list of chats: which one is open, drafts in the previews, the address after filtering.
import { draftOf } from "./drafts.js";
import { markOpenRow, patch } from "./patch.js";
import { openChat, root, store, threadPane } from "./page.js";

export function closeChat() {
  const template = document.getElementById("no-chat");
  threadPane().replaceChildren(template.content.cloneNode(true));
  const query = document.getElementById("chat-pane").dataset.query;
  history.pushState(null, "", root.dataset.listUrl + (query ? `?${query}` : ""));
  markOpenRow();
  document.dispatchEvent(new CustomEvent("inbox:closed"));
}

function showDraft(row) {
  const text = draftOf(row.dataset.chat);
  const preview = row.querySelector("[data-preview]");
  if (!text || row.dataset.chat === openChat() || preview.querySelector(".row-draft")) return;
  const word = document.createElement("span");
  word.className = "row-draft";
  word.textContent = root.dataset.wordDraft;
  const words = document.createElement("span");
  words.className = "row-text truncate";
  words.dir = "auto";
  words.textContent = text.replace(/\s+/g, " ").slice(0, 120);
  preview.replaceChildren(word, words);
}

const showDrafts = () => document.querySelectorAll(".chat-row").forEach(showDraft);

export function startList() {
  showDrafts();
  document.addEventListener("inbox:row", (event) => showDraft(event.detail.row));

  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-close-chat]");
    if (!close || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    closeChat();
  });

  // Marked at the click, not when the answer is there: the list must feel immediate.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches(".chat-link")) return;
    document.querySelector(".chat-link[aria-current]")?.removeAttribute("aria-current");
    event.target.setAttribute("aria-current", "true");
    root.classList.add("is-open");
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "chat-pane" || event.detail.target?.id === "chat-pane") {
      const query = document.getElementById("chat-pane").dataset.query;
      history.replaceState(history.state, "", location.pathname + (query ? `?${query}` : ""));
    }
    markOpenRow();
    showDrafts();
  });
  for (const kind of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(kind, markOpenRow);

  // The chat stays unread for this user: it is closed, or it would be read again at once.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.target.matches("[data-mark-unread]") || !event.detail.successful) return;
    closeChat();
    patch(event.detail.xhr.responseText);
  });

  askAboutNotices();
}

function askAboutNotices() {
  const bar = document.getElementById("notice-ask");
  if (!bar || !("Notification" in window)) return;
  bar.hidden = Notification.permission !== "default" || store.get("notices-asked") === "1";
  bar.addEventListener("click", (event) => {
    if (!event.target.closest("button")) return;
    store.set("notices-asked", "1");
    bar.hidden = true;
  });
}
