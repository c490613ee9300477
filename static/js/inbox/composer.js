// Writing a reply: Enter sends, text grows its box, quotes, drafts; one token for one message.
import { draftOf, keepDraft } from "./drafts.js";
import { startEmoji } from "./emoji.js";
import { addFiles, clearFiles, hasFiles, startFiles } from "./files.js";
import { newToken, openChat, thread } from "./page.js";
import { patch } from "./patch.js";

const form = () => document.querySelector("form#composer");
const textBox = () => document.getElementById("composer-text");
// On a touch keyboard Enter is the only way to a new line.
const enterSends = () => !window.matchMedia("(pointer: coarse)").matches;

function grow() {
  const box = textBox();
  if (!box) return;
  box.style.blockSize = "auto";
  box.style.blockSize = `${Math.min(box.scrollHeight + 2, 208)}px`;
}

function restore({ focus }) {
  const box = textBox();
  if (!box) return;
  if (!box.value) box.value = draftOf(openChat());
  grow();
  const quoted = form().elements.reply_to.value;
  if (quoted) quote(quoted);
  if (focus && enterSends()) {
    box.focus({ preventScroll: true });
    box.setSelectionRange(box.value.length, box.value.length);
  }
}

export function insertText(text) {
  const box = textBox();
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function quote(id) {
  const message = document.getElementById(`message-${id}`);
  if (!message || !form()) return;
  const text = message.querySelector(".bubble-text")?.cloneNode(true);
  text?.querySelector(".bubble-meta")?.remove();
  const fallback = message.querySelector(".photo img")?.alt ?? message.querySelector(".file-words strong, .place-words strong")?.textContent;
  const bar = document.getElementById("composer-quote");
  bar.querySelector("[data-quote-author]").textContent = message.dataset.from;
  bar.querySelector("[data-quote-text]").textContent = (text?.textContent.trim() || fallback || "…").slice(0, 200);
  bar.hidden = false;
  form().elements.reply_to.value = id;
  textBox().focus();
}

export function dropQuote() {
  const bar = document.getElementById("composer-quote");
  if (!bar || bar.hidden) return false;
  bar.hidden = true;
  form().elements.reply_to.value = "";
  return true;
}

// The box is empty as soon as the request is on its way, so that one can type on. The draft
// keeps the words until they are known to be stored.
function leave(node) {
  const sending = { text: node.elements.text.value, token: node.elements.client_token.value };
  node.elements.text.value = "";
  node.elements.client_token.value = newToken();
  node.classList.add("is-busy");
  grow();
  return sending;
}

function arrived(node) {
  document.getElementById("composer-errors")?.replaceChildren();
  if (node.isConnected) {
    clearFiles();
    dropQuote();
    node.querySelector(".later")?.removeAttribute("open");
    if (node.contains(document.activeElement)) node.elements.text.focus();
  }
  keepDraft(node.dataset.chat, node.elements.text.value);
}

function giveBack(node, { text }) {
  const box = node.elements.text;
  box.value = [text, box.value].filter(Boolean).join("\n");
  keepDraft(node.dataset.chat, box.value);
  grow();
}

export function startComposer() {
  let sending = null;
  let failed = null;
  startFiles();
  startEmoji(insertText);
  restore({ focus: Boolean(openChat()) });
  document.addEventListener("inbox:opened", () => restore({ focus: true }));
  document.addEventListener("inbox:composer", () => restore({ focus: false }));

  document.addEventListener("input", (event) => {
    if (event.target !== textBox()) return;
    grow();
    document.getElementById("composer-errors").replaceChildren();
    keepDraft(form().dataset.chat, event.target.value);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target !== textBox() || event.key !== "Enter" || event.isComposing) return;
    const modified = event.ctrlKey || event.metaKey;
    if (modified || (!event.shiftKey && !event.altKey && enterSends())) {
      event.preventDefault();
      form().requestSubmit();
    }
  });

  document.addEventListener("paste", (event) => {
    if (event.target !== textBox() || !event.clipboardData.files.length) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });

  document.addEventListener("click", (event) => {
    const reply = event.target.closest("[data-reply]");
    if (reply) quote(reply.dataset.reply);
    if (event.target.closest("[data-quote-drop]")) {
      dropQuote();
      textBox().focus();
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form()) return;
    if (!textBox().value.trim() && !hasFiles()) {
      event.preventDefault();
      textBox().focus();
      return;
    }
    sending = leave(form());
  });
  // Whether a request that broke off got through is not known. Sent again as it was, it keeps its
  // token and is one message; changed words are a new message with a token of their own.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.target !== form() || failed?.text !== textBox().value) return;
    event.detail.parameters.client_token = failed.token;
    form().elements.client_token.value = failed.token;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const bar = document.getElementById("composer-progress");
    if (event.target !== form() || !bar || !hasFiles() || !event.detail.lengthComputable) return;
    bar.hidden = false;
    bar.value = (100 * event.detail.loaded) / event.detail.total;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const node = event.target;
    if (node.id !== "composer" || !node.matches("form")) return;
    node.classList.remove("is-busy");
    node.querySelector("#composer-progress").hidden = true;
    const xhr = event.detail.xhr;
    const refused = xhr.getResponseHeader("HX-Retarget") || xhr.getResponseHeader("HX-Redirect");
    failed = event.detail.successful ? null : sending;
    if (!event.detail.successful || refused) return giveBack(node, sending);
    arrived(node);
    // The reader may have gone to another chat meanwhile.
    if (thread()?.dataset.chat === node.dataset.chat) patch(xhr.responseText);
  });
}
