// The inbox page: wires the parts together. Every part works on what is in the page already.
import { startComposer } from "./composer.js";
import { startKeyboard } from "./keyboard.js";
import { startLightbox } from "./lightbox.js";
import { startList } from "./list.js";
import { startLive } from "./live.js";
import { startMarks } from "./marks.js";
import { startNotices } from "./notices.js";
import { startPanel } from "./panel.js";
import { startPlayers } from "./player.js";
import { startThread } from "./thread.js";
import { followUpdates } from "./updates.js";

startNotices();
startMarks();
startList();
startThread();
startPanel();
startComposer();
startPlayers();
startLightbox();
startKeyboard();
startLive(followUpdates());
