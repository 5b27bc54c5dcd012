// The pages of citizens: the turn behind a ticket's QR, what may be done with it, and the office.
"use strict";

const ASK_AGAIN_MS = 10000; // a ticket on its way to the server
const AGE_MS = 30000;
const SPREAD_MS = 20000; // a hall full of phones does not ask for its waits in the same moment
const THREE = 3;

const words = (line, n) => (n === 0 ? line.dataset.none : n === 1 ? line.dataset.one : line.dataset.many.replace("{n}", n));
const queueOf = async (of) => JSON.parse(await part(`${of.dataset.queue}?v=${version}`)); // the same for everybody: it says nothing of this ticket
let due = 0; // when this turn's page is read again for its wait

// --- the turn ---
show.turn = async () => {
  const turn = document.getElementById("turn");
  if (turn.dataset.state === "waiting" && turn.dataset.key) { // no key: places in that queue are not known here
    const line = turn.querySelector("[data-ahead]");
    const place = (await queueOf(turn)).waiting.indexOf(turn.dataset.key);
    if (place > 0 && Number(line.dataset.ahead) > 0) {
      if (turn.querySelector('[data-wait="true"]') && !due) due = setTimeout(() => { due = 0; readTurn().catch(() => say("lost")); }, Math.random() * SPREAD_MS);
      line.dataset.ahead = place;
      line.textContent = words(line, place);
      title();
      return alarm.near(place);
    }
  }
  await readTurn();
};

async function readTurn() {
  const page = parse(await part(live.dataset.address));
  const fresh = page.getElementById("turn");
  if (!fresh) return location.reload(); // a new version of the page
  const { state: was, counter: at } = document.getElementById("turn").dataset;
  for (const id of ["turn", "filings", "acts"]) put(page.getElementById(id));
  const { state, counter } = fresh.dataset;
  title();
  alarm.offer(state);
  if (state === "called" && (was !== "called" || at !== counter)) { scrollTo(0, 0); alarm.called(); }
  const line = fresh.querySelector("[data-ahead]");
  if (line && line.dataset.ahead) alarm.near(Number(line.dataset.ahead));
}

function title() { // what a tab, or a phone's list of applications, says of it
  const turn = document.getElementById("turn");
  document.title = `${turn.dataset.number} · ${turn.querySelector("h1").textContent}`;
}

setInterval(() => { if (document.querySelector('#turn[data-state="coming"]')) read(); }, ASK_AGAIN_MS);
setInterval(() => { // how old it is, where its office calls elsewhere and is not heard
  if (document.querySelector("#turn[data-elsewhere]") && !document.hidden) readTurn().catch(() => say("lost"));
}, AGE_MS);

// --- a filing ---
show.filing = async () => { swap("filing", await part(live.dataset.address)); };

// --- the page of an act: whoever writes must not miss the call ---
show.act = async () => {
  const call = document.getElementById("call");
  if (!call.hidden || (call.dataset.key && (await queueOf(call)).waiting.includes(call.dataset.key))) return;
  const turn = parse(await part(live.dataset.address)).getElementById("turn");
  if (!turn || turn.dataset.state !== "called") return;
  call.querySelector("strong").textContent = turn.querySelector("h1").textContent;
  call.hidden = false;
  call.scrollIntoView({ block: "center" });
  alarm.called();
};

// --- the office ---
show.office = async () => {
  const crowd = document.getElementById("crowd");
  crowd.textContent = words(crowd, (await queueOf(crowd)).waiting.length);
};

// --- the alert: sound, vibration and a screen that stays on, once the visitor asked for it (browsers want a touch first).
// This tab alone remembers that it was asked for, and of which turn it has told that three are left ---
const alarm = (() => {
  const box = document.getElementById("alert");
  const three = document.getElementById("three");
  const kept = (name, value) => { // a private window may keep nothing
    try { return value === undefined ? sessionStorage.getItem(name) : sessionStorage.setItem(name, value); } catch { return null; }
  };
  let on = false;
  let sound = null;
  let screen = null;

  function beep(times, pitch) {
    if (!sound) return;
    for (let n = 0; n < times; n += 1) {
      const at = sound.currentTime + n * 0.45;
      const tone = new OscillatorNode(sound, { frequency: n % 2 ? pitch : pitch * 0.75 });
      const level = new GainNode(sound, { gain: 0 });
      level.gain.linearRampToValueAtTime(0.7, at + 0.02);
      level.gain.setValueAtTime(0.7, at + 0.25);
      level.gain.linearRampToValueAtTime(0, at + 0.42);
      tone.connect(level).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.43);
    }
  }

  const shake = (pattern) => { // no browser shakes a phone that nobody has touched since the page came
    if (navigator.vibrate && navigator.userActivation?.hasBeenActive !== false) navigator.vibrate(pattern);
  };
  const left = () => `told ${document.getElementById("turn").dataset.number}`;

  async function keepAwake() {
    if (!on || document.hidden || !navigator.wakeLock) return;
    try { screen = await navigator.wakeLock.request("screen"); } catch { screen = null; } // little battery left, say
  }

  function turned(is) {
    on = is;
    kept("alert", on ? "on" : "");
    if (!on && screen) { screen.release(); screen = null; }
    if (!box) return;
    for (const word of box.querySelectorAll("[data-on]")) word.textContent = on ? word.dataset.on : word.dataset.off;
    document.getElementById("alert-switch").setAttribute("aria-pressed", on);
    box.classList.toggle("on", on);
  }

  function start() {
    const Sound = window.AudioContext || window.webkitAudioContext;
    if (Sound && !sound) sound = new Sound();
    if (sound) sound.resume().catch(() => {});
    turned(true);
    keepAwake();
  }

  function near(place) {
    if (place > THREE) return;
    three.closest("label").hidden = true; // no more to be waited for
    if (kept(left())) return;
    kept(left(), "yes");
    if (!on || !three.checked) return;
    box.dataset.told = "near";
    beep(3, 880);
    shake([200, 100, 200]);
  }

  function called() {
    if (!on) return shake([300, 150, 300]);
    document.body.dataset.told = "called";
    for (const ms of [0, 4000, 8000]) { // until it is noticed
      setTimeout(() => { if (document.querySelector('#turn[data-state="called"], #call:not([hidden])')) { beep(6, 1047); shake([600, 200, 600, 200, 600]); } }, ms);
    }
  }

  function offer(state) { if (box) box.hidden = state !== "waiting" && state !== "coming"; }

  if (box) {
    three.checked = kept("three") === "on";
    three.addEventListener("change", () => { kept("three", three.checked ? "on" : ""); });
    document.getElementById("alert-switch").addEventListener("click", () => {
      if (on) return turned(false);
      start();
      beep(2, 880); // so that one hears that it works, and how loud
      shake(200);
    });
    const line = document.querySelector("[data-ahead]");
    if (line && line.dataset.ahead) near(Number(line.dataset.ahead)); // not an alert yet: one sees it oneself
    offer(document.getElementById("turn").dataset.state);
    title();
  }
  document.addEventListener("visibilitychange", keepAwake);
  if (kept("alert") === "on" && navigator.userActivation && navigator.userActivation.hasBeenActive) start();
  return { offer, near, called };
})();
