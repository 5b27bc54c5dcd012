// What is received: the form tells while one types what would be observed, is sent once, and keeps what was typed when the line
// or the server is gone. Enter goes from field to field, as a scanner's Enter must not send a form that is half filled in.
"use strict";

const form = document.getElementById("filing");
const THINK_MS = 350;
const LONGEST_SEND_MS = 20000;
let thinking = 0;
let asked = 0; // which answer is the newest
let sending = false;

const sheet = () => new URLSearchParams(new FormData(form));

async function foresee() { // what would become of it as it is now
  const mine = ++asked;
  try {
    const answer = await fetch("/desk/filing/check", { ...PARTS, method: "POST", body: sheet() });
    if (!answer.ok || mine !== asked) return;
    const fresh = parse(await answer.text()).getElementById("aside"), old = document.getElementById("aside");
    if (!fresh || mine !== asked) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const words = document.getElementById("words"), at = words.selectionStart;
    fresh.querySelector("#words").value = words.value; // what was typed since
    old.replaceWith(fresh);
    ready();
    if (!focused) return;
    const again = document.getElementById(focused);
    again?.focus({ preventScroll: true });
    if (focused === "words") again.setSelectionRange(at, at);
  } catch { /* the line is gone: it is told when it is sent */ }
}

function ready() {
  const all = document.getElementById("tick-all");
  if (all) all.hidden = false;
}

function think() { clearTimeout(thinking); thinking = setTimeout(foresee, THINK_MS); }

async function post(again = true) {
  const signal = AbortSignal.timeout && AbortSignal.timeout(LONGEST_SEND_MS);
  const answer = await fetch(form.action, { ...PARTS, method: "POST", body: sheet(), signal });
  if (answer.status !== 403 || !again) return answer;
  const fresh = parse(await (await fetch(form.action, PARTS)).text()).querySelector("[name=_csrf_token]"); // the page was open too long
  if (!fresh) return answer;
  form.elements._csrf_token.value = fresh.value;
  return post(false);
}

async function send() {
  if (sending) return;
  sending = true;
  clearTimeout(thinking);
  asked += 1;
  document.body.dataset.sending = "";
  try {
    const answer = await post();
    if (answer.status === 201) { location.assign(answer.headers.get("Location")); return; }
    const fresh = parse(await answer.text()).getElementById("filing");
    if (!fresh) throw new Error(answer.status);
    form.innerHTML = fresh.innerHTML;
    ready();
    if (!form.querySelector(".again")) foresee();
    const first = form.querySelector("[autofocus], [aria-invalid]");
    if (form.querySelector(".again")) scrollTo(0, 0);
    if (first) first.focus({ preventScroll: Boolean(form.querySelector(".again")) });
    else form.querySelector(".alert")?.scrollIntoView({ block: "center" });
  } catch { tellLost(); }
  sending = false;
  delete document.body.dataset.sending;
}

function tellLost() { // nothing of what was typed is touched
  const told = document.createElement("p");
  told.className = "alert";
  told.setAttribute("role", "alert");
  told.textContent = form.dataset.lost;
  const place = document.getElementById("alert");
  place.replaceChildren(told);
  place.scrollIntoView({ block: "center" });
}

if (form) {
  ready();
  form.addEventListener("submit", (submit) => {
    if (submit.submitter?.id !== "receive") return;
    submit.preventDefault();
    send();
  });
  form.addEventListener("input", think);
  form.addEventListener("change", think);
  form.addEventListener("click", (click) => {
    if (!click.target.closest("#tick-all")) return;
    for (const box of form.querySelectorAll(".needs [type=checkbox]")) box.checked = true;
    foresee();
  });
  form.addEventListener("keydown", (press) => {
    if (press.key !== "Enter" || press.ctrlKey || !press.target.matches("input, select")) return;
    if (press.target.closest(".again")) { press.preventDefault(); form.querySelector(".again button").click(); return; } // a form of its own
    press.preventDefault();
    const fields = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, #receive")].filter((one) => one.offsetParent);
    fields[fields.indexOf(press.target) + 1]?.focus();
  });
  const first = ["applicant_number", "applicant_name", "folios"].find((name) => !form.elements[name].value) || "subject";
  if (!form.querySelector("[autofocus]")) form.elements[first].focus({ preventScroll: true });
  if (form.elements.ticket.value) foresee(); // an empty form is not told what it lacks before anybody types
}

document.addEventListener("keydown", (press) => {
  if (press.ctrlKey && press.key === "Enter") {
    const receive = document.getElementById("receive") || press.target.closest?.("form")?.querySelector("button[type=submit]");
    if (receive) { press.preventDefault(); receive.click(); }
    return;
  }
  if (press.altKey && press.key.toLowerCase() === "m") { const all = document.getElementById("tick-all"); if (all) { press.preventDefault(); all.click(); } return; }
  if (form || press.ctrlKey || press.altKey || press.metaKey || press.repeat || press.target.closest("input, textarea, select")) return;
  const its = document.querySelector(`[data-key="${CSS.escape(press.key.toUpperCase())}"]`);
  if (!its) return;
  press.preventDefault();
  if (its.matches("input")) its.focus();
  else its.click();
});

const typedOnce = new WeakSet(); // the other forms: a second press of the same button is one press
document.addEventListener("submit", (submit) => {
  if (submit.defaultPrevented || submit.target.method !== "post" || submit.target === form) return;
  if (typedOnce.has(submit.target)) submit.preventDefault();
  typedOnce.add(submit.target);
  setTimeout(() => typedOnce.delete(submit.target), 8000);
});
