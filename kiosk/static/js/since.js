// How long ago something happened, counted on by the second from what the hub said; the page works without it.
"use strict";
(() => {
  const begun = new WeakMap();

  function tick() {
    for (const place of document.querySelectorAll("[data-since]")) {
      if (!begun.has(place)) begun.set(place, performance.now() - 1000 * Number(place.dataset.since));
      const seconds = Math.max(0, Math.floor((performance.now() - begun.get(place)) / 1000));
      place.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }

  tick();
  setInterval(tick, 1000);
})();
