/** Short notices, and the words a screen reader hears. An open dialog covers the page, so notices move into it. */

import { el } from "./dom.js";

const SHOWN_MS = 8000;

export function toast(text) {
  const box = document.getElementById("toasts");
  const host = [...document.querySelectorAll("dialog[open]")].pop() ?? document.body;
  if (box.parentElement !== host) host.append(box);
  const close = el("button", { type: "button", class: "quiet", on: { click: () => note.remove() } }, "Dismiss");
  const note = el("div", { class: "toast", role: "alert" }, el("p", {}, text), close);
  box.replaceChildren(note);
  setTimeout(() => note.remove(), SHOWN_MS);
}

export function announce(text) {
  document.getElementById("live").textContent = text;
}

/** A dialog about to be emptied must not take the notices with it. */
export function bringHome() {
  document.body.append(document.getElementById("toasts"));
}
