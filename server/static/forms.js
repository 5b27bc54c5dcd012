// A form is sent once, however often its button is pressed; what is wrong in it is shown first.
"use strict";

document.addEventListener("submit", (event) => {
  const form = event.target;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
});

addEventListener("pageshow", () => { // back from the next page, the browser shows this one as it was left
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
