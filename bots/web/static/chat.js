"use strict";
// The conversation: a long poll that goes on from the last row seen, and a queue of lines to send.
// Everything also works without it, by reloading.
(() => {
  const chat = document.getElementById("chat");
  const lines = document.getElementById("lines");
  const typing = document.getElementById("typing");
  const state = document.getElementById("state");
  const words = chat.dataset;
  const names = { trainee: words.you, customer: words.customer, coach: words.coach };
  const MAX_DELAY_S = 12;
  const unsent = [];
  let last = Number(words.last);
  let sending = false;

  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  // randomUUID is only there on https and localhost.
  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

  const show = (speaker, text, link) => {
    const item = document.createElement("li");
    item.className = speaker;
    const name = document.createElement("b");
    name.textContent = names[speaker];
    const said = document.createElement("p");
    said.textContent = text;
    item.append(name, said);
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = `/dialogues/${encodeURIComponent(link)}`;
      anchor.textContent = words.open;
      item.append(anchor);
    }
    lines.append(item);
    document.getElementById("empty").hidden = true;
    lines.scrollTop = lines.scrollHeight;
    return item;
  };

  const setStatus = (status) => {
    words.status = status;
    const shown = {
      running: ["hint", "record", "pause", "end"],
      paused: ["resume", "record", "end"],
      parked: ["resume"],
      none: [],
    }[status] || [];
    for (const form of document.querySelectorAll("[data-button]")) {
      form.hidden = !shown.includes(form.dataset.button);
    }
  };

  const present = async (row) => {
    const delay = Math.min(row.delay_s || 0, MAX_DELAY_S);
    if (delay > 0) {
      typing.hidden = false;
      await pause(delay);
      typing.hidden = true;
    }
    const item = show(row.speaker, row.text, row.debrief_of);
    item.dataset.row = row.id;
    last = row.id;
  };

  const ask = async () => {
    const answer = await fetch(`/chat/feed?after=${last}`, { credentials: "same-origin" });
    if (answer.status === 401) {
      location.reload();
      return pause(60);
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    state.textContent = unsent.length ? words.notSent : "";
    for (const row of found.rows) await present(row);
    setStatus(found.status);
  };

  const listen = async () => {
    let wait = 1;
    for (;;) {
      try {
        await ask();
        wait = 1;
      } catch {
        state.textContent = words.offline;
        await pause(wait);
        wait = Math.min(wait * 2, 15);
      }
    }
  };

  const deliver = async (line) => {
    const answer = await fetch("/chat/send", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": words.csrf },
      body: JSON.stringify({ text: line.text, button: line.button, key: line.key }),
    });
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    if (!answer.ok) state.textContent = (await answer.json()).text;
    if (line.item) line.item.classList.remove("pending");
  };

  // The same key goes out with every try, so that a line whose answer was lost is kept once.
  const drain = async () => {
    if (sending) return;
    sending = true;
    let wait = 1;
    while (unsent.length) {
      try {
        await deliver(unsent[0]);
        unsent.shift();
        wait = 1;
      } catch {
        state.textContent = words.notSent;
        await pause(wait);
        wait = Math.min(wait * 2, 15);
      }
    }
    sending = false;
  };

  const put = (line) => {
    unsent.push({ key: newKey(), text: "", button: "", ...line });
    drain();
  };

  const form = document.getElementById("say");
  const text = document.getElementById("text");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (!said) return;
    text.value = "";
    state.textContent = "";
    const item = show("trainee", said);
    item.classList.add("pending");
    put({ text: said, item });
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  for (const button of document.querySelectorAll("[data-button]")) {
    button.addEventListener("submit", (event) => {
      event.preventDefault();
      put({ button: button.dataset.button });
    });
  }

  setStatus(words.status);
  lines.scrollTop = lines.scrollHeight;
  listen();
})();
