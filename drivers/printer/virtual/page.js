// Shows the printer as it is and presses its buttons. The server says what there is to say; nothing is decided here.
"use strict";

const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("es-PE", { timeStyle: "medium", hourCycle: "h23" });
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const buttons = new Map();
let revision = "";
let first = true;

function press(words) {
  // A header that only a page of this printer can send; see page.py.
  return fetch("/do", { method: "POST", headers: { "X-Printer-Button": words } });
}

for (const group of document.querySelectorAll(".group")) {
  for (const words of group.dataset.words.split(" ")) {
    const button = document.createElement("button");
    button.type = "button";
    button.disabled = true;
    button.dataset.words = words;
    button.addEventListener("click", () => press(words));
    group.append(button);
    buttons.set(words, button);
  }
}

const CURES = new Set(["paper-in", "cover-close", "cutter-free", "on", "replug", "noise-off"]);

// Of each pair only what would change something is offered; the keyboard stays where it was.
function showActions(actions, hasCutter) {
  const focused = document.activeElement;
  for (const { words, label, useful } of actions) {
    const button = buttons.get(words);
    if (!button) continue;
    button.textContent = label;
    button.disabled = button.hidden = !useful;
    button.classList.toggle("cure", CURES.has(words));
    if (words.startsWith("cutter")) button.parentElement.hidden = !hasCutter;
  }
  if (focused?.hidden) focused.parentElement.querySelector("button:enabled")?.focus();
}

function showPrinter(state) {
  const printer = byId("printer");
  const faults = new Set(state.faults);
  byId("model").textContent = state.model;
  byId("sentence").textContent = state.sentence;
  printer.dataset.cover = faults.has("cover open") ? "open" : "closed";
  printer.dataset.cable = faults.has("unplugged") ? "out" : "in";
  printer.dataset.well = state.sentence.startsWith("Lista") ? "yes" : "no";
  for (const lamp of document.querySelectorAll("[data-lamp]")) lamp.dataset.light = state.lamps[lamp.dataset.lamp];
  byId("waiting").textContent = state.waiting;
  byId("logos").textContent = state.logos;
  byId("fallen").textContent = state.fallen;
}

function showViolations(violations) {
  byId("count").textContent = violations.length;
  byId("count").classList.toggle("some", violations.length > 0);
  byId("fine").hidden = violations.length > 0;
  byId("violations").replaceChildren(
    ...violations.slice(-20).reverse().map((what) => Object.assign(document.createElement("li"), { textContent: what })),
  );
}

function ticketCard(ticket) {
  const card = document.createElement("li");
  card.className = "ticket";
  card.dataset.picture = ticket.picture;
  const link = Object.assign(document.createElement("a"), { href: `/tickets/${ticket.picture}`, target: "_blank" });
  const picture = Object.assign(new Image(), { src: link.href, alt: `Ticket ${ticket.number}: ${ticket.text}` });
  link.append(picture);
  const caption = document.createElement("p");
  const facts = [`N.º ${ticket.number}`, clock.format(ticket.at * 1000), `${ticket.mm} mm`];
  for (const fact of facts) caption.append(Object.assign(document.createElement("span"), { textContent: fact }));
  const whole = Object.assign(document.createElement("strong"), {
    textContent: ticket.state,
    className: ticket.complete ? "" : "broken",
  });
  caption.append(whole);
  card.append(link, caption);
  return { card, loaded: picture.decode().catch(() => undefined) };
}

async function showTickets(tickets) {
  const [newest, older] = [byId("newest"), byId("older")];
  const known = [...newest.children, ...older.children];
  const names = new Set(known.map((card) => card.dataset.picture));
  const fresh = tickets.filter((ticket) => !names.has(ticket.picture)).map(ticketCard);
  await Promise.all(fresh.map(({ loaded }) => loaded)); // it falls as a whole, not as an empty frame
  if (fresh.length) {
    const before = new Map(known.map((card) => [card, card.getBoundingClientRect()]));
    older.prepend(...fresh.slice(1).map(({ card }) => card), ...newest.children);
    newest.replaceChildren(fresh[0].card);
    if (!first && !calm.matches) {
      fresh[0].card.classList.add("fresh");
      for (const [card, from] of before) slide(card, from);
    }
  }
  const kept = new Set(tickets.map((ticket) => ticket.picture));
  for (const card of [...older.children]) if (!kept.has(card.dataset.picture)) card.remove();
  byId("empty").hidden = newest.children.length > 0;
}

function slide(card, from) {
  card.classList.remove("fresh");
  const to = card.getBoundingClientRect();
  const scale = from.width / to.width;
  const way = `translate(${from.left - to.left}px, ${from.top - to.top}px) scale(${scale})`;
  card.style.transformOrigin = "0 0";
  card.animate([{ transform: way }, { transform: "none" }], { duration: 600, easing: "ease-out" });
}

async function follow() {
  for (;;) {
    try {
      const answer = await fetch(`/state?after=${revision}`);
      if (!answer.ok) throw new Error(answer.statusText);
      const state = await answer.json();
      revision = state.revision;
      byId("gone").hidden = true;
      showPrinter(state);
      showActions(state.actions, state.cutter);
      showViolations(state.violations);
      await showTickets(state.tickets);
      first = false;
    } catch {
      byId("gone").hidden = false;
      revision = "";
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}

follow();
