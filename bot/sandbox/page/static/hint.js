/** The first steps to try: each is ticked once it is done, by whoever did it, and the list folds itself after the first. */

import { say } from "./dom.js";

const APPROVED = /^(Approved|Being sent|Published)\b/;
const PUBLISHED = /^Published\b/;

export class Hint {
  #root;
  #steps;
  #before = null;

  /** `open`: not on a phone, where it would stand where the post is. */
  constructor(root, { open }) {
    this.#root = root;
    this.#steps = root.querySelector("details");
    this.#steps.open = open;
  }

  draw(state) {
    const done = listDone(state);
    const count = done.filter(Boolean).length;
    if (this.#before === count) return;
    if (count > (this.#before ?? 0)) this.#steps.open = false;
    this.#before = count;
    [...this.#root.querySelectorAll("li")].forEach((step, at) => {
      step.classList.toggle("done", done[at]);
      say(step.querySelector(".tick"), done[at] ? "Done: " : "");
    });
    say(this.#root.querySelector("h2"), title(count, done.length));
  }
}

function title(count, all) {
  if (!count) return "Try it: four steps, one minute";
  return count < all ? `Try it: ${count} of ${all} steps done` : "All four steps done";
}

/** By what the channels and the networks show. Whoever approved has read it. */
function listDone(state) {
  const said = Object.values(state.messages).flat().filter((message) => message.is_bot && !message.ephemeral && !message.text.includes("DRILL"));
  const approved = said.some(({ text }) => APPROVED.test(text));
  const published = said.some(({ text }) => PUBLISHED.test(text));
  const answered = state.timeline.some((thread) => thread.thread.some(({ ours, deleted }) => ours && !deleted));
  return [approved, approved, published, answered];
}
