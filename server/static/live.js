// Keeps the desk, the board and the phone up to date. The server's events are only hints: the state is always read again.
"use strict";

const live = document.querySelector("[data-live]");
const PARTS = { headers: { "X-Fragment": "1" }, cache: "no-store", redirect: "follow" };
const SILENCE_MS = 40000; // the server pings every 15 s
const ASK_AGAIN_MS = 10000; // a ticket on its way to the server
const REFRESH_MS = 20000; // what changes by itself: that a machine has been silent, that a copy is wanted no more
const LONGEST_PRESS_MS = 2000;
let version = live ? live.dataset.version : "";
let heardAt = performance.now();
let source = null;
let reading = false;
let readAgain = false;
let acting = ""; // the address of the button that was pressed and has no answer yet
let pressedNext = null; // the address of the one pressed meanwhile
let presses = 0;

// --- the office's clock, not this device's ---
const clock = document.querySelector("[data-clock]");
const ahead = Number(clock.dataset.clock) / 1000 - Date.now();
const lima = new Intl.DateTimeFormat("es-PE", { timeZone: "America/Lima", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const tick = () => { clock.textContent = lima.format(Date.now() + ahead); };
tick();
setInterval(tick, 5000);

// --- the line ---
function say(state) { document.body.dataset.line = state; }

function connect() {
  if (source) source.close();
  source = new EventSource(`/events/${live.dataset.topic}?after=${version}`);
  source.onopen = () => { heardAt = performance.now(); if (document.body.dataset.line === "lost") read(); };
  source.addEventListener("ping", () => { heardAt = performance.now(); });
  source.addEventListener("hint", (hint) => { heardAt = performance.now(); version = hint.lastEventId; read(); });
  source.onerror = () => {
    say("lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000); // the browser gives up; we do not
  };
}

function watch() {
  if (performance.now() - heardAt > SILENCE_MS) { heardAt = performance.now(); say("lost"); connect(); }
}

// --- reading the state again: one at a time, the last hint never lost. Not while a button's answer is on its way:
// that answer is newer than whatever was read before it, and shows everything at once ---
async function read() {
  if (reading || acting) { readAgain = true; return; }
  reading = true;
  try {
    do { readAgain = false; await show[live.dataset.live](); } while (readAgain && !acting);
    if (source.readyState === EventSource.OPEN) say("ok");
  } catch { say("lost"); } finally { reading = false; }
}

async function part(address) {
  const answer = await fetch(address, PARTS);
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(answer.status);
  return answer.text();
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

function swap(id, html) {
  const fresh = parse(html).getElementById(id);
  if (!fresh) return location.reload(); // not our page any more: signed out, or a new version
  return put(fresh);
}

function put(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.isEqualNode(fresh)) return old;
  old.replaceWith(fresh);
  return fresh;
}

// --- the hand: what lies under a pressed pointer is not exchanged before it is up again, or its click would be lost ---
let hand = Promise.resolve();
document.addEventListener("pointerdown", () => {
  hand = new Promise((up) => {
    const lifted = () => setTimeout(up); // the click comes first
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, lifted, { capture: true, once: true });
    setTimeout(up, LONGEST_PRESS_MS); // it went up outside the window
  });
}, true);

const show = {
  async waiting() { // the desk: its turn and its line change together, so that what one sees is what one can press
    const before = presses, held = document.getElementById("waiting").dataset.held;
    const parts = parse(await part("/desk/waiting"));
    const desk = parts.getElementById("waiting")?.dataset.held === held ? null : await part("/desk");
    await hand;
    if (presses !== before) { readAgain = true; return; }
    for (const fresh of [...parts.body.children]) if (!desk || fresh.id !== "waiting") put(fresh);
    if (desk) swap("desk", desk);
  },
  async fleet() { // the machines
    swap("fleet", await part("/fleet"));
  },
  async calls() { // the board
    const before = document.getElementById("calls").dataset.flash;
    const fresh = swap("calls", await part(live.dataset.source));
    if (fresh && fresh.dataset.flash && fresh.dataset.flash !== before) fresh.classList.add("flash");
  },
  async turn() { // the phone: the queue is the same for everybody, so its address says nothing of this ticket
    const turn = document.getElementById("turn");
    if (turn.dataset.state === "waiting" && turn.dataset.key) { // no key: places in that queue are not known here
      const queue = JSON.parse(await part(`${live.dataset.queue}?v=${version}`));
      const place = queue.waiting.indexOf(turn.dataset.key);
      if (place >= 0) return tell(turn.querySelector("[data-ahead]"), place);
    }
    const was = turn.dataset.state;
    const fresh = swap("turn", await part(location.pathname));
    if (fresh && was !== "called" && fresh.dataset.state === "called" && navigator.vibrate) navigator.vibrate([300, 150, 300]);
  },
};

function tell(line, n) {
  line.dataset.ahead = n;
  line.textContent = n === 0 ? line.dataset.none : n === 1 ? line.dataset.one : line.dataset.many.replace("{n}", n);
}

// --- the desk's buttons, without leaving the page; without this script the same forms work ---
document.addEventListener("click", (click) => { // the second half of a double click may fall on the next turn's button
  if (click.detail > 1 && click.target.closest("form[data-swap]")) click.preventDefault();
});

document.addEventListener("submit", (submit) => {
  const form = submit.target;
  if (!form.dataset.swap) return;
  submit.preventDefault();
  if (!acting) act(form);
  else if (form.action !== acting) pressedNext = form.action; // the same button again is one press
});

async function act(form) {
  const desk = document.getElementById(form.dataset.swap);
  acting = form.action;
  presses += 1;
  desk.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { ...PARTS, method: "POST", body: new URLSearchParams(new FormData(form)) });
    const html = await answer.text();
    if (answer.status === 401 || answer.status === 403) return location.reload();
    await hand;
    swap(form.dataset.swap, html);
    if (!answer.ok) pressedNext = null; // what was refused has to be read first
  } catch { pressedNext = null; desk.removeAttribute("aria-busy"); say("lost"); }
  acting = "";
  // an address names the turn and the move: where it is gone from the page, the press means nothing any more
  const next = [...document.forms].find((other) => other.action === pressedNext);
  pressedNext = null;
  if (next) act(next);
  else if (readAgain) read();
}

document.addEventListener("keydown", (press) => {
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.target.closest("input, textarea, select")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(press.key.toUpperCase())}"]`);
  if (button) { press.preventDefault(); button.click(); }
});

if (live) {
  connect();
  setInterval(watch, 5000);
  setInterval(() => { if (document.querySelector('[data-state="coming"]')) read(); }, ASK_AGAIN_MS);
  if ("refresh" in live.dataset) setInterval(() => { if (!document.hidden) read(); }, REFRESH_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { read(); if (source.readyState === EventSource.CLOSED) connect(); } });
}
