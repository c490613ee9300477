// Voice and audio: our own controls over the browser's <audio>, which stays for those without JS.
// Videos keep the browser's own.

const SPEEDS = [1, 1.5, 2];
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function dress(player) {
  if (player.classList.contains("is-ready")) return;
  const audio = player.querySelector("audio");
  const [play, seek, time, speed] = ["play", "seek", "time", "speed"].map((part) => player.querySelector(`[data-${part}]`));
  const length = () => (Number.isFinite(audio.duration) ? audio.duration : Number(player.dataset.seconds) || 0);
  player.classList.add("is-ready");
  player.querySelector(".player-ui").hidden = false;
  audio.controls = false;

  const draw = () => {
    player.classList.toggle("is-playing", !audio.paused);
    play.setAttribute("aria-label", audio.paused ? play.dataset.wordPlay : play.dataset.wordPause);
    if (length()) seek.value = String((1000 * audio.currentTime) / length());
    time.textContent = clock(audio.currentTime || length());
    seek.setAttribute("aria-valuetext", time.textContent);
  };
  for (const kind of ["play", "pause", "timeupdate", "durationchange", "ended"]) audio.addEventListener(kind, draw);
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio, video")) if (other !== audio) other.pause();
  });
  // No browser tells of its own that it can play none of the sources: the last one fails.
  audio.lastElementChild.addEventListener("error", () => {
    player.querySelector("[data-unplayable]").hidden = false;
    for (const part of [play, speed]) part.hidden = true;
    seek.disabled = true;
  });
  play.addEventListener("click", () => (audio.paused ? audio.play().catch(draw) : audio.pause()));
  seek.addEventListener("input", () => {
    if (length()) audio.currentTime = (Number(seek.value) / 1000) * length();
  });
  speed.addEventListener("click", () => {
    audio.playbackRate = SPEEDS[(SPEEDS.indexOf(audio.playbackRate) + 1) % SPEEDS.length];
    speed.querySelector("[data-speed-now]").textContent = `${audio.playbackRate}×`;
  });
  draw();
}

// A video that the browser cannot play gives way to a card that hands it out. The error of a
// source may have come before this script: then nothing is being fetched, and nothing will.
function watch(film) {
  if (film.dataset.film) return;
  film.dataset.film = "watched";
  const giveUp = () => {
    film.hidden = true;
    film.nextElementSibling.hidden = false;
  };
  const source = film.querySelector("source");
  if (film.networkState === HTMLMediaElement.NETWORK_NO_SOURCE || film.error) giveUp();
  else for (const node of [source, film]) node.addEventListener("error", giveUp);
}

const dressAll = () => {
  document.querySelectorAll("[data-player]").forEach(dress);
  document.querySelectorAll("[data-film]").forEach(watch);
};

export function startPlayers() {
  dressAll();
  document.addEventListener("inbox:patched", dressAll);
  document.addEventListener("htmx:afterSwap", dressAll);
}
