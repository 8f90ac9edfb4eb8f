/** What happens outside Slack: the threads on the networks, and what a customer does there. */

import { CustomerBox } from "./customers.js";
import { askWords } from "./editor.js";
import { drawTimeline } from "./timeline.js";
import { toast } from "./toast.js";

const HERE = ["127.0.0.1", "localhost", "[::1]"];

export class Outside {
  #state = null;
  #order;
  #box;

  /** `order(what)` sends an act and resolves {ok}. */
  constructor(order) {
    this.#order = order;
    this.#box = new CustomerBox(async (words) => (await order({ type: "customer", ...words })).ok);
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /** A link in Slack to something on a network leads to the timeline here; and nobody is sent to the outside. */
  #follow(event) {
    const link = event.target.closest("a[href]");
    if (!link) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    const shown = plain && link.closest("#main") && this.#reveal(lastPart(link.href));
    if (!shown && HERE.includes(new URL(link.href).hostname)) return;
    event.preventDefault();
    if (!shown) toast("A pretend address: nothing leaves this computer.");
  }

  #reveal(name) {
    const item = this.#state?.timeline.flatMap((thread) => [thread, ...thread.thread]).find(({ id }) => lastPart(id) === name);
    const node = item && document.querySelector(`#timeline [data-id="${CSS.escape(item.id)}"]`);
    if (!node) return false;
    document.querySelector('[data-pane-to="public"]').click(); // where the parts are behind each other
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "center" });
    node.classList.remove("lit");
    requestAnimationFrame(() => node.classList.add("lit"));
    return true;
  }

  /** Returns how many public things came since the last time. */
  draw(state) {
    this.#state = state;
    this.#box.draw(state.timeline, state.customers);
    const how = {
      editable: (network) => this.#network(network)?.edits,
      links: (network) => this.#network(network)?.links,
      reply: (thread, item) => this.#reply(thread, item),
      edit: (thread, item) => this.#edit(thread, item),
      remove: ({ network }, { id }) => this.#order({ type: "customer_delete", network, id }),
    };
    return drawTimeline(document.getElementById("timeline"), state.timeline, how, state.zone + state.now.slice(0, 10));
  }

  #network(network) {
    return this.#state.customers.networks.find(({ name }) => name === network);
  }

  /** To go on in a thread is most likely meant as the customer who spoke there last before that. */
  #reply(thread, item) {
    const before = [thread, ...thread.thread];
    const spoke = before.slice(0, before.findIndex(({ id }) => id === item.id) + 1).filter(({ ours }) => !ours);
    const aim = { network: thread.network, id: item.id, text: item.text, isPrivate: thread.private, name: spoke.at(-1)?.by };
    this.#box.aim(aim, this.#state.timeline, this.#state.customers);
  }

  async #edit({ network }, { id, by, text }) {
    const changed = await askWords({ title: `Edit as ${by}`, label: "What they wrote", text, submit: "Save" });
    if (changed !== null && changed !== text) await this.#order({ type: "customer_edit", network, id, text: changed });
  }
}

/** Ids and addresses end alike on every network: `…/@lena/17`, `at://…/17`, `…/urn:li:share:17/`. */
const lastPart = (address) => address.replace(/\/$/, "").split("/").at(-1);
