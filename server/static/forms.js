// What a form changes is sent once, however often its button is pressed; after a while it may be tried again, for the line
// may have been lost. What only reads (a search, an export) may be sent as often as one likes.
"use strict";

const AGAIN_MS = 8000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  setTimeout(() => { delete form.dataset.sent; }, AGAIN_MS);
});

addEventListener("pageshow", () => { // back from the next page, the browser shows this one as it was left
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
