/** A dialog for words that exist already: somebody changes what they wrote. */

import { el, fill } from "./dom.js";
import { bringHome } from "./toast.js";

/** Resolves to the new words, or null if the person left them as they were. */
export function askWords({ title, label, text, submit }) {
  const dialog = document.getElementById("editor");
  const box = el("textarea", { class: "field", id: "editor-text", rows: 4, value: text });
  const cancel = el("button", { type: "button", class: "button", on: { click: () => dialog.close("") } }, "Cancel");
  const form = el(
    "form",
    { novalidate: true },
    el("h2", { id: "editor-title" }, title),
    el("label", { class: "label", for: "editor-text" }, label),
    box,
    el("div", { class: "row end" }, cancel, el("button", { type: "submit", class: "button primary" }, submit)),
  );
  bringHome();
  fill(dialog, form);
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (box.value.trim()) dialog.close("saved");
    });
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "saved" ? box.value.trim() : null), { once: true });
    dialog.showModal();
    box.setSelectionRange(text.length, text.length);
    box.focus();
  });
}

/** Slack's stored text as a person typed it: ids become names again, links lose their brackets. */
export function asTyped(text, names) {
  return text
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.user(id) ? `@${names.user(id)}` : whole))
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (whole, id) => (names.channel(id) ? `#${names.channel(id)}` : whole))
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
