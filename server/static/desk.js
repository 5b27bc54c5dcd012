// The clerks' pages: what they show, their buttons and their keys.
"use strict";

let pressedNext = null; // the address of the button pressed while another has no answer yet
let presses = 0;

show.waiting = async () => { // the desk: its turn and its line change together, so that what one sees is what one can press
  const before = presses, held = document.getElementById("waiting").dataset.held;
  const parts = parse(await part("/desk/waiting"));
  const desk = parts.getElementById("waiting")?.dataset.held === held ? null : await part("/desk");
  await hand;
  if (presses !== before) { readAgain = true; return; }
  for (const fresh of [...parts.body.children]) if (!desk || fresh.id !== "waiting") put(fresh);
  if (desk) swap("desk", desk);
};

show.fleet = async () => { // the machines
  swap("fleet", await part("/fleet"));
};

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
