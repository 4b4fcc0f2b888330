// The loudspeaker of a board: each call once, one after the other, tables before zones as #announcements orders them.
// What stands there may still be said; what has left it is said no more. A silent page shows each for the eye, and for
// a screen reader. Without it the board shows the same.
"use strict";
(() => {
  const PAUSE = "-"; // between two sayings of one call
  const BETWEEN = { sayings: 600, calls: 400 }; // ms
  const READ = 4000; // ms for which a call is shown that nobody hears
  const STARTS = 4000; // ms within which a recording must begin, and
  const ENDS = 20000; // end
  const REMEMBERED = 200; // calls: more than ever stand in the page. By no clock, for a tablet's may be set

  // What was said outlives a reload, and the browser's restart after a power cut.
  const memory = `calls said ${location.pathname}${location.search}`;
  let said = [];
  function recollect() {
    try {
      said = JSON.parse(localStorage.getItem(memory)) ?? [];
    } catch {
      // A browser that keeps nothing speaks all the same.
    }
  }
  function keep() {
    try {
      localStorage.setItem(memory, JSON.stringify(said));
    } catch {
      // As above.
    }
  }
  function remember(call) {
    said = [...said, call.name].slice(-REMEMBERED);
    keep();
  }
  function forget(call) {
    said = said.filter((name) => name !== call.name);
    keep();
  }

  // call: when this page first heard of it
  const met = new Map();
  function calls() {
    const now = performance.now();
    const all = [...document.querySelectorAll("#announcements > li:not([data-valid=no])")].map(({ dataset }) => ({
      // A new database begins to count anew.
      name: `${dataset.seq} ${dataset.made}`,
      // After so long a call that we could not say, or not be told of, is nobody's any more.
      lasts: 1000 * dataset.seconds,
      clips: dataset.clips.split(" ").filter(Boolean),
      caption: dataset.caption,
    }));
    for (const { name } of all) if (!met.has(name)) met.set(name, now);
    for (const name of met.keys()) if (!all.some((call) => call.name === name)) met.delete(name);
    return all;
  }
  function next() {
    recollect();
    const now = performance.now();
    return calls().find((call) => !said.includes(call.name) && now - met.get(call.name) < call.lasts);
  }

  function wait(ms) {
    return new Promise((over) => setTimeout(over, ms));
  }
  function recording(address, volume) {
    const sound = new Audio(address);
    sound.preload = "auto";
    sound.volume = volume;
    return sound;
  }
  // Until it has ended, failed, or kept us waiting for too long; never is one heard together with the next.
  function play(sound) {
    return new Promise((over, refused) => {
      const stop = () => {
        sound.pause();
        over();
      };
      let timer = setTimeout(stop, STARTS);
      sound.addEventListener("playing", () => {
        clearTimeout(timer);
        timer = setTimeout(stop, ENDS);
      });
      for (const name of ["ended", "error"]) {
        sound.addEventListener(name, () => {
          clearTimeout(timer);
          over();
        });
      }
      sound.play().catch((error) => {
        clearTimeout(timer);
        if (error.name === "NotAllowedError") refused(error);
        else stop();
      });
    });
  }

  function caption(words) {
    for (const place of document.querySelectorAll("[data-said]")) place.textContent = words;
    for (const place of document.querySelectorAll("[data-captions]")) {
      place.textContent = words;
      place.hidden = !words;
    }
  }
  function offer(shown) {
    for (const form of document.querySelectorAll("[data-turn-on]")) form.hidden = !shown;
  }

  function audible() {
    const { volume, quiet } = document.getElementById("announcements").dataset;
    return quiet !== "yes" && Number(volume) > 0;
  }

  // `first`: nothing was said just before it. The ear is called once; what follows at once needs no chime.
  async function announce(call, first) {
    const { volume, chime } = document.getElementById("announcements").dataset;
    const aloud = audible();
    const folder = document.body.dataset.sounds;
    const rings = first && chime === "yes" && folder ? [`${folder}chime.wav`] : [];
    const sounds = (aloud ? [...rings, ...call.clips] : []).map((address) =>
      address === PAUSE ? null : recording(address, Number(volume) / 100),
    );
    // Before the first sound: whatever stops us within it, nobody is called twice.
    remember(call);
    caption(call.caption);
    for (const sound of sounds) await (sound ? play(sound) : wait(BETWEEN.sayings));
    await wait(aloud && call.clips.length ? BETWEEN.calls : READ);
  }

  // Two boards on one machine have one loudspeaker. Where the browser knows no turns there is one board to a machine.
  function inTurn(act) {
    return navigator.locks && audible() ? navigator.locks.request("loudspeaker", act) : act();
  }
  async function sayNext(first) {
    const call = next();
    if (!call) return false;
    try {
      await announce(call, first);
    } catch {
      // The browser wants a touch first; what may still be said then, is.
      forget(call);
      barred = true;
      offer(true);
    }
    caption("");
    return !barred;
  }

  let busy = false;
  let barred = false;
  async function speak() {
    if (busy || barred || !next()) return;
    busy = true;
    let first = true;
    while (await inTurn(() => sayNext(first))) first = false;
    busy = false;
  }

  // A touch anywhere on the board is one.
  function touched() {
    if (!barred) return;
    barred = false;
    offer(false);
    speak();
  }
  document.addEventListener("submit", (event) => {
    if (event.target.closest("[data-turn-on]")) event.preventDefault();
  });
  for (const name of ["click", "keydown"]) document.addEventListener(name, touched);
  document.addEventListener("htmx:load", speak);
  speak();
})();
