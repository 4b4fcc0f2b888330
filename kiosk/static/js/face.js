// What a page cannot do by itself: count down to the start, play a sound, tick one box alone, listen to a key.
// Every page works without it.
"use strict";
(() => {
  const screen = { place: null, left: 0 };

  function begin() {
    if (screen.place) screen.left = Number(screen.place.dataset.countdown);
  }

  function show() {
    const place = document.querySelector("[data-countdown]");
    if (place !== screen.place) {
      screen.place = place;
      begin();
    }
    if (place) place.querySelector(".digits").textContent = screen.left;
  }

  // A new screen may be in the page before anybody was told of it: look first, then count.
  function tick() {
    show();
    if (!screen.place) return;
    screen.left -= 1;
    if (screen.left < 1) {
      begin();
      go(screen.place.dataset.home);
    }
    show();
  }

  // A kiosk never leaves its screen for a page that does not come: the browser's own error page has no way back.
  function go(address) {
    fetch(address, { method: "HEAD", cache: "no-store" }).then(() => location.assign(address), late);
  }

  // The site's clock, not the tablet's, which may be set while a page is open: the hub says the time with the page and
  // with each answer, and in between it is counted on.
  let ahead = 0;
  function set(clock) {
    if (clock) ahead = Number(clock) - performance.now();
  }
  set(document.querySelector("meta[name=site-clock]").content);
  function wall(instant) {
    return new Date(instant + ahead).toISOString().slice(11, 16);
  }
  function clock() {
    for (const place of document.querySelectorAll("[data-clock]")) place.textContent = wall(performance.now());
  }

  function play(name) {
    const folder = document.body.dataset.sounds;
    if (folder) new Audio(`${folder}${name}.wav`).play().catch(() => {});
  }

  function ring() {
    const call = document.querySelector("[data-ring]");
    if (call) play(call.dataset.ring);
  }

  // The kiosk's camera has said it already, at the moment of reading.
  function justRead(name) {
    return name === "read" && Date.now() - Number(document.body.dataset.readAt ?? 0) < 3000;
  }

  let called = null;
  function arrived(part) {
    const sound = part.matches("[data-sound]") ? part : part.querySelector("[data-sound]");
    if (sound && !justRead(sound.dataset.sound)) play(sound.dataset.sound);
    const call = part.matches("[data-call]") ? part : part.querySelector("[data-call]");
    if (!call || call.dataset.call === called) return;
    // The chime is the voice's, of each call that is spoken (voice.js).
    if (called !== null) call.classList.add("just-called");
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
    asked.focus();
    if (!asked.matches("input:not([type=checkbox]):not([type=radio])")) asked.click();
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
    stream.addEventListener("beat", fresh);
    if (document.hidden) doze();
    return stream;
  };
  document.addEventListener("visibilitychange", doze);
  document.addEventListener("htmx:sseOpen", () => {
    dozing = false;
  });

  // What a page shows is as old as the hub's last answer: said as soon as it is silent, unsaid by the next answer.
  let heard = performance.now();
  let silent = false;
  function say() {
    document.body.classList.toggle("late", silent);
    for (const note of document.querySelectorAll("[data-late]")) note.hidden = !silent;
    for (const news of document.querySelectorAll("[data-fresh]")) news.hidden = silent;
    for (const place of document.querySelectorAll("[data-heard]")) place.textContent = wall(heard);
  }
  function fresh() {
    heard = performance.now();
    silent = false;
    say();
  }
  function late() {
    if (dozing) return;
    silent = true;
    say();
  }
  // A stream may be refused while the hub is well, as there are only so many; and a page may have nothing to ask.
  function ask() {
    if (dozing || document.hidden || !document.querySelector("[data-late]")) return;
    const small = document.querySelector("link[rel=icon]").href;
    fetch(small, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5000) }).then(fresh, late);
  }
  function answered(event) {
    const { xhr, requestConfig } = event.detail;
    set(xhr.getResponseHeader("Site-Clock"));
    if (xhr.status >= 500 && requestConfig.verb === "get") late();
    else fresh();
  }

  // A refresh while a form of the same place is on its way would take that place away from under the form's answer, and
  // one between the two halves of a click the button from under the mouse: it is made up for afterwards, for what it told
  // of may be newer.
  const acting = new Map();
  const missed = new Set();
  const HOLD = 2000;
  let press = { place: null, at: 0 };
  function taken({ requestConfig, target }) {
    const pressed = performance.now() - press.at < HOLD && target?.contains(press.place);
    return requestConfig.verb === "get" && (pressed || [...acting.values()].includes(target));
  }
  for (const name of ["htmx:beforeRequest", "htmx:beforeSwap"]) {
    document.addEventListener(name, (event) => {
      if (!taken(event.detail)) return;
      event.preventDefault();
      missed.add(event.detail.target.id);
    });
  }
  // Nor can a place that is asking ask again: htmx keeps that wish with the place, and the answer takes the place away.
  // The message that made it ask is not missed: htmx tells of it in the task in which the request leaves, but after it.
  const asking = new Map();
  function makeUp() {
    const places = [...missed].map((id) => document.getElementById(id));
    missed.clear();
    for (const place of places) {
      if (place?.hasAttribute("hx-get")) {
        htmx.ajax("GET", place.getAttribute("hx-get"), { source: place, target: place, swap: "outerHTML" });
      }
    }
  }
  document.addEventListener("pointerdown", (event) => {
    press = { place: event.target, at: performance.now() };
  });
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => {
      press = { place: null, at: 0 };
      setTimeout(makeUp, 50);
    });
  }
  document.addEventListener("htmx:beforeSend", ({ detail, target }) => {
    if (detail.requestConfig.verb !== "get") {
      acting.set(detail.xhr, detail.target);
      return;
    }
    const request = { place: target, left: false, behind: false };
    asking.set(detail.xhr, request);
    queueMicrotask(() => {
      request.left = true;
    });
  });
  document.addEventListener("htmx:sseMessage", ({ target }) => {
    for (const request of asking.values()) {
      if (request.place === target && request.left) request.behind = true;
    }
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const request = asking.get(detail.xhr);
    asking.delete(detail.xhr);
    // A place that is still there asks by itself.
    const gone = request?.behind && !request.place.isConnected;
    if (gone) missed.add(request.place.id);
    if (acting.delete(detail.xhr) || gone) setTimeout(makeUp, 50);
  });

  for (const name of ["htmx:sseOpen", "htmx:sseMessage"]) document.addEventListener(name, fresh);
  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, late);
  document.addEventListener("htmx:afterOnLoad", answered);
  document.addEventListener("htmx:sseError", ask);
  setInterval(() => {
    if (silent || performance.now() - heard > 20000) ask();
  }, 5000);
  document.addEventListener("pointerdown", begin);
  document.addEventListener("keydown", typed);
  document.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox]")) alone(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".surface-kiosk a[href]");
    if (!link) return;
    event.preventDefault();
    go(link.href);
  });
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (part.lang) document.documentElement.lang = part.lang;
    if (silent) say();
    show();
    arrived(part);
  });
  // A refresh that fails waits for the next one; an act that fails must say so.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status >= 400 && event.detail.requestConfig.verb !== "get") event.detail.shouldSwap = true;
  });
  // A pairing link carries its code behind the "#": no server and no log ever sees it there.
  const pairing = document.querySelector("form[action='/pair'] [name=code]");
  function brought() {
    if (!pairing || location.hash.length < 2) return;
    pairing.value = location.hash.slice(1);
    history.replaceState(null, "", location.pathname + location.search);
    // A code is used up by the first who sends it: a tap says that this is the browser which is to be trusted.
    if (pairing.closest("[data-at-once]")) pairing.form.requestSubmit();
    else pairing.form.querySelector("button").focus();
  }
  brought();
  window.addEventListener("hashchange", brought);
  // A form that ends the session it was sent from: its second tap would come without one, and lead to the sign-in.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.once");
    if (!form) return;
    if ("sent" in form.dataset) event.preventDefault();
    form.dataset.sent = "";
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form.once")) delete form.dataset.sent;
  });
  clock();
  setInterval(ring, 4000);
  setInterval(tick, 1000);
  setInterval(clock, 5000);
})();
