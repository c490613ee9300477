// What was begun and not sent, per chat and user, in this browser alone.
import { root, store } from "./page.js";

const key = (chat) => `draft-${root.dataset.user}-${chat}`;

export const draftOf = (chat) => store.get(key(chat)) ?? "";
export const keepDraft = (chat, text) => store.set(key(chat), text.trim() ? text.slice(0, 20_000) : "");
