// The waiting room's screen.
"use strict";

show.calls = async () => { // the board
  const before = document.getElementById("calls").dataset.flash;
  const fresh = swap("calls", await part(live.dataset.source));
  if (fresh && fresh.dataset.flash && fresh.dataset.flash !== before) fresh.classList.add("flash");
};
