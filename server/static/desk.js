// The clerks' pages: what they show, their buttons, panels and keys.
"use strict";

const FIELDS = "input:not([type=hidden]), select, textarea, button";
const PANELS = "details.pop[open], details.choose[open]";
let pressedNext = null; // the button pressed while another has no answer yet: its form's address, its name and value
let presses = 0;

show.waiting = async () => { // the desk: its turn and its line change together, so that what one sees is what one can press
  const before = presses, { held, more } = document.getElementById("waiting").dataset;
  const parts = parse(await part("/desk/waiting"));
  const line = parts.getElementById("waiting")?.dataset;
  const desk = line && line.held === held && line.more === more ? null : await part("/desk");
  await hand;
  if (presses !== before) { readAgain = true; return; }
  for (const fresh of [...parts.body.children]) if (!desk || fresh.id !== "waiting") renew(fresh);
  if (desk) exchange("desk", desk);
};

show.fleet = async () => { // the machines
  swap("fleet", await part("/fleet"));
};

function exchange(id, html) {
  const fresh = parse(html).getElementById(id);
  if (!fresh) return location.reload(); // not our page any more: signed out, or a new version
  renew(fresh);
}

// --- news come at any time: what is open, typed, scrolled to and focused stays so ---
function renew(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || old.isEqualNode(fresh)) return;
  const twin = (one) => one.id && fresh.querySelector(`[id="${one.id}"]`);
  for (const open of old.querySelectorAll("details[open]")) {
    const same = twin(open);
    if (!same) continue;
    same.open = true;
    for (const field of open.querySelectorAll(FIELDS)) { const its = twin(field); if (its && "value" in its) its.value = field.value; }
  }
  const scrolled = old.querySelector(".lists")?.scrollTop;
  const focused = old.contains(document.activeElement) ? place(document.activeElement) : "";
  put(fresh);
  if (scrolled) fresh.querySelector(".lists")?.scrollTo(0, scrolled);
  if (focused) (fresh.querySelector(focused) || fresh.querySelector("h1"))?.focus({ preventScroll: true });
  tell();
  countDown();
}

function place(one) { // where to find the same thing in a newer page
  if (one.id) return `[id="${one.id}"]`;
  if (one.matches("summary")) return `[id="${one.parentElement.id}"] > summary`;
  const form = one.closest("form");
  return form ? `form[action="${form.getAttribute("action")}"] button${one.value ? `[value="${one.value}"]` : ""}` : "h1";
}

function tell() { // who hears the page is told what became of the counter, and not every second of it
  const said = document.getElementById("said"), turn = document.querySelector("#desk .turn");
  const words = turn ? `${turn.querySelector(".number").textContent}: ${turn.querySelector(".state").textContent}` : document.querySelector("#desk h1")?.textContent;
  if (said && words && said.textContent !== words) said.textContent = words;
}

// --- the desk's buttons, without leaving the page; without this script the same forms work ---
document.addEventListener("click", (click) => { // the second half of a double click may fall on the next turn's button
  if (click.detail > 1 && click.target.closest("form[data-swap] button, #desk a.button")) click.preventDefault();
});

document.addEventListener("submit", (submit) => {
  const form = submit.target;
  if (!form.dataset.swap) return;
  submit.preventDefault();
  const press = { action: form.action, name: submit.submitter?.name, value: submit.submitter?.value };
  if (!acting) act(form, press);
  else if (form.action !== acting) pressedNext = press; // the same button again is one press
});

async function act(form, press) {
  const desk = document.getElementById(form.dataset.swap);
  const body = new URLSearchParams(new FormData(form));
  if (press.name) body.append(press.name, press.value);
  acting = form.action;
  presses += 1;
  desk.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { ...PARTS, method: "POST", body });
    const html = await answer.text();
    if (answer.status === 401 || answer.status === 403) return location.reload();
    await hand;
    if (answer.ok) form.closest(PANELS)?.removeAttribute("open"); // it did what it was opened for
    exchange(form.dataset.swap, html);
    if (!answer.ok) pressedNext = null; // what was refused has to be read first
  } catch { pressedNext = null; desk.removeAttribute("aria-busy"); say("lost"); }
  acting = "";
  // an address names the turn and the move: where it is gone from the page, the press means nothing any more
  const wanted = pressedNext, next = wanted && [...document.forms].find((other) => other.action === wanted.action);
  pressedNext = null;
  if (next) act(next, wanted);
  else if (readAgain) read();
}

