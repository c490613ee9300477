// Files on their way to a record: several at once, each with its progress; dropped, chosen or photographed.
const AT_ONCE = 2;

let waiting = [];
let running = 0;
let done = 0;

const panel = () => document.querySelector("[data-files]");
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-drop] input[type=file]")) return;
  add(event.target.files);
  event.target.value = "";
});

document.addEventListener("dragover", (event) => {
  if (!panel()?.querySelector("[data-drop]") || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  panel().querySelector("[data-drop]").classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) panel()?.querySelector("[data-drop]")?.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  const drop = panel()?.querySelector("[data-drop]");
  if (!drop || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  drop.classList.remove("is-over");
  add(event.dataTransfer.files);
});

function add(files) {
  const list = panel().querySelector("[data-uploads]");
  list.hidden = false;
  for (const file of files) {
    const row = card(file);
    list.append(row.item);
    if (file.size > Number(panel().dataset.most)) fail(row, panel().dataset.wordLarge);
    else waiting.push({ file, row });
  }
  next();
}

function card(file) {
  const item = document.createElement("li");
  item.className = "upload";
  const name = document.createElement("strong");
  name.className = "truncate";
  name.dir = "auto";
  name.textContent = file.name;
  const state = document.createElement("span");
  state.className = "muted num";
  state.textContent = panel().dataset.wordWaiting;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.setAttribute("aria-label", `${panel().dataset.wordCancel}: ${file.name}`);
  close.textContent = "×";
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  item.append(name, state, close, bar);
  const row = { item, state, bar, close, xhr: null };
  close.addEventListener("click", () => {
    waiting = waiting.filter((each) => each.row !== row);
    row.xhr?.abort();
    item.remove();
  });
  return row;
}

function next() {
  while (running < AT_ONCE && waiting.length) send(waiting.shift());
  if (!running && !waiting.length && done) refresh();
}

function send({ file, row }) {
  const body = new FormData();
  const type = document.getElementById("files-type")?.value;
  if (type) body.append("type", type);
  body.append("file", file, file.name || "photo.jpg");
  const xhr = new XMLHttpRequest();
  row.xhr = xhr;
  running += 1;
  xhr.open("POST", panel().dataset.url);
  xhr.setRequestHeader("X-CSRFToken", token());
  xhr.setRequestHeader("Accept", "application/json");
  xhr.upload.addEventListener("progress", (event) => {
    const percent = event.lengthComputable ? Math.floor((event.loaded / event.total) * 100) : 0;
    row.bar.value = percent;
    row.state.textContent = percent < 100 ? `${percent} %` : panel().dataset.wordChecking;
  });
  xhr.addEventListener("load", () => {
    if (xhr.status === 201) {
      done += 1;
      row.item.remove();
    } else fail(row, sentence(xhr));
  });
  xhr.addEventListener("error", () => fail(row, panel().dataset.wordFailed));
  xhr.addEventListener("loadend", () => {
    running -= 1;
    next();
  });
  xhr.send(body);
}

function sentence(xhr) {
  try {
    return JSON.parse(xhr.responseText).error || panel().dataset.wordFailed;
  } catch {
    return xhr.status === 403 ? document.body.dataset.errorForbidden : panel().dataset.wordFailed;
  }
}

function fail(row, words) {
  row.item.classList.add("is-bad");
  row.state.textContent = "";
  const error = document.createElement("span");
  error.className = "upload-error";
  error.setAttribute("role", "alert");
  error.textContent = words;
  row.item.append(error);
}

// The files again, with what was refused kept on the page.
function refresh() {
  done = 0;
  const refused = [...panel().querySelectorAll(".upload.is-bad")];
  const back = (event) => {
    if (event.detail.target.id !== "files" && event.detail.elt?.id !== "files") return;
    document.removeEventListener("htmx:afterSettle", back);
    const list = panel()?.querySelector("[data-uploads]");
    if (!list || !refused.length) return;
    list.hidden = false;
    list.append(...refused);
  };
  document.addEventListener("htmx:afterSettle", back);
  window.htmx.ajax("GET", panel().dataset.url, { target: "#files", swap: "outerHTML" });
}
