/** The list on the left, and what the person has not seen yet. Seen is per person and lasts as long as the tab. */

import { el, fill, icon } from "./dom.js";
import { newer } from "./messages.js";

export class Unread {
  #seen;
  #keep;

  /** `seen` is what `keep(text)` was given last, if anything: a reload must not make everything new again. */
  constructor(seen, keep) {
    this.#seen = new Map(JSON.parse(seen ?? "[]"));
    this.#keep = keep;
  }

  /** The person has this channel in front of them. */
  look(user, channel, messages) {
    const key = `${user}/${channel}`;
    const newest = messages[channel]?.at(-1)?.ts ?? "0";
    if (this.#seen.get(key) === newest) return;
    this.#seen.set(key, newest);
    this.#keep(JSON.stringify([...this.#seen]));
  }

  /** The newest they have seen there: its ts. */
  newest(user, channel) {
    return this.#seen.get(`${user}/${channel}`) ?? "0";
  }

  count(user, channel, messages) {
    const seen = this.newest(user, channel);
    return messages.filter((message) => newer(message.ts, seen) && message.user !== user).length;
  }
}

export function drawNav(root, state, { user, place, unread }) {
  const rows = state.channels.map((channel) => ({
    id: channel.id,
    name: channel.name,
    locked: Boolean(channel.private),
    direct: Boolean(channel.direct),
    count: channel.id === place ? 0 : unread.count(user, channel.id, state.messages[channel.id] ?? []),
  }));
  const { bot } = state.workspace;
  const shape = JSON.stringify([rows, place, bot]);
  if (root.dataset.shape === shape) return;
  root.dataset.shape = shape;
  const focused = root.contains(document.activeElement) ? document.activeElement.dataset.nav : null;
  fill(
    root,
    el("h2", {}, "Channels"),
    rows.map((row) => entry(row.id, place, row.locked ? icon("lock") : el("span", { class: "hash", "aria-hidden": "true" }, row.direct ? "@" : "#"), row.name, row.count)),
    el("h2", {}, "Apps"),
    entry("home", place, icon("home"), `${bot.name} Home`, 0),
    el("p", { class: `bot-state ${bot.running && bot.connected ? "up" : "down"}` }, `${bot.name} ${botWords(bot)}`),
  );
  if (focused) root.querySelector(`[data-nav="${CSS.escape(focused)}"]`)?.focus();
}

function entry(id, place, sign, name, count) {
  const attrs = { type: "button", class: count ? "nav-item unread" : "nav-item", "aria-current": id === place ? "page" : null, data: { nav: id } };
  return el("button", attrs, sign, el("span", { class: "nav-name" }, name), count > 0 && el("span", { class: "count" }, String(count), el("span", { class: "unseen" }, " new")));
}

function botWords(bot) {
  if (!bot.running) return "is not running";
  return bot.connected ? "is connected" : "is not connected";
}