// --- panels: one open at a time, its first field ready to type in, closed by Esc or a click beside it ---
document.addEventListener("click", (click) => {
  const summary = click.target.closest("summary"), panel = summary?.parentElement;
  for (const other of document.querySelectorAll(PANELS)) if (!other.contains(click.target)) other.open = false;
  if (panel?.matches("details.pop, details.choose, details.fold")) setTimeout(() => { if (panel.open) enter(panel); }); // it opens after its click
});

function enter(panel) {
  const first = panel.matches(".fold") ? panel.querySelector(":is(ol, ul) :is(summary, button:enabled)") : panel.querySelector(".panel")?.querySelector(FIELDS);
  first?.focus();
  first?.scrollIntoView({ block: "nearest" });
}

function leave() {
  const panel = document.activeElement.closest(PANELS) || document.querySelector(PANELS);
  if (!panel) return;
  panel.open = false;
  panel.querySelector("summary").focus();
}

// --- keys ---
const keysOn = document.getElementById("keys-on");
function useKeys() { document.body.classList.toggle("no-keys", keysOn ? !keysOn.checked : false); }
try { if (keysOn) keysOn.checked = localStorage.getItem("desk-keys") !== "off"; } catch { /* no memory: as at first */ }
keysOn?.addEventListener("change", () => {
  useKeys();
  try { localStorage.setItem("desk-keys", keysOn.checked ? "on" : "off"); } catch { /* it holds for this page */ }
});
useKeys();

document.addEventListener("keydown", (press) => {
  const typing = press.target.closest("input, textarea, select");
  if (press.key === "Escape") return leave();
  if (press.ctrlKey && press.key === "Enter" && press.target.matches("textarea")) return press.target.form.requestSubmit();
  if (press.ctrlKey || press.altKey || press.metaKey || press.repeat || typing) return;
  if (press.key === "ArrowDown" || press.key === "ArrowUp") return step(press, press.key === "ArrowDown" ? 1 : -1);
  if (document.body.classList.contains("no-keys")) return;
  const its = [...document.querySelectorAll(`[data-key="${CSS.escape(press.key.toUpperCase())}"]`)].find((one) => !one.disabled);
  const open = document.querySelector(PANELS); // what one writes there must never be taken for keys
  if (!its || (open && its.parentElement !== open)) return;
  press.preventDefault();
  if (its.matches("button, a")) its.click();
  else if (its.matches("summary")) toggle(its.parentElement); // at once: the next letter belongs into its field
  else its.querySelector("summary")?.focus();
});

function toggle(panel) {
  panel.open = !panel.open;
  if (panel.open) enter(panel);
}

function step(press, by) { // from row to row of the line
  const here = press.target.closest(".lists li");
  if (!here) return;
  const rows = [...document.querySelectorAll(".lists li")].filter((row) => row.offsetParent);
  const next = rows[rows.indexOf(here) + by]?.querySelector(":scope > form button, summary");
  if (next) { press.preventDefault(); next.focus(); }
}

// --- what is counted down: until *absent* is possible, until another call counts, until it is too late to undo ---
function countDown() {
  const now = Date.now() + ahead;
  for (const at of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((at.dataset.until / 1000 - now) / 1000), { words, then, frees, ends } = at.dataset;
    const said = left > 0 ? words.replace("{n}", left) : then;
    if (at.textContent !== said) at.textContent = said;
    if (left > 0) continue;
    if (frees) document.getElementById(frees).disabled = false;
    if (ends) document.getElementById(ends).remove();
  }
}
setInterval(countDown, 250);
