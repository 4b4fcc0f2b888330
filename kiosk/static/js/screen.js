// A kiosk's screen stands in public: no way out of the page, no menu behind a long touch, nothing to be dragged or
// enlarged by mistake. Staff pages keep all of that. What a page cannot hold is held by the browser's policy.
"use strict";
(() => {
  const ZOOM = ["+", "-", "=", "_", "0"];
  // Open, save, print, source, find; help, find, caret, full screen.
  const DIALOGS = ["o", "s", "p", "u", "f", "g"];
  const KEYS = ["F1", "F3", "F7", "F11"];

  function stop(event) {
    event.preventDefault();
  }

  for (const name of ["contextmenu", "dragstart", "gesturestart"]) document.addEventListener(name, stop);
  document.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey) stop(event);
    },
    { passive: false },
  );
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    const held = event.ctrlKey || event.metaKey;
    const back = event.altKey && ["arrowleft", "arrowright", "home"].includes(key);
    if ((held && [...ZOOM, ...DIALOGS].includes(key)) || back || KEYS.includes(event.key)) stop(event);
  });
})();
