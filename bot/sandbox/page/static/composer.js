/** Where a person writes: words become a message, a line that begins with "/" a slash command. Drafts stay per place. */

import { el, fill, icon, packed, say } from "./dom.js";

const TALLEST_PX = 180;

export class Composer {
  #box;
  #button;
  #hint;
  #place = null;
  #drafts = new Map();
  #send;
  #file = null; // {name, data} of a picture that will go along
  #chip;
  #picker;

  /** `hint` as in `hint()`; `send(text, files)` resolves true once the words have gone out; until then, and if not, they stay in the box. */
  constructor(form, { id, label, hint, send }) {
    this.#send = send;
    this.#box = el("textarea", { id, rows: 1, "aria-label": label });
    this.#button = el("button", { type: "submit", class: "button primary", disabled: true }, "Send");
    this.#hint = el("p", { class: "composer-hint" });
    this.hint(hint);
    this.#chip = el("p", { class: "chip", hidden: true });
    this.#picker = el("input", { type: "file", accept: "image/*,.csv,.zip", hidden: true, on: { change: () => this.#take(this.#picker.files) } });
    const attach = el("button", { type: "button", class: "icon-button", "aria-label": `Add a picture or a plan to ${label.toLowerCase()}`, title: "Add a picture or a plan", on: { click: () => this.#picker.click() } }, icon("picture"));
    fill(form, this.#chip, el("div", { class: "composer-row" }, attach, this.#picker, this.#box, this.#button), this.#hint);
    this.#box.addEventListener("paste", (event) => this.#take(event.clipboardData.files, event));
    form.addEventListener("dragover", (event) => event.preventDefault());
    form.addEventListener("drop", (event) => this.#take(event.dataTransfer.files, event));
    form.addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    this.#box.addEventListener("input", () => this.#changed());
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The line below: `[before, words, after, keys]`, where pressing the words puts them into the box; `keys`: where there is a keyboard. */
  hint([before, words, after, keys]) {
    const shape = JSON.stringify([before, words, after, keys]);
    if (this.#hint.dataset.shape === shape) return;
    this.#hint.dataset.shape = shape;
    const use = () => {
      this.#write(words.endsWith("help") ? words : `${words} ${this.#box.value}`);
      this.#box.focus();
    };
    fill(this.#hint, before, words && el("button", { type: "button", class: "link", on: { click: use } }, words), after, keys && el("span", { class: "wide" }, keys));
  }

  /** Moves to another channel, thread or person: the half-written words of the old place are kept there. */
  at(place, placeholder) {
    this.#box.placeholder = placeholder;
    this.#box.setAttribute("aria-label", placeholder);
    if (place === this.#place) return;
    if (this.#place !== null) this.#drafts.set(this.#place, this.#box.value);
    this.#place = place;
    this.#carry(null);
    this.#write(this.#drafts.get(place) ?? "");
  }

  /** The first of the files somebody picked, pasted or dropped. */
  async #take([file], event) {
    if (!file) return;
    event?.preventDefault();
    this.#carry(await packed(file));
    this.#box.focus();
  }

  #carry(file) {
    this.#file = file;
    this.#picker.value = "";
    this.#chip.hidden = !file;
    const drop = () => (this.#carry(null), this.#box.focus());
    fill(this.#chip, file && [icon("picture"), file.name, el("button", { type: "button", class: "quiet", on: { click: drop } }, "Remove")]);
    this.#changed();
  }

  focus() {
    this.#box.focus();
  }

  #write(text) {
    this.#box.value = text;
    this.#changed();
  }

  #changed() {
    this.#button.disabled = !this.#box.value.trim() && !this.#file;
    say(this.#button, this.#box.value.startsWith("/") ? "Run" : "Send");
    this.#box.style.height = "auto";
    this.#box.style.height = `${Math.min(this.#box.scrollHeight + 2, TALLEST_PX)}px`;
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  async #submit() {
    const text = this.#box.value.trim();
    const place = this.#place;
    if ((!text && !this.#file) || this.#box.readOnly) return;
    this.#box.readOnly = true;
    const sent = await this.#send(text, this.#file ? [this.#file] : []);
    this.#box.readOnly = false;
    if (sent && place === this.#place) {
      this.#carry(null);
      this.#write("");
    }
    else if (sent) this.#drafts.delete(place);
  }
}
