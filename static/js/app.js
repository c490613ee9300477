// What every page has: theme buttons, menus, toasts, and what htmx cannot know by itself.
import { closeMenus } from "./menus.js";
import { startSearch } from "./search.js";
import { dismissLater, toast } from "./toasts.js";

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-theme-toggle], [data-theme-set], [data-toast-close]");
  if (!target) return;
  if (target.matches("[data-theme-toggle]")) window.mercuryTheme.toggle();
  if (target.dataset.themeSet) {
    window.mercuryTheme.set(target.dataset.themeSet);
    closeMenus();
  }
  if (target.matches("[data-toast-close]")) target.closest("[data-toast]").remove();
});

startSearch();

for (const card of document.querySelectorAll("#toasts [data-toast]")) dismissLater(card);

// An answer that is not 2xx is not swapped in: say so instead of doing nothing.
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  const id = event.detail.xhr.getResponseHeader("X-Request-Id");
  const words = document.body.dataset;
  const text = status === 403 ? words.errorForbidden : status === 404 ? words.errorGone : words.errorServer;
  toast(id && status >= 500 ? `${text} (${id})` : text, "error");
});
document.addEventListener("htmx:sendError", () => toast(document.body.dataset.errorOffline, "error"));

// The inbox lights the rail's dots itself and keeps them true.
const marksUrl = document.querySelector("[data-marks-url]")?.dataset.marksUrl;
if (marksUrl && !document.getElementById("inbox")) window.htmx.ajax("GET", marksUrl, { swap: "none" });

// A row of tabs that is wider than the screen shows the one that is open.
const showTab = () => document.querySelector(".record-tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
showTab();
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "record-main") showTab();
});
