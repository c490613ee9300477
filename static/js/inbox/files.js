// Files of the message being written: chosen, pasted or dropped; shown before they go.
import { root, thread } from "./page.js";
import { toast } from "../toasts.js";

const LARGEST = 100 * 1024 * 1024;
let chosen = [];

const input = () => document.getElementById("composer-input");
export const hasFiles = () => chosen.length > 0;

export function addFiles(list) {
  const fitting = [...list].filter((file) => file.size <= LARGEST);
  if (fitting.length < list.length) toast(root.dataset.wordTooLarge, "warning");
  setFiles([...chosen, ...fitting]);
}

export const clearFiles = () => setFiles([]);

function setFiles(files) {
  chosen = files;
  if (!input()) return;
  const holder = new DataTransfer();
  for (const file of files) holder.items.add(file);
  input().files = holder.files;
  const list = document.getElementById("composer-files");
  for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  list.replaceChildren(...files.map(card));
  list.hidden = !files.length;
}

function icon(name) {
  const use = document.querySelector(".icon use").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon icon-s");
  svg.setAttribute("aria-hidden", "true");
  const part = document.createElementNS("http://www.w3.org/2000/svg", "use");
  part.setAttribute("href", `${use}#${name}`);
  svg.append(part);
  return svg;
}

function card(file, index) {
  const item = document.createElement("li");
  item.className = "composer-file";
  if (file.type.startsWith("image/") && file.type !== "image/svg+xml") {
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = "";
    item.append(image);
  } else {
    const face = document.createElement("span");
    face.className = "file-icon";
    face.append(icon("file-text"));
    item.append(face);
  }
  const words = document.createElement("span");
  words.className = "file-words";
  const name = document.createElement("strong");
  name.className = "truncate";
  name.dir = "auto";
  name.textContent = file.name;
  const size = document.createElement("span");
  size.className = "file-note";
  size.textContent = readable(file.size);
  words.append(name, size);
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "icon-button";
  drop.setAttribute("aria-label", `${root.dataset.wordRemove} ${file.name}`);
  drop.append(icon("x"));
  drop.addEventListener("click", () => setFiles(chosen.filter((_, other) => other !== index)));
  item.append(words, drop);
  return item;
}

function readable(bytes) {
  const unit = bytes < 1024 * 1024 ? ["kilobyte", bytes / 1024] : ["megabyte", bytes / 1024 / 1024];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: unit[0], maximumFractionDigits: unit[1] < 10 ? 1 : 0 }).format(unit[1]);
}

export function startFiles() {
  document.addEventListener("change", (event) => {
    if (event.target !== input()) return;
    const added = [...input().files];
    addFiles(added);
    document.getElementById("composer-text").focus();
  });
  // Another chat: nothing chosen in the last one may go to this one.
  document.addEventListener("inbox:opened", () => (chosen = []));
  document.addEventListener("inbox:closed", () => (chosen = []));

  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files") && document.querySelector("form#composer");
  const veil = (shown) => thread()?.classList.toggle("is-dragging", shown);
  document.addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    veil(true);
  });
  document.addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    if (depth <= 0) veil(false);
  });
  document.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil(false);
    addFiles(event.dataTransfer.files);
    document.getElementById("composer-text").focus();
  });
}
