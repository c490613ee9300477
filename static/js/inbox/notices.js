// Unread chats in the title and on the tab's icon, a sound, desktop notices; each can be off.
import { openChat, root, store, thread } from "./page.js";
import { toast } from "../toasts.js";

const QUIET_MS = 2500;
const FRESH_MS = 4000;
let lastSound = 0;
let audio = null;

const isOn = {
  sound: () => store.get("sound") !== "off",
  notices: () => store.get("notices") === "on" && "Notification" in window && Notification.permission === "granted",
};

function showTitle() {
  const count = Number(document.getElementById("inbox-state").dataset.unread);
  const shown = count > 99 ? "99+" : String(count);
  const name = thread()?.dataset.title || root.dataset.wordInbox;
  document.title = `${count ? `(${shown}) ` : ""}${name} · Mercury CRM`;
  const chip = document.getElementById("unread-count");
  if (chip) chip.textContent = count ? shown : "";
  const favicon = document.getElementById("favicon");
  const wanted = count ? favicon.dataset.unread : favicon.dataset.plain;
  if (favicon.getAttribute("href") !== wanted) favicon.setAttribute("href", wanted);
}

function showSwitches() {
  for (const item of document.querySelectorAll("[data-switch]")) item.setAttribute("aria-pressed", String(isOn[item.dataset.switch]()));
}

async function flip(name) {
  if (name === "sound") store.set("sound", isOn.sound() ? "off" : "on");
  else if (isOn.notices()) store.set("notices", "off");
  else await allowNotices();
  showSwitches();
}

async function allowNotices() {
  if (!("Notification" in window)) return;
  store.set("notices-asked", "1");
  const answer = await Notification.requestPermission();
  store.set("notices", answer === "granted" ? "on" : "off");
  if (answer === "denied") toast(root.dataset.wordDenied, "warning");
}

// Only the tab that leads speaks, or every open tab would.
export function announce(events, isLeader) {
  const calls = events.filter((event) => event.kind === "message.new" && event.in);
  const unseen = calls.filter((event) => document.hidden || String(event.chat) !== openChat());
  // The first answers tell the last seconds again, which this page shows already.
  if (!isLeader || !unseen.length || performance.now() < FRESH_MS) return;
  if (isOn.sound() && Date.now() - lastSound > QUIET_MS) {
    lastSound = Date.now();
    audio ??= new Audio(root.dataset.soundUrl);
    audio.play().catch(() => {}); // browsers keep silent until the page was clicked once
  }
  if (!isOn.notices() || !document.hidden) return;
  // A moment later: the row then has the name and the words of the message.
  setTimeout(() => new Set(unseen.map((event) => event.chat)).forEach(notify), 900);
}

function notify(chat) {
  const row = document.getElementById(`chat-row-${chat}`);
  const title = row?.querySelector(".row-name")?.textContent ?? root.dataset.wordNew;
  const body = row?.querySelector("[data-preview]")?.textContent.trim() ?? "";
  const notice = new Notification(title, { body, tag: `chat-${chat}`, icon: root.dataset.iconUrl });
  notice.addEventListener("click", () => {
    window.focus();
    row?.querySelector(".chat-link").click();
    notice.close();
  });
}

export function startNotices() {
  showTitle();
  showSwitches();
  for (const kind of ["inbox:unread", "inbox:opened", "inbox:closed"]) document.addEventListener(kind, showTitle);
  document.addEventListener("htmx:afterSwap", showSwitches);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-switch]");
    if (item) flip(item.dataset.switch);
    if (event.target.closest("[data-notices-yes]")) allowNotices().then(showSwitches);
  });
}
