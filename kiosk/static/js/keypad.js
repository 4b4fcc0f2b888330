// Keys on the page for a screen without a keyboard. The box stays a box: a keyboard, where there is one, types into it.
"use strict";
(() => {
  const pad = document.querySelector("[data-keypad]");
  const box = pad?.closest("form").elements[pad.dataset.keypad];
  if (!box) return;
  const group = Number(pad.dataset.group);
  const signs = [...pad.querySelectorAll("[data-sign]")].map((key) => key.dataset.sign);
  const most = 4 * group;

  function plain(text) {
    return [...text.toUpperCase()].filter((sign) => signs.includes(sign)).slice(0, most);
  }

  function show(typed) {
    box.value = typed.map((sign, at) => (at && at % group === 0 ? `-${sign}` : sign)).join("");
    box.scrollLeft = box.scrollWidth;
  }

  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (!key) return;
    const typed = plain(box.value);
    if ("erase" in key.dataset) show(typed.slice(0, -1));
    else show([...typed, key.dataset.sign].slice(0, most));
  });
  // A tablet's own keyboard would cover the keys.
  box.inputMode = "none";
  pad.hidden = false;
})();
