// The page behind a ticket's QR.
"use strict";

const ASK_AGAIN_MS = 10000; // a ticket on its way to the server

show.turn = async () => { // the phone: the queue is the same for everybody, so its address says nothing of this ticket
  const turn = document.getElementById("turn");
  if (turn.dataset.state === "waiting" && turn.dataset.key) { // no key: places in that queue are not known here
    const queue = JSON.parse(await part(`${live.dataset.queue}?v=${version}`));
    const place = queue.waiting.indexOf(turn.dataset.key);
    if (place >= 0) return tell(turn.querySelector("[data-ahead]"), place);
  }
  const was = turn.dataset.state;
  const fresh = swap("turn", await part(location.pathname));
  if (fresh && was !== "called" && fresh.dataset.state === "called" && navigator.vibrate) navigator.vibrate([300, 150, 300]);
};

function tell(line, n) {
  line.dataset.ahead = n;
  line.textContent = n === 0 ? line.dataset.none : n === 1 ? line.dataset.one : line.dataset.many.replace("{n}", n);
}

setInterval(() => { if (document.querySelector('[data-state="coming"]')) read(); }, ASK_AGAIN_MS);
