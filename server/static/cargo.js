// The page of a cargo: what became of the paper shows by itself.
"use strict";

show.cargo = async () => { const page = await part(live.dataset.source); await hand; swap("cargo", page); };
