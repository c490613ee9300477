// Brings updates: one stream for all tabs of this browser, quiet polling when there is none.
//
// The tab that holds the lock listens and tells the others over a BroadcastChannel. Each tab
// keeps its own position, so that a tab that slept asks once for what it missed.
import { getJson, root } from "./page.js";

const SILENCE_MS = 35_000; // the server says "ping" every 15 s
const STREAM_AGAIN_MS = 60_000;
const POLL_VISIBLE_MS = 1500;
const POLL_HIDDEN_MS = 10_000;
const BAR_AFTER_MS = 3000;

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Live {
  constructor({ onEvents, onReset }) {
    this.onEvents = onEvents;
    this.onReset = onReset;
    this.tokenUrl = root.dataset.tokenUrl;
    this.pollUrl = root.dataset.pollUrl;
    this.cursor = document.getElementById("inbox-state").dataset.cursor;
    this.seen = new Set();
    this.isLeader = false;
    this.barTimer = 0;
    const name = `mercury-live-${root.dataset.user}`;
    this.channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;
    this.lockName = name;
  }

  start() {
    if (!this.pollUrl) return;
    this.channel?.addEventListener("message", ({ data }) => this.hear(data));
    document.addEventListener("visibilitychange", () => document.hidden || this.catchUp());
    window.addEventListener("online", () => this.catchUp());
    if (navigator.locks && this.channel) {
      this.catchUp();
      navigator.locks.request(this.lockName, () => this.lead());
    } else {
      this.lead();
    }
  }

  async lead() {
    this.isLeader = true;
    let failures = 0;
    for (;;) {
      const began = Date.now();
      const outcome = await this.stream().catch(() => "broken");
      // Ended by the server in good order, as its tokens end: go on at once with a new one.
      failures = outcome === "ended" && Date.now() - began > 5000 ? 0 : failures + 1;
      if (outcome === "none" || outcome === "refused" || failures >= 2) {
        await this.pollFor(outcome === "none" ? Infinity : STREAM_AGAIN_MS);
        failures = 0;
      } else if (failures) {
        this.say(false);
        await wait(1000 * failures);
      }
    }
  }

  // Listens until the stream ends; says why: none, ended, silent, refused or broken.
  async stream() {
    if (!this.tokenUrl) return "none";
    const { token, url, cursor } = await getJson(this.tokenUrl);
    if (!url) return "none";
    if (!this.cursor) this.cursor = cursor;
    const query = new URLSearchParams({ token, after: this.cursor });
    const stop = new AbortController();
    let timer = 0;
    // Read by hand: EventSource hides the comments that keep a quiet stream alive.
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENCE_MS);
    };
    alive();
    try {
      const response = await fetch(`${url}?${query}`, { signal: stop.signal, headers: { Accept: "text/event-stream" }, cache: "no-store" });
      if (!response.ok) return "refused";
      this.say(true);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return "ended";
        alive();
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        blocks.forEach((block) => this.told(block));
      }
    } catch {
      return stop.signal.aborted ? "silent" : "broken";
    } finally {
      clearTimeout(timer);
    }
  }

  // One block of the stream: `id:` is the place to go on from, the event has an id of its own.
  told(block) {
    const fields = Object.fromEntries(block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    if (fields.event === "update") this.take([JSON.parse(fields.data)], fields.id);
    if (fields.event === "reset") this.reset(fields.id);
  }

  async pollFor(duration) {
    const until = Date.now() + duration;
    while (Date.now() < until) {
      const good = await this.poll();
      this.say(good);
      await wait(document.hidden ? POLL_HIDDEN_MS : good ? POLL_VISIBLE_MS : 2 * POLL_VISIBLE_MS);
    }
  }

  async poll() {
    try {
      const { events, cursor, reset } = await getJson(`${this.pollUrl}?after=${encodeURIComponent(this.cursor)}`);
      if (reset) this.reset(cursor);
      else this.take(events, cursor);
      return true;
    } catch {
      return false;
    }
  }

  catchUp() {
    if (this.cursor) this.poll();
  }

  take(events, cursor) {
    this.cursor = cursor || this.cursor;
    const fresh = events.filter(({ id }) => !this.seen.has(id));
    for (const { id } of fresh) this.seen.add(id);
    if (this.seen.size > 4000) this.seen = new Set([...this.seen].slice(-1000));
    if (!fresh.length) return;
    if (this.isLeader) this.channel?.postMessage({ kind: "events", events: fresh, cursor });
    this.onEvents(fresh, this.isLeader);
  }

  reset(cursor) {
    this.cursor = cursor || this.cursor;
    if (this.isLeader) this.channel?.postMessage({ kind: "reset", cursor });
    this.onReset();
  }

  say(connected) {
    if (this.isLeader) this.channel?.postMessage({ kind: "state", connected });
    this.show(connected);
  }

  hear(data) {
    if (this.isLeader) return;
    if (data.kind === "events") this.take(data.events, data.cursor);
    if (data.kind === "reset") this.reset(data.cursor);
    if (data.kind === "state") this.show(data.connected);
  }

  // A blink is not worth a word: the bar waits a little.
  show(connected) {
    const bar = document.getElementById("live-bar");
    clearTimeout(this.barTimer);
    if (connected) bar.hidden = true;
    else this.barTimer = setTimeout(() => (bar.hidden = false), BAR_AFTER_MS);
  }
}

export function startLive(handlers) {
  new Live(handlers).start();
}
