// The dots on the rail, from what the inbox shows; other pages ask for them once (app.js).
function light(name, on) {
  const dot = document.getElementById(`rail-mark-${name}`);
  if (dot) dot.hidden = !on;
}

function lightAll() {
  light("inbox", Number(document.getElementById("inbox-state").dataset.unread) > 0);
  light("numbers", Boolean(document.querySelector("#numbers :is(.state-word-failed, .state-word-scan_qr)")));
}

export function startMarks() {
  lightAll();
  document.addEventListener("inbox:patched", lightAll);
}
