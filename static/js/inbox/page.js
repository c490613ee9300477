// What the parts of the inbox share: the root element, storage and requests.

export const root = document.getElementById("inbox");
export const thread = () => document.getElementById("thread");
export const openChat = () => thread()?.dataset.chat ?? "";
export const threadPane = () => document.getElementById("thread-pane");

// Storage may be switched off or full: the page must work without it.
export const store = {
  get(key) {
    try {
      return localStorage.getItem(`mercury-${key}`);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null || value === "") localStorage.removeItem(`mercury-${key}`);
      else localStorage.setItem(`mercury-${key}`, value);
    } catch {
      // Nothing to do: the setting lasts as long as the page.
    }
  },
};

async function ask(url, options) {
  const headers = { "HX-Request": "true", ...(options.headers ?? {}) };
  const response = await fetch(url, { ...options, headers, credentials: "same-origin" });
  const target = response.headers.get("HX-Redirect");
  if (target) location.assign(target);
  else if (response.redirected && new URL(response.url).pathname.startsWith("/accounts/")) location.reload();
  if (!response.ok || target) throw new Error(`${response.status}`);
  return response;
}

export const getText = async (url, signal) => (await ask(url, { signal })).text();
export const getJson = async (url, signal) =>
  (await ask(url, { signal, headers: { Accept: "application/json" } })).json();

export async function postText(url, fields) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  return (await ask(url, { method: "POST", body: new URLSearchParams(fields), headers })).text();
}

// crypto.randomUUID is missing on plain http addresses other than this machine.
export function newToken() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
