// The live picture's words and its green light, told by the agent on this machine. Without it the page's own sentence
// stays. Only the start screen has such a picture, and it is always loaded as a page of its own.
"use strict";
(() => {
  const live = document.querySelector("[data-advice-url]");
  if (!live) return;
  const READ_MS = 1500;
  const AGAIN_MS = 3000;
  const folder = document.body.dataset.sounds;
  const sound = folder ? new Audio(`${folder}read.wav`) : null;
  let stream = null;
  let advice = "";
  let read = 0;

  function show() {
    const word = read ? "read" : advice;
    const said = [...live.querySelectorAll("[data-advice]")];
    const now = said.find((one) => one.dataset.advice === word) ?? said[0];
    for (const one of said) one.hidden = one !== now;
    live.classList.toggle("read", Boolean(read));
  }

  function hear(event) {
    advice = event.data;
    show();
  }

  function light() {
    clearTimeout(read);
    read = setTimeout(() => {
      read = 0;
      show();
    }, READ_MS);
    show();
    if (!sound) return;
    // The screen that comes next says so itself where no agent did: once is enough.
    document.body.dataset.readAt = Date.now();
    sound.currentTime = 0;
    sound.play().catch(() => {});
  }

  function lost() {
    advice = "";
    show();
    // A browser does not come back by itself from an answer that was no stream.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
  }

  function listen() {
    if (!live.isConnected) return;
    stream = new EventSource(live.dataset.adviceUrl);
    stream.addEventListener("advice", hear);
    stream.addEventListener("read", light);
    stream.addEventListener("error", lost);
  }

  // Another screen has taken this one's place: the seat at the agent becomes free.
  document.addEventListener("htmx:load", () => {
    if (!live.isConnected) stream.close();
  });
  listen();
})();
