// The next number as it would be with what is typed; the server decides whether it may be so.
"use strict";

const numbers = document.getElementById("numbers");

function example() {
  const siglas = document.getElementById("siglas").value.trim().toUpperCase() || numbers.dataset.office;
  const pattern = document.getElementById("number_pattern").value, known = { siglas, year: numbers.dataset.year };
  if (!siglas && pattern.includes("{siglas}")) return; // only the server knows what stands there then
  const said = pattern.replace(/\{(siglas|year)\}/g, (_, name) => known[name]);
  document.querySelector("#example b").textContent = said.replace(/\{n(?::([1-9]))?\}/g, (_, width) => numbers.dataset.n.padStart(Number(width || 1), "0"));
}

numbers.addEventListener("input", example);
