// The camera of a tablet or phone as a scanner: the newest picture goes to the hub, one at a time. Without this script,
// without HTTPS or without leave to use the camera, the form takes a photo instead.
"use strict";
(() => {
  const form = document.getElementById("photo");
  const finder = document.getElementById("finder");
  const video = finder.querySelector("video");
  const PAUSE = 130;
  const CALM_PAUSE = 600;
  const TROUBLE_PAUSE = 2000;
  const CALM_AFTER = 20000;
  const QUALITY = 0.85;
  const LONGEST_SIDE = 3200;
  const LIT = 1500;
  let camera = null;
  let opening = false;
  let stirred = 0;

  function say(...words) {
    for (const place of document.querySelectorAll("[data-camera]")) place.hidden = !words.includes(place.dataset.camera);
  }

  async function open() {
    if (camera || opening || document.hidden) return;
    opening = true;
    try {
      camera = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      const track = camera.getVideoTracks()[0];
      track.addEventListener("ended", lost);
      if (track.getCapabilities?.().focusMode?.includes("continuous")) {
        track.applyConstraints({ advanced: [{ focusMode: "continuous" }] }).catch(() => {});
      }
      video.srcObject = camera;
      await video.play();
      say();
      finder.hidden = false;
      stirred = Date.now();
      look();
    } catch (error) {
      close();
      say(error.name === "NotAllowedError" ? "denied" : "missing", "again");
    } finally {
      opening = false;
    }
    if (document.hidden) close();
  }

  function close() {
    for (const track of camera?.getTracks() ?? []) track.stop();
    camera = null;
    video.srcObject = null;
    finder.hidden = true;
  }

  function lost() {
    close();
    say("missing", "again");
  }

  function picture(source, width, height) {
    const canvas = document.createElement("canvas");
    const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => {
      canvas.toBlob(resolve, "image/jpeg", QUALITY);
    });
  }

  const word = () => document.getElementById("hint").dataset.word;
  const answer = () => document.getElementById("answer").dataset.scan ?? "";

  async function look() {
    const mine = camera;
    while (mine && mine === camera && form.isConnected) {
      let pause = PAUSE;
      try {
        if (video.videoWidth) await send(await picture(video, video.videoWidth, video.videoHeight));
        if (word() !== "seek") stirred = Date.now();
        if (Date.now() - stirred > CALM_AFTER) pause = CALM_PAUSE;
        if (["no_agent", "busy"].includes(word())) pause = TROUBLE_PAUSE;
      } catch {
        pause = TROUBLE_PAUSE; // the hub does not answer, and the page says so by itself
      }
      await new Promise((resolve) => {
        setTimeout(resolve, pause);
      });
    }
    if (mine === camera) close(); // an error page stands where the form was
  }

  function send(jpeg) {
    const frame = new File([jpeg], "frame.jpg", { type: jpeg.type });
    return htmx.ajax("POST", form.action, {
      source: form,
      target: "#hint",
      swap: "outerHTML",
      values: { key: crypto.randomUUID(), live: "1", shown: word(), answer: answer(), frame },
    });
  }

  // A photo of today's phones is ten times larger than a code needs.
  async function shrink(input) {
    const image = await createImageBitmap(input.files[0]);
    const smaller = new DataTransfer();
    smaller.items.add(new File([await picture(image, image.width, image.height)], "photo.jpg", { type: "image/jpeg" }));
    input.files = smaller.files;
  }

  form.frame.addEventListener("change", async () => {
    if (!form.frame.files.length) return;
    close();
    await shrink(form.frame).catch(() => {}); // as it is, then
    form.requestSubmit();
  });
  document.addEventListener("htmx:load", (event) => {
    const { elt } = event.detail;
    const { read } = (elt.matches("[data-read]") ? elt : elt.querySelector("[data-read]"))?.dataset ?? {};
    if (!read) return;
    stirred = Date.now();
    finder.dataset.read = read;
    setTimeout(() => delete finder.dataset.read, LIT);
    navigator.vibrate?.(80);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close();
    else if (window.isSecureContext) open();
  });
  if (!window.isSecureContext) say("insecure");
  else if (!navigator.mediaDevices) say("missing");
  else {
    say("starting");
    open();
  }
})();
