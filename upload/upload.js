// Sends files in pieces, and goes on where a line broke (tus 1.0). Without this
// script the form sends them whole. What it says to people stands in the page.
(function () {
  "use strict";
  var form = document.querySelector("form[data-tus]");
  if (!form || !window.XMLHttpRequest || !window.File || !File.prototype.slice) return;
  var field = form.querySelector("input[type=file]");
  var list = document.getElementById("files");
  var told = document.getElementById("files-told");
  if (!field || !list || !told) return;

  var LEAST = 256 * 1024, MOST = 5 * 1024 * 1024, SECONDS = 8;
  var piece = LEAST, queue = [], busy = false, some = false;

  function say(name, values) {
    var text = form.getAttribute("data-say-" + name) || "";
    Object.keys(values || {}).forEach(function (key) { text = text.replace("{" + key + "}", values[key]); });
    return text;
  }

  function size(n) {
    if (n < 1e6) return say("kb", { n: Math.max(1, Math.round(n / 1000)) });
    return say("mb", { n: (Math.round(n / 1e5) / 10).toLocaleString(document.documentElement.lang) });
  }

  // row shows one file; the list is there for screen readers too, and what changes
  // there is told politely and seldom.
  function row(file) {
    var none = list.querySelector("li.none");
    if (none) list.removeChild(none);
    var item = document.createElement("li");
    var name = document.createElement("span");
    var state = document.createElement("span");
    var bar = document.createElement("progress");
    name.className = "name"; name.textContent = file.name;
    state.className = "status"; bar.max = 1; bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    item.appendChild(name); item.appendChild(bar); item.appendChild(state);
    list.appendChild(item);
    return { item: item, state: state, bar: bar };
  }

  function ask(method, url, headers, body, progress, done) {
    var r = new XMLHttpRequest();
    r.open(method, url);
    r.setRequestHeader("Tus-Resumable", "1.0.0");
    Object.keys(headers).forEach(function (key) { r.setRequestHeader(key, headers[key]); });
    if (progress && r.upload) r.upload.onprogress = progress;
    r.timeout = 0;
    r.onloadend = function () { done(r); };
    r.send(body || null);
  }

  function base64(text) { return btoa(unescape(encodeURIComponent(text))); }

  // one sends one file to its end, however often it has to begin again.
  function one(job, end) {
    var pause = 1000;

    function show(text) { job.row.state.textContent = text; }

    function progress(at) {
      job.row.bar.value = job.file.size ? at / job.file.size : 1;
      show(say("part", { here: size(at), size: size(job.file.size) }));
    }

    // again waits, and looks how much is there: the server knows, not we.
    function again(then) {
      show(say("again"));
      var waited = false;
      function go() { if (!waited) { waited = true; window.removeEventListener("online", go); then(); } }
      setTimeout(go, pause);
      window.addEventListener("online", go);
      pause = Math.min(pause * 2, 30000);
    }

    function refused(r) {
      var code = r.getResponseHeader("Evidence-Refused");
      job.row.item.className = "wrong";
      show(say(r.status === 413 ? "large" : r.status === 403 || r.status === 404 ? "over" : "refused"));
      told.textContent = job.file.name + ": " + job.row.state.textContent;
      end(code || true);
    }

    function begin() {
      var meta = "filename " + base64(job.file.name);
      if (job.replaces) meta += ",replaces " + base64(job.replaces);
      ask("POST", form.getAttribute("data-tus"), { "Upload-Length": String(job.file.size), "Upload-Metadata": meta }, null, null, function (r) {
        if (r.status === 201) {
          job.url = r.getResponseHeader("Location");
          return job.file.size ? send(0) : judged();
        }
        if (r.status >= 400 && r.status < 500) return refused(r);
        again(begin);
      });
    }

    function look() {
      ask("HEAD", job.url, {}, null, null, function (r) {
        if (r.status === 200) {
          pause = 1000;
          var at = Number(r.getResponseHeader("Upload-Offset"));
          return at < job.file.size ? send(at) : judged();
        }
        if (r.status >= 400 && r.status < 500) return refused(r);
        again(look);
      });
    }

    // send sends one piece. What takes long is made smaller, what is quick larger.
    function send(at) {
      var end = Math.min(at + piece, job.file.size), began = Date.now();
      progress(at);
      ask("PATCH", job.url, { "Upload-Offset": String(at), "Content-Type": "application/offset+octet-stream" }, job.file.slice(at, end), function (e) {
        progress(Math.min(at + e.loaded, end));
      }, function (r) {
        var took = Math.max(0.05, (Date.now() - began) / 1000);
        if (r.status === 204) {
          pause = 1000;
          piece = Math.max(LEAST, Math.min(MOST, Math.round((end - at) / took * SECONDS)));
          var here = Number(r.getResponseHeader("Upload-Offset"));
          return here < job.file.size ? send(here) : judged();
        }
        if (r.status === 413 || r.status === 404 || r.status === 403) return refused(r);
        piece = Math.max(LEAST, Math.round(piece / 2));
        again(look);
      });
    }

    // judged asks how the file stands until somebody has looked into it.
    function judged() {
      var tries = 0;
      job.row.bar.value = 1;
      (function next() {
        var id = job.url.split("/").pop();
        ask("GET", form.getAttribute("data-state") + id, {}, null, null, function (r) {
          var s = null;
          try { s = r.status === 200 ? JSON.parse(r.responseText) : null; } catch (e) { s = null; }
          if (s) {
            show([s.words, s.why, s.next].filter(Boolean).join(" "));
            if (s.done || s.wrong || tries > 4) {
              job.row.item.className = s.wrong ? "wrong" : s.done ? "done" : "";
              told.textContent = job.file.name + ": " + job.row.state.textContent;
              return end();
            }
          }
          tries++;
          setTimeout(next, Math.min(1000 * tries, 5000));
        });
      })();
    }

    if (job.url) look(); else begin();
  }

  function work() {
    if (busy || !queue.length) return;
    busy = true;
    one(queue.shift(), function () { busy = false; work(); });
  }

  // A file that stopped on its way before goes on, if it is chosen again: told by its
  // name and size, which stand in the page.
  function stopped(file) {
    var items = list.querySelectorAll("li[data-at]");
    for (var i = 0; i < items.length; i++) {
      if (items[i].getAttribute("data-name") === file.name && Number(items[i].getAttribute("data-bytes")) === file.size) return items[i];
    }
    return null;
  }

  field.addEventListener("change", function () {
    Array.prototype.forEach.call(field.files, function (file) {
      var before = stopped(file), url = "";
      if (before) { url = before.getAttribute("data-at"); before.parentNode.removeChild(before); }
      queue.push({ file: file, url: url, row: row(file), replaces: form.getAttribute("data-replaces") || "" });
    });
    field.value = "";
    some = true;
    told.textContent = say("begun");
    work();
  });

  // What was chosen is on its way already, and the page tells how it goes; with nothing
  // chosen at all the server says what to do.
  form.addEventListener("submit", function (e) { if (!field.files.length && some) e.preventDefault(); });
  window.addEventListener("beforeunload", function (e) { if (busy) { e.preventDefault(); e.returnValue = ""; } });
})();
