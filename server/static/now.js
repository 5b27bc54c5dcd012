// The supervisor's view of the office follows what happens.
"use strict";

show.overview = async () => {
  const parts = parse(await part(live.dataset.source));
  await hand;
  if (!parts.getElementById("now")) return location.reload(); // signed out, or a new version
  for (const fresh of [...parts.body.children]) put(fresh);
};
