/* A ticket's page asks every ten seconds where its number stands. For old phones: nothing newer than 2015. */
(function () {
  "use strict";
  var EVERY = 10000, LATE = 35000, heard = Date.now();

  function put(page, id) {
    var now = document.getElementById(id), next = page.getElementById(id);
    if (now.innerHTML === next.innerHTML && now.className === next.className) { return false; }
    now.className = next.className;
    now.innerHTML = next.innerHTML;
    return true;
  }

  function show(page) {
    if (!page || !page.getElementById("status")) { return; }
    heard = Date.now();
    put(page, "number");
    put(page, "line");
    put(page, "news");
    document.title = page.title;
    if (put(page, "said") && page.querySelector(".go") && navigator.vibrate) { navigator.vibrate([300, 150, 300]); }
  }

  function ask() {
    var late = document.querySelector(".late"), request = new XMLHttpRequest();
    if (late) { late.hidden = Date.now() - heard < LATE; }
    if (document.hidden) { return; }
    request.open("GET", location.href);
    request.responseType = "document";
    request.timeout = 8000;
    request.onload = function () { show(request.response); };
    request.send();
  }

  setInterval(ask, EVERY);
  document.addEventListener("visibilitychange", function () { if (!document.hidden) { ask(); } });
})();
