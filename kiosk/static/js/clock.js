// Proposes this device's own time, at the site, for the hub's clock, until somebody types another; without it the fields
// are plain ones. A device whose clock is older than the program proposes nothing.
"use strict";
(() => {
  const touched = new WeakSet();

  function propose() {
    for (const place of document.querySelectorAll("[data-site-time]")) {
      const now = new Date();
      if (touched.has(place) || now.getTime() < Number(place.dataset.built)) continue;
      const day = place.querySelector("[name=day]");
      const time = place.querySelector("[name=time]");
      if (!place.dataset.proposed && (day.value || time.value)) {
        touched.add(place); // what was typed before, and refused
        continue;
      }
      place.dataset.proposed = "yes";
      const how = { timeZone: place.dataset.siteTime, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" };
      // Swedes write 2026-11-23 07:30:15, as the fields want it.
      [day.value, time.step, time.value] = ((words) => [words[0], "1", words[1]])(
        new Intl.DateTimeFormat("sv-SE", how).format(now).split(" "),
      );
    }
  }

  document.addEventListener("input", ({ target }) => {
    const place = target.closest("[data-site-time]");
    if (place) touched.add(place);
  });
  document.addEventListener("htmx:afterSettle", propose);
  propose();
  setInterval(propose, 1000);
})();
