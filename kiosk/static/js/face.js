// What a page cannot do by itself: count down to the start, play a sound, tick one box alone, listen to a key.
// Every page works without it.
"use strict";
(() => {
  const screen = { id: null, left: 0 };

  function countdown() {
    return document.querySelector("[data-countdown]");
  }

  function begin() {
    const place = countdown();
    if (place) screen.left = Number(place.dataset.countdown);
  }

  function show() {
    const place = countdown();
    const id = place?.closest("[id]")?.id ?? null;
    if (id !== screen.id) begin();
    screen.id = id;
    if (place) place.querySelector(".digits").textContent = screen.left;
  }

  function tick() {
    const place = countdown();
    if (place && screen.left <= 1) {
      begin();
      location.assign(place.dataset.home);
    }
    screen.left -= 1;
    show();
  }

  // The site's clock, not the tablet's: the page says what time it was when it was made.
  const ahead = Number(document.querySelector("meta[name=site-clock]").content) - Date.now();
  function clock() {
    const now = new Date(Date.now() + ahead).toISOString().slice(11, 16);
    for (const place of document.querySelectorAll("[data-clock]")) place.textContent = now;
  }

  function play(name) {
    const folder = document.body.dataset.sounds;
    if (folder) new Audio(`${folder}${name}.wav`).play().catch(() => {});
  }

  function ring() {
    const call = document.querySelector("[data-ring]");
    if (call) play(call.dataset.ring);
  }

  let called = null;
  function arrived(part) {
    const sound = part.matches("[data-sound]") ? part : part.querySelector("[data-sound]");
    if (sound) play(sound.dataset.sound);
    const call = part.matches("[data-call]") ? part : part.querySelector("[data-call]");
    if (!call || call.dataset.call === called) return;
    if (called !== null) {
      play("chime");
      call.classList.add("just-called");
    }
    called = call.dataset.call;
  }

  function alone(box) {
    if (!box.checked || !box.form) return;
    for (const other of (box.closest("fieldset") ?? box.form).querySelectorAll("input[type=checkbox]")) {
      if (other !== box && "alone" in box.dataset !== "alone" in other.dataset) other.checked = false;
    }
  }

  function typed(event) {
    begin();
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select")) return;
    const asked = [...document.querySelectorAll("[data-key]")].find((place) => place.dataset.key === event.key);
    if (!asked) return;
    event.preventDefault();
    asked.click();
  }

  // A browser keeps six connections to one address: a tab that nobody sees lets its stream go and takes it up again.
  // A page that rings keeps it.
  let stream = null;
  let dozing = false;
  function doze() {
    if (!stream || document.querySelector("[data-awake]")) return;
    if (document.hidden) {
      dozing = true;
      stream.close();
    } else if (stream.readyState === EventSource.CLOSED) {
      stream.dispatchEvent(new Event("error"));
    }
  }
  htmx.createEventSource = (url) => {
    stream = new EventSource(url, { withCredentials: true });
    if (document.hidden) doze();
    return stream;
  };
  document.addEventListener("visibilitychange", doze);
  document.addEventListener("htmx:sseOpen", () => {
    dozing = false;
  });

  // The news on a board is as old as its last answer. Said as soon as the hub is silent, unsaid by the next answer.
  let heard = Date.now();
  function fresh() {
    heard = Date.now();
  }
  function late() {
    const note = document.querySelector("[data-late]");
    if (dozing || !note || !note.hidden) return;
    note.hidden = false;
    note.parentElement.classList.add("late");
    note.parentElement.querySelector("[data-fresh]").hidden = true;
  }

  for (const name of ["htmx:sseOpen", "htmx:sseMessage", "htmx:afterOnLoad"]) document.addEventListener(name, fresh);
  for (const name of ["htmx:sseError", "htmx:sendError", "htmx:responseError"]) document.addEventListener(name, late);
  setInterval(() => {
    if (Date.now() - heard > 25000) late();
  }, 2000);
  document.addEventListener("pointerdown", begin);
  document.addEventListener("keydown", typed);
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox]")) alone(event.target);
  });
  document.addEventListener("htmx:load", (event) => {
    show();
    arrived(event.detail.elt);
  });
  // A refresh that fails waits for the next one; an act that fails must say so.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status >= 400 && event.detail.requestConfig.verb !== "get") event.detail.shouldSwap = true;
  });
  // A pairing link carries its code behind the "#": no server and no log ever sees it there.
  const pairing = document.querySelector("form[action='/pair'] [name=code]");
  if (pairing && location.hash.length > 1) {
    pairing.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
    pairing.form.requestSubmit();
  }
  clock();
  setInterval(ring, 4000);
  setInterval(tick, 1000);
  setInterval(clock, 5000);
})();
