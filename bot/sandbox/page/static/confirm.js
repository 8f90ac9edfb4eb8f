/** Slack's confirm object as a real dialog. The refusing button has the focus first: Enter alone never kills a post. */

import { el, fill } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { words } from "./blocks.js";
import { bringHome } from "./toast.js";

/** Resolves true if the person confirmed. Escape and the refusing button mean no. */
export function askConfirm(ask, names) {
  const dialog = document.getElementById("confirm");
  return new Promise((resolve) => {
    const answer = (yes) => () => dialog.close(yes ? "yes" : "no");
    const style = ask.style === "danger" ? "danger" : "primary";
    bringHome();
    fill(
      dialog,
      el("h2", { id: "confirm-title" }, plain(ask.title.text)),
      el("div", { id: "confirm-text", class: "words" }, words(ask.text, names)),
      el("div", { class: "row end" },
        el("button", { type: "button", class: "button", autofocus: true, on: { click: answer(false) } }, plain(ask.deny.text)),
        el("button", { type: "button", class: `button ${style}`, on: { click: answer(true) } }, plain(ask.confirm.text))),
    );
    dialog.returnValue = "no";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
  });
}
