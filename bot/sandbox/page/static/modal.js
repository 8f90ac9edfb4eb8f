/**
 * The top of the person's stack of modals, in one real dialog. What was typed lives in the controls' drafts, so errors,
 * updates and refreshes never lose it; it is forgotten when its view has left the stack.
 */

import { drawBlocks } from "./blocks.js";
import { complaint, forgetDrafts, restNow, valuesOf } from "./controls.js";
import { el, fill, icon, say } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { hold, refocusLast, release } from "./pending.js";
import { bringHome, toast } from "./toast.js";

export class Modal {
  #dialog = document.getElementById("modal");
  #form = null;
  #view = null;
  #known = new Set();
  #closing = new Set();
  #errors = "";
  #deps;

  /** `deps`: {submit(view, values), close(view), click(where, root, action, how), tell(where, values, action), refresh()}, each answering {ok, error}. */
  constructor(deps) {
    this.#deps = deps;
    this.#dialog.addEventListener("cancel", (event) => (event.preventDefault(), this.#close()));
    this.#dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.#close();
    });
  }

  /** True if a view opened that was not there before. */
  draw(views, names) {
    const open = views.filter((view) => !this.#closing.has(view.id));
    const fresh = open.some((view) => !this.#known.has(view.id));
    for (const id of this.#known) if (!views.some((view) => view.id === id)) this.#forget(id);
    for (const view of open) this.#known.add(view.id);
    const top = open.at(-1);
    if (top) this.#show(top, names);
    else this.#hide();
    return fresh;
  }

  #forget(id) {
    this.#known.delete(id);
    this.#closing.delete(id);
    forgetDrafts(`view:${id}`);
  }

  #show(view, names) {
    const opened = this.#view?.id !== view.id;
    if (opened) this.#build(view);
    this.#view = view;
    say(this.#dialog.querySelector("#modal-title"), plain(view.title.text));
    const surface = {
      key: `view:${view.id}`,
      prefix: `view-${view.id}`,
      click: (action, how) => this.#deps.click({ view: view.id }, this.#form, action, how),
      tell: (action) => this.#deps.tell({ view: view.id }, valuesOf(this.#form), action),
    };
    drawBlocks(this.#form.querySelector(".blocks"), view.blocks, surface, names);
    this.#foot(view);
    this.#serverErrors(view);
    if (!this.#dialog.open) this.#dialog.showModal();
    if (opened) this.#first();
  }

  #build(view) {
    bringHome();
    this.#errors = "";
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close", on: { click: () => this.#close() } }, icon("close"));
    this.#form = el(
      "form",
      { class: "sheet", novalidate: true, tabindex: "-1", data: { view: view.id } },
      el("header", {}, el("h2", { id: "modal-title" }), close),
      el("div", { class: "scroller" }, el("p", { class: "error", role: "alert", hidden: true }), el("div", { class: "blocks" })),
      el("footer", { class: "row end" }),
    );
    this.#form.addEventListener("submit", (event) => (event.preventDefault(), this.#submit()));
    this.#form.addEventListener("input", (event) => clearError(event.target.closest("[data-block]")));
    fill(this.#dialog, this.#form);
  }

  #foot(view) {
    const foot = this.#form.querySelector("footer");
    const words = [view.close ? plain(view.close.text) : view.submit ? "Cancel" : "Close", view.submit && plain(view.submit.text)];
    if (foot.dataset.words === JSON.stringify(words)) return;
    foot.dataset.words = JSON.stringify(words);
    fill(
      foot,
      el("button", { type: "button", class: "button", on: { click: () => this.#close() } }, words[0]),
      words[1] && el("button", { type: "submit", class: "button primary" }, words[1]),
    );
  }

  #first() {
    const wanted = this.#form.querySelector("[data-first]") ?? this.#form.querySelector(".field, .choices input, footer .primary, footer .button");
    wanted?.focus();
  }

  async #submit() {
    const view = this.#view;
    const values = valuesOf(this.#form);
    const local = complaints(view.blocks, values);
    if (Object.keys(local).length) {
      this.#paint(local);
      return;
    }
    hold(this.#form, this.#form.querySelector("footer [type=submit]"));
    await restNow(); // what was typed last is told before, as Slack does
    const answer = await this.#deps.submit(view.id, values);
    this.#errors = "";
    this.#paint({});
    await this.#deps.refresh();
    release(this.#form);
    if (!answer.ok) toast(answer.error);
    else this.#focusError();
  }

  async #close() {
    const view = this.#view;
    if (!view) return;
    this.#closing.add(view.id);
    const told = restNow();
    this.#hide();
    await told;
    const answer = await this.#deps.close(view.id);
    if (!answer.ok) {
      this.#closing.delete(view.id);
      toast(answer.error);
    }
    await this.#deps.refresh();
  }

  #hide() {
    if (!this.#view) return;
    release(this.#form);
    bringHome();
    this.#view = null;
    this.#dialog.close();
    fill(this.#dialog);
    refocusLast();
  }

  /** The errors that came back with the submit; shown once, so that one the person is mending does not return. */
  #serverErrors(view) {
    const errors = JSON.stringify(view.errors ?? {});
    if (errors === this.#errors) return;
    this.#errors = errors;
    this.#paint(view.errors ?? {});
  }

  #paint(errors) {
    const blocks = [...this.#form.querySelectorAll("[data-block]")];
    for (const block of blocks) errors[block.dataset.block] ? setError(block, errors[block.dataset.block]) : clearError(block);
    const homeless = Object.keys(errors).filter((id) => !blocks.some((block) => block.dataset.block === id));
    const general = this.#form.querySelector(".scroller > .error");
    general.hidden = !homeless.length;
    say(general, homeless.map((id) => errors[id]).join(" "));
    this.#focusError();
  }

  #focusError() {
    this.#form?.querySelector("[aria-invalid]")?.focus();
  }
}

/** What Slack itself would refuse to submit: {block_id: sentence}. */
function complaints(blocks, values) {
  const found = {};
  for (const block of blocks.filter(({ type, block_id: id }) => type === "input" && values[id])) {
    const entry = Object.values(values[block.block_id])[0];
    const sentence = complaint(block.element, entry, block.optional);
    if (sentence) found[block.block_id] = sentence;
  }
  return found;
}

const invalidTarget = (block) => block.querySelector(".field, .choices input");

function setError(block, sentence) {
  const line = block.querySelector(".error");
  if (!line) return;
  say(line, sentence);
  line.hidden = false;
  block.classList.add("wrong");
  invalidTarget(block)?.setAttribute("aria-invalid", "true");
}

function clearError(block) {
  if (!block?.classList.contains("wrong")) return;
  block.classList.remove("wrong");
  block.querySelector(".error").hidden = true;
  invalidTarget(block)?.removeAttribute("aria-invalid");
}
