// The waiting room's screen. Every call gets its moment: it stands large while its chime and its words are heard, one call
// after the other, however many come at once. What is shown besides is what the server last told.
"use strict";

const MOMENT_MS = 4000; // the least that a call stands large
const BREATH_MS = 600; // between two calls
const LONGEST_SOUND_MS = 20000;
const TURN_MS = 12000; // how long a notice or a slide stands
const SETTLED_MS = 60000; // the page is not loaded again sooner than this
const DAY_MS = 20 * 3600 * 1000;
const NIGHT = 3; // o'clock, when the page is loaded afresh
const SHOWN = 4; // calls beside the large one
const HEARD = "heard"; // what was cried out already, also before a reload

const whole = document.querySelector(".whole");
const unmute = document.getElementById("unmute");
const speaker = new Audio();
const rest = (ms) => new Promise((over) => setTimeout(over, ms));
let heard = new Set(JSON.parse(sessionStorage.getItem(HEARD) || "[]"));
let line = []; // calls to be cried out, by their keys
let large = ""; // the call that is being cried out, "" for none

const listed = () => [...document.querySelectorAll("#before li")];
const entry = (key) => listed().find((call) => call.dataset.cry === key);
const number = (key) => key.split("/")[0];

// --- what is shown ---
show.calls = async () => {
  const fresh = parse(await part(whole.dataset.source)).getElementById("calls");
  if (!fresh) return location.reload(); // not our page any more
  turn(fresh);
  const calls = document.getElementById("calls");
  for (const name of ["data-rests", "data-none"]) calls.toggleAttribute(name, fresh.hasAttribute(name));
  arrange(fresh.querySelectorAll("#before li"), fresh.hasAttribute("data-rests"));
  for (const id of ["slides", "before", "coming", "notices"]) put(fresh.querySelector(`#${id}`));
  hear();
  if (!large) settle();
  if (isOutOfDate(fresh.dataset.edition)) location.reload();
};

function arrange(calls, rests) { // the large one does not stand among the others
  let shown = 0;
  const first = rests ? "" : calls.length ? calls[0].dataset.cry : "";
  for (const call of calls) call.hidden = number(call.dataset.cry) === number(large || first) || (shown += 1) > SHOWN;
}

function enlarge(call) {
  const [its, counter] = [call.querySelector("b").textContent, call.querySelector("span").textContent];
  const now = document.getElementById("now");
  const [big, where] = [now.querySelector(".number"), now.querySelector(".where b")];
  if (big.textContent !== its) big.textContent = its;
  if (where.textContent !== counter) where.textContent = counter;
  big.classList.toggle("long", its.length > 5);
}

function settle() { // nobody is being cried out: the last call stays
  const calls = document.getElementById("calls");
  delete calls.dataset.cries;
  const all = listed();
  if (all.length) enlarge(all[0]);
  arrange(all, calls.hasAttribute("data-rests"));
}

function turn(place) { // notices and slides take turns
  const round = Math.floor(performance.now() / TURN_MS);
  for (const id of ["slides", "notices"]) {
    const all = [...place.querySelectorAll(`#${id} > *`)];
    all.forEach((one, at) => { one.hidden = at !== round % all.length; });
  }
}

// --- what is heard ---
function hear() { // the oldest first; what is told again takes the place of what was not told yet
  for (const call of listed().reverse()) {
    const key = call.dataset.cry;
    if (!("fresh" in call.dataset) || heard.has(key) || line.includes(key)) continue;
    line = [...line.filter((other) => number(other) !== number(key)), key];
  }
  const known = new Set(listed().map((call) => call.dataset.cry));
  line = line.filter((key) => known.has(key));
  remember([...heard].filter((key) => known.has(key)));
  if (line.length && !large) cryAll();
}

function remember(keys) {
  heard = new Set(keys);
  sessionStorage.setItem(HEARD, JSON.stringify([...heard]));
}

async function cryAll() {
  while (line.length) {
    const key = line.shift();
    const call = entry(key);
    remember([...heard, key]);
    if (!call || !call.classList.contains("open")) continue; // whoever was meant is there already, or gone
    large = key;
    await cry(call);
  }
  large = "";
  settle();
}

async function cry(call) {
  const calls = document.getElementById("calls");
  enlarge(call);
  arrange(listed(), false);
  delete calls.dataset.cries;
  void calls.offsetWidth; // so that the same number, called again, flashes again
  calls.dataset.cries = large;
  const said = call.dataset.said;
  await Promise.all([rest(MOMENT_MS), sound(whole.dataset.chime).then(() => said && sound(said))]);
  await rest(BREATH_MS);
}

let lane = Promise.resolve(); // one sound after the other, whoever asks for it

function sound(address) { // over when it was heard, or cannot be
  lane = lane.then(() => new Promise((over) => {
    const end = () => { clearTimeout(limit); speaker.onended = speaker.onerror = null; over(); };
    const limit = setTimeout(() => { speaker.pause(); end(); }, LONGEST_SOUND_MS);
    speaker.onended = speaker.onerror = end;
    speaker.volume = 1;
    speaker.src = address;
    play().catch(end);
  }));
  return lane;
}

async function play() {
  try {
    await speaker.play();
    unmute.hidden = true;
  } catch (fault) {
    if (fault.name === "NotAllowedError") unmute.hidden = false;
    throw fault;
  }
}

function tryOut() { // whether this browser lets a page sound by itself; nobody hears it
  lane = lane.then(async () => {
    speaker.volume = 0;
    speaker.src = whole.dataset.chime;
    await Promise.race([play().catch(() => {}), rest(LONGEST_SOUND_MS)]); // a line that hangs holds up no call
    speaker.pause();
  });
}

unmute.addEventListener("click", () => sound(whole.dataset.chime));

// --- for months: a new edition of the page is fetched when nobody is called, and once a night in any case ---
function isOutOfDate(edition) {
  if (large || line.length || performance.now() < SETTLED_MS) return false;
  const isNight = lima.format(Date.now() + ahead).startsWith(String(NIGHT).padStart(2, "0"));
  return edition !== whole.dataset.edition || (isNight && performance.now() > DAY_MS);
}

document.addEventListener("DOMContentLoaded", () => {
  setInterval(() => turn(document), TURN_MS);
  tryOut();
  hear();
});
