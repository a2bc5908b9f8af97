"use strict";
// The conversation: a long poll that goes on from the last row seen, and a queue of lines to send.
// Without it the forms of the page still work, by reloading.
(() => {
  const chat = document.getElementById("chat");
  const lines = document.getElementById("lines");
  const typing = document.getElementById("typing");
  const state = document.getElementById("state");
  const ending = document.getElementById("ending");
  const form = document.getElementById("say");
  const text = document.getElementById("text");
  const words = chat.dataset;
  const names = { trainee: words.you, customer: words.customer, coach: words.coach };
  const MAX_DELAY_S = 12;
  const SHELF = `unsent ${words.person}`;
  let last = Number(words.last);
  let said = Number(words.said);
  let delivered = Promise.resolve();

  // Whoever reads further up is left there; otherwise the newest line stays in sight, also when
  // what is below the lines grows.
  let atEnd = true;
  const toEnd = () => {
    lines.scrollTop = lines.scrollHeight;
  };
  lines.addEventListener("scroll", () => {
    atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 60;
  });
  new ResizeObserver(() => atEnd && toEnd()).observe(lines);

  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

  // randomUUID is only there on https and localhost.
  const newKey = () =>
    Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");

  // What was typed survives a reload. A browser that keeps nothing loses only that.
  const shelf = {
    read() {
      try {
        return JSON.parse(sessionStorage.getItem(SHELF)) || [];
      } catch {
        return [];
      }
    },
    write(unsent) {
      try {
        sessionStorage.setItem(SHELF, JSON.stringify(unsent.map(({ key, text, button }) => ({ key, text, button }))));
      } catch {
        return;
      }
    },
  };
  const unsent = shelf.read();

  const tell = (sentence) => {
    state.textContent = sentence;
  };

  const show = (speaker, words_, link) => {
    const item = document.createElement("li");
    item.className = speaker;
    const name = document.createElement("b");
    name.textContent = names[speaker];
    const line = document.createElement("p");
    line.textContent = words_;
    item.append(name, " ", line);
    if (link) {
      const anchor = document.createElement("a");
      anchor.className = "button";
      anchor.href = `/dialogues/${encodeURIComponent(link)}`;
      anchor.textContent = words.open;
      item.append(anchor);
    }
    lines.append(item);
    document.getElementById("empty").hidden = true;
    if (atEnd || speaker === "trainee") toEnd();
    return item;
  };

  const lineOf = (inbox) => lines.querySelector(`[data-inbox="${Number(inbox)}"]`);

  // What the customer heard. Anything else we typed was a command, or was refused; it is not
  // part of the talk, and looks so.
  const heard = new Set([...lines.querySelectorAll("[data-inbox]")].map((item) => Number(item.dataset.inbox)));
  const setAside = (rows) => {
    for (const row of rows) {
      if (row.inbox_id && !heard.has(row.inbox_id)) lineOf(row.inbox_id)?.classList.add("aside");
    }
  };

  // A line said in another tab; our own are already there, once the server has named them.
  const presentOwn = async (row) => {
    await delivered;
    heard.add(row.inbox_id);
    if (!lineOf(row.inbox_id)) show("trainee", row.text).dataset.inbox = row.inbox_id;
    said = Math.max(said, row.inbox_id);
  };

  const present = async (row) => {
    if (row.speaker === "trainee") return presentOwn(row);
    const delay = Math.min(row.delay_s || 0, MAX_DELAY_S);
    if (delay > 0) {
      typing.hidden = false;
      await pause(delay);
      typing.hidden = true;
    }
    show(row.speaker, row.text, row.debrief_of).dataset.row = row.id;
    last = row.id;
  };

  const FORM_MOVES = ["dialogue_started", "dialogue_ended", "wrap_up_form", "wrap_up_kept", "resumed"];

  const ask = async () => {
    const answer = await fetch(`/api/v1/feed?after=${last}&said=${said}`, { credentials: "same-origin" });
    if (answer.status === 401) {
      location.reload();
      return pause(60);
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    tell(unsent.length ? words.notSent : "");
    for (const row of found.rows) await present(row);
    await delivered;
    setAside(found.rows);
    words.status = found.status;
    if (found.rows.length) document.body.dispatchEvent(new Event("case-moved"));
    if (found.rows.some((row) => FORM_MOVES.includes(row.code))) {
      document.body.dispatchEvent(new Event("wrap-up-moved"));
    }
  };

  const listen = async () => {
    let wait = 1;
    for (;;) {
      try {
        await ask();
        wait = 1;
      } catch {
        tell(words.offline);
        await pause(wait);
        wait = Math.min(wait * 2, 15);
      }
    }
  };

  const deliver = async (line) => {
    const answer = await fetch("/api/v1/lines", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": words.csrf },
      body: JSON.stringify(line.button ? { button: line.button, key: line.key } : { text: line.text, key: line.key }),
    });
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    const kept = await answer.json();
    if (!answer.ok) tell(kept.text);
    if (!line.item) return;
    line.item.classList.remove("pending");
    if (!answer.ok) return;
    if (lineOf(kept.inbox_id)) line.item.remove();
    else line.item.dataset.inbox = kept.inbox_id;
  };

  // The same key goes out with every try, so that a line whose answer was lost is kept once.
  const drain = async () => {
    let wait = 1;
    while (unsent.length) {
      try {
        await deliver(unsent[0]);
        unsent.shift();
        shelf.write(unsent);
        wait = 1;
      } catch {
        tell(words.notSent);
        await pause(wait);
        wait = Math.min(wait * 2, 15);
      }
    }
  };

  const send = () => {
    delivered = delivered.then(drain);
  };

  const put = (line) => {
    unsent.push({ key: newKey(), text: "", button: "", ...line });
    shelf.write(unsent);
    send();
  };

  const grow = () => {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 2}px`;
  };

  const showPending = (words_) => {
    const item = show("trainee", words_);
    item.classList.add("pending");
    return item;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const line = text.value.trim();
    if (!line) return;
    text.value = "";
    grow();
    tell("");
    put({ text: line, item: showPending(line) });
    text.focus();
  });
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    // 229: the key belongs to an input method that is still composing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  for (const button of document.querySelectorAll("[data-button]")) {
    button.addEventListener("submit", (event) => {
      event.preventDefault();
      // Until the status has changed a second press says nothing new.
      const now = button.querySelector("button");
      now.disabled = true;
      setTimeout(() => (now.disabled = false), 1000);
      put({ button: button.dataset.button });
      ending.open = false;
      text.focus();
    });
  }
  document.getElementById("end-no").addEventListener("click", () => {
    ending.open = false;
    text.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ending.open = false;
  });

  // The part beside the conversation comes anew from the server; whether it was open is ours.
  const wide = matchMedia("(min-width: 60rem)");
  const place = document.getElementById("case");
  const part = () => place.querySelector("details");
  let open = wide.matches;
  const openCase = () => {
    if (part()) part().open = open;
  };
  place.addEventListener("htmx:beforeSwap", () => {
    open = part() ? part().open : wide.matches;
  });
  place.addEventListener("htmx:afterSwap", openCase);

  for (const line of unsent) if (line.text) line.item = showPending(line.text);
  if (unsent.length) send();
  openCase();
  toEnd();
  if (words.status !== "none" && wide.matches) text.focus();
  listen();
})();
