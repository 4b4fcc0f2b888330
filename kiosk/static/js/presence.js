// Is anybody here? A touch or a key tells the hub, once a minute at most; the page says so before it locks.
// Without it the acts of whoever works here count, and a page of an idle session refreshes itself into the lock.
"use strict";
(() => {
  const place = document.getElementById("presence");
  const { left, whole, warning, leads } = place.dataset;
  const digits = place.querySelector(".digits");
  const MINUTE = 60000;
  // Other tabs of this browser are in the same hands.
  const tabs = new BroadcastChannel("presence");
  // A second more than the hub said: whoever comes to the lock before it is shut would be sent back.
  let locks = Date.now() + (Number(left) + 1) * 1000;
  let told = locks - (Number(whole) + 1) * 1000;
  let leaving = 0;

  function here(at) {
    told = at;
    locks = at + (Number(whole) + 1) * 1000;
    show();
  }

  function touched() {
    const now = Date.now();
    if (now >= locks || (place.hidden && now - told < MINUTE)) return;
    told = now;
    htmx.ajax("POST", place.action, { source: place, target: place, swap: "none" });
  }

  // To no page that does not come: the browser's own error page has no way back.
  function leave() {
    if (Date.now() - leaving < 5000) return;
    leaving = Date.now();
    fetch(leads, { method: "HEAD", cache: "no-store" }).then(() => location.replace(leads), () => {});
  }

  function show() {
    const seconds = Math.ceil((locks - Date.now()) / 1000);
    place.hidden = seconds > Number(warning);
    if (!place.hidden) digits.textContent = Math.max(0, seconds);
    if (seconds < 1) leave();
  }

  place.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful || detail.xhr.getResponseHeader("HX-Redirect")) return;
    here(told);
    tabs.postMessage(told);
  });
  place.addEventListener("submit", (event) => event.preventDefault());
  tabs.addEventListener("message", (event) => here(event.data));
  for (const name of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(name, touched, { capture: true, passive: true });
  }
  show();
  setInterval(show, 1000);
})();
