// Keeps a page up to date. The server's events are only hints: the state is always read again. What a page shows and how its
// buttons act is in a script of its own (desk.js, board.js, phone.js), which adds to `show` before the page is ready.
"use strict";

const live = document.querySelector("[data-live]");
const PARTS = { headers: { "X-Fragment": "1" }, cache: "no-store", redirect: "follow" };
const SILENCE_MS = 40000; // the server pings every 15 s
const REFRESH_MS = 20000; // what changes by itself: that a machine has been silent, that a copy is wanted no more
const LONGEST_PRESS_MS = 2000;
const LONGEST_READ_MS = 15000; // a server that takes a request and never answers must not stop the page for ever
let version = live ? live.dataset.version : "";
let heardAt = performance.now();
let source = null;
let reading = false;
let readAgain = false;
let acting = ""; // the address of the button that was pressed and has no answer yet

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
  const answer = await fetch(address, { ...PARTS, signal: AbortSignal.timeout && AbortSignal.timeout(LONGEST_READ_MS) });
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

const show = {}; // by the word in data-live: reads what that page shows again

document.addEventListener("DOMContentLoaded", () => { // after every script of the page
  if (!live) return;
  connect();
  setInterval(watch, 5000);
  if ("refresh" in live.dataset) setInterval(() => { if (!document.hidden) read(); }, REFRESH_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { read(); if (source.readyState === EventSource.CLOSED) connect(); } });
});
