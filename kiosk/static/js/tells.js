// Says for a screen reader what has changed in parts of the page that are replaced whole: a live region must stay where
// it is. What stands in [data-tells] is said in #told when it was not there before.
"use strict";
(() => {
  const read = () => [...document.querySelectorAll("[data-tells]")].map(({ dataset }) => dataset.tells);
  let before = read();

  document.body.addEventListener("htmx:afterSettle", () => {
    const now = read();
    const fresh = now.filter((words) => !before.includes(words));
    if (fresh.length) document.getElementById("told").textContent = fresh.join(" ");
    before = now;
  });
})();
