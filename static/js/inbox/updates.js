// Turns events into one request for what they touch, and patches the answer in.
import { getText, openChat, root, thread } from "./page.js";
import { announce } from "./notices.js";
import { patch } from "./patch.js";

const GATHER_MS = 120;

// What one may see has changed. The poll tells the last seconds again: once is enough.
function reloadOnce(id) {
  if (sessionStorage.getItem("mercury-access") === id) return;
  sessionStorage.setItem("mercury-access", id);
  location.reload();
}

export function followUpdates() {
  let chats = new Set();
  let messages = new Set();
  let arrived = new Set();
  let calls = new Set();
  let numbers = false;
  let timer = 0;
  let busy = false;

  const shown = (id) => document.getElementById(`message-${id}`);

  function liveUrl() {
    const query = new URLSearchParams(document.getElementById("chat-pane")?.dataset.query ?? "");
    if (chats.size) query.set("chats", [...chats].join(","));
    const open = openChat();
    if (open && thread().dataset.end) {
      query.set("open", open);
      query.set("after", thread().dataset.after);
    }
    // By id too: one that WhatsApp dates before the newest shown does not come after it.
    const wanted = [...messages].filter(shown).concat(thread()?.dataset.end ? [...arrived] : []);
    if (open && wanted.length) query.set("messages", wanted.join(","));
    const rang = [...calls].filter((id) => thread()?.dataset.end || document.getElementById(`call-${id}`));
    if (open && rang.length) query.set("calls", rang.join(","));
    return `${root.dataset.liveUrl}?${query}`;
  }

  async function refresh() {
    timer = 0;
    if (busy) return schedule();
    const url = liveUrl();
    const asked = { chats, messages, arrived, calls, numbers };
    [chats, messages, arrived, calls, numbers, busy] = [new Set(), new Set(), new Set(), new Set(), false, true];
    try {
      patch(await getText(url), { live: true });
    } catch {
      // Kept for the next try: an update must not be dropped because one request was.
      for (const chat of asked.chats) chats.add(chat);
      for (const message of asked.messages) messages.add(message);
      for (const message of asked.arrived) arrived.add(message);
      for (const call of asked.calls) calls.add(call);
      numbers ||= asked.numbers;
      timer = setTimeout(refresh, 3000);
    } finally {
      busy = false;
    }
  }

  function schedule() {
    if (!timer) timer = setTimeout(refresh, GATHER_MS);
  }

  return {
    onEvents(events, isLeader) {
      for (const event of events) {
        if (event.kind === "access.changed") return reloadOnce(event.id);
        if (event.chat) chats.add(String(event.chat));
        if (event.message && event.kind !== "message.new") messages.add(String(event.message));
        else if (event.message && String(event.chat) === openChat()) arrived.add(String(event.message));
        if (event.call && String(event.chat) === openChat()) calls.add(String(event.call));
        numbers ||= event.kind === "number.changed";
      }
      schedule();
      announce(events, isLeader);
    },
    // Something was missed for good (a long sleep, a server restart): ask for all that is shown.
    onReset() {
      // The form, not the pane's query: it holds a search that is being typed.
      const query = new URLSearchParams(new FormData(document.querySelector(".chat-search")));
      window.htmx.ajax("GET", `${root.dataset.listUrl}?${query}`, { target: "#chat-pane", swap: "outerHTML" });
      for (const message of [...document.querySelectorAll("[data-message]")].slice(-100)) messages.add(message.dataset.message);
      for (const call of [...document.querySelectorAll("[data-call]")].slice(-100)) calls.add(call.dataset.call);
      schedule();
    },
  };
}
