// Says at once that a picture is too large: the server would only answer when all of it was sent.
"use strict";

for (const input of document.querySelectorAll("input[data-largest]")) {
  input.addEventListener("change", () => {
    const [file] = input.files;
    input.setCustomValidity(file && file.size > Number(input.dataset.largest) ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
}
