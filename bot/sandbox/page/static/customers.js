/** The box in which one writes as a customer: who, where to, and the words. What is typed survives every refresh. */

import { el, fill, icon } from "./dom.js";

const SOMEONE = "someone";
const POSTS = 6; // the newest a customer is offered to comment on; older ones have their own button

export class CustomerBox {
  #toggle = document.getElementById("customer-toggle");
  #form = document.getElementById("customer");
  #send;
  #parts;
  #aim = null; // a thing in the timeline somebody pressed Reply on: {label, value}
  #shape = "";

  /** `send({name, network, text, reply_to?, private?})` resolves true once it is on the network. */
  constructor(send) {
    this.#send = send;
    this.#parts = {
      who: el("select", { id: "customer-who", on: { change: () => this.#named() } }),
      name: el("input", { id: "customer-name", maxlength: 60, placeholder: "Their name" }),
      where: el("select", { id: "customer-where" }),
      text: el("textarea", { id: "customer-text", rows: 2, maxlength: 2000, "aria-label": "What the customer writes", placeholder: "What they write" }),
    };
    const { who, name, where, text } = this.#parts;
    name.setAttribute("aria-label", "The customer's name");
    fill(
      this.#form,
      el("label", { for: "customer-who", class: "unseen" }, "Who"),
      el("div", { class: "pair" }, who, name),
      el("label", { for: "customer-where", class: "unseen" }, "Where"),
      where,
      text,
      el("div", { class: "row end" },
        el("button", { type: "button", class: "button", on: { click: () => this.close() } }, "Close"),
        el("button", { type: "submit", class: "button primary" }, "Send as customer")),
    );
    fill(this.#toggle, icon("pen"), "Write as a customer");
    this.#toggle.addEventListener("click", () => (this.#form.hidden ? this.open() : this.close()));
    this.#form.addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    this.#form.addEventListener("keydown", (event) => this.#key(event));
  }

  /** `threads` and `customers` as in the state. */
  draw(threads, customers) {
    const shape = JSON.stringify([threads.map((thread) => [thread.id, thread.deleted]), customers, this.#aim]);
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#people(customers.people);
    this.#places(threads, customers.networks);
  }

  open() {
    this.#form.hidden = false;
    this.#toggle.setAttribute("aria-expanded", "true");
    this.#parts.text.focus();
  }

  close() {
    this.#form.hidden = true;
    this.#toggle.setAttribute("aria-expanded", "false");
    this.#toggle.focus();
  }

  /** Somebody pressed Comment or Reply: the box opens, aimed at that. `name`: who would go on there, if anybody. */
  aim({ network, id, text, isPrivate, name }, threads, customers) {
    this.#aim = { label: `${network}: under “${short(text)}”`, value: place({ network, reply_to: id, private: isPrivate }) };
    this.draw(threads, customers);
    this.#parts.where.value = this.#aim.value;
    if (name) this.#become(name);
    this.open();
  }

  #become(name) {
    const { who } = this.#parts;
    const known = [...who.options].some((option) => option.value === name);
    who.value = known ? name : SOMEONE;
    if (!known) this.#parts.name.value = name;
    this.#named();
  }

  #people(people) {
    const { who } = this.#parts;
    const before = who.value;
    fill(who, people.map(({ name, about }) => el("option", { value: name }, `${name} (${about})`)), el("option", { value: SOMEONE }, "Somebody else…"));
    if (before) who.value = before;
    this.#named();
  }

  #named() {
    this.#parts.name.hidden = this.#parts.who.value !== SOMEONE;
    this.#parts.name.required = !this.#parts.name.hidden;
  }

  #places(threads, networks) {
    const { where } = this.#parts;
    const before = where.value;
    const posts = threads.filter((thread) => thread.ours && !thread.deleted && !thread.private).slice(0, POSTS);
    const comments = posts.map(({ network, id, text }) => option(`${network}: “${short(text)}”`, place({ network, reply_to: id })));
    const aim = this.#aim && !comments.some(({ value }) => value === this.#aim.value) ? [option(this.#aim.label, this.#aim.value)] : [];
    fill(
      where,
      group("In a thread", aim),
      group("Comment on a post (public)", comments),
      group("Mention the company (public)", networks.filter(({ mentions }) => mentions).map(({ name }) => option(`Mention on ${name}`, place({ network: name })))),
      group("Write privately", networks.filter((one) => one.private).map(({ name }) => option(`Private message on ${name}`, place({ network: name, private: true })))),
    );
    where.value = before;
    if (where.selectedIndex < 0) where.selectedIndex = 0;
  }

  #key(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === this.#parts.text) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
  }

  async #submit() {
    const { who, name, where, text } = this.#parts;
    if (!text.value.trim() || text.readOnly) return text.focus();
    text.readOnly = true;
    const sent = await this.#send({ ...JSON.parse(where.value), name: who.value === SOMEONE ? name.value : who.value, text: text.value.trim() });
    text.readOnly = false;
    if (sent) text.value = "";
    text.focus();
  }
}

function place({ network, reply_to = null, private: isPrivate = false }) {
  return JSON.stringify({ network, reply_to, private: Boolean(isPrivate) });
}

const option = (label, value) => el("option", { value }, label);
const group = (label, options) => (options.length ? el("optgroup", { label }, options) : null);

function short(text) {
  const line = text.replace(/^@\S+/, "").replace(/\s+/g, " ").trim();
  return line.length > 34 ? `${line.slice(0, 32).trimEnd()}…` : line;
}
