// The lists of a unit follow what happens; a filing that is being written to is left alone.
"use strict";

show.units = async () => {
  const html = await part(live.dataset.source);
  await hand;
  const form = document.activeElement?.closest("#bench form");
  const where = form ? form.getAttribute("action") : "";
  swap("bench", html);
  if (where) (document.querySelector(`#bench form[action="${where}"] button`) || document.querySelector("h1"))?.focus({ preventScroll: true });
};
