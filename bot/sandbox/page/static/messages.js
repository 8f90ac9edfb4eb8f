/** A list of messages, in the channel or in the thread pane: days, runs of one speaker, cards, private answers. */

import { drawBlocks } from "./blocks.js";
import { el, fill, icon, say } from "./dom.js";
import { reconcile } from "./keyed.js";
import { menu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { release } from "./pending.js";
import { afterPress, isPressed } from "./press.js";
import { clockSeconds, clockTime, dayName } from "./time.js";

const RUN_SECONDS = 300;
const dismissed = new Set();

const seconds = (message) => Number(message.ts);
export const newer = (one, other) => Number(one) > Number(other);

/**
 * Draws `messages` (oldest first) into `list`. `how`: {pane, channel, names, surface(message, node), reply(message),
 * actions(message), redraw()}; `actions` are the entries of "More actions"; `pane` ("channel" or "thread") keeps element ids apart where one message stands in both.
 */
export function drawMessages(list, messages, how) {
  const shown = messages.filter((message) => !dismissed.has(message.ts));
  reconcile(list, withDays(shown), {
    key: (item) => item.key,
    sig: (item) => (item.day ? item.day : JSON.stringify([item.message, item.run]) + how.names.mark + how.names.filesMark),
    make: (item) => (item.day ? el("li", { class: "day" }, el("span", {}, item.day)) : make(item, how)),
    update: (node, item) => (item.day ? fill(node, el("span", {}, item.day)) : update(node, item, how)),
  });
}

function withDays(messages) {
  const items = [];
  let before = null;
  for (const message of messages) {
    const day = dayName(seconds(message) * 1000);
    const newDay = !before || day !== dayName(seconds(before) * 1000);
    if (newDay) items.push({ key: `day-${message.ts}`, day });
    items.push({ key: message.ts, message, run: !newDay && continues(before, message) });
    before = message;
  }
  return items;
}

/** The same speaker within a few minutes: no second avatar. */
function continues(before, message) {
  const close = seconds(message) - seconds(before) < RUN_SECONDS;
  return close && before.user === message.user && !message.is_bot && !before.ephemeral && !message.ephemeral && !before.deleted;
}

function make(item, how) {
  const { message } = item;
  const node = el(
    "li",
    { class: "message", tabindex: "-1", data: { ts: message.ts, channel: how.channel } },
    el("div", { class: `avatar tone-${tone(message)}`, "aria-hidden": "true" }, message.name.slice(0, 1).toUpperCase()),
    el("div", { class: "body" }, el("div", { class: "private" }), el("div", { class: "meta" }), el("div", { class: "blocks" }), el("div", { class: "after" })),
    el("div", { class: "tools" }),
  );
  update(node, item, how);
  return node;
}

/** Redraws in place: only the blocks that changed are rebuilt, and buttons that waited for an answer come back. */
function update(node, { message, run }, how) {
  node.classList.toggle("run", run);
  node.classList.toggle("ephemeral", Boolean(message.ephemeral));
  node.classList.toggle("gone", Boolean(message.deleted));
  const [, body, tools] = node.children;
  const [onlyYou, meta, blocks, after] = body.children;
  fill(onlyYou, message.ephemeral && privateLine(message, how));
  fill(meta, ...metaLine(message));
  if (message.deleted) fill(blocks, el("p", { class: "quietly" }, "This message was deleted."));
  else if (message.blocks?.length || message.files?.length || message.attached?.length) drawBlocks(blocks, withFiles(message), how.surface(message, node), how.names);
  else fill(blocks, el("div", { class: "block words" }, mrkdwn(message.text, how.names)));
  fill(after, how.pane === "channel" && message.reply_count > 0 && replies(message, how));
  fill(tools, canReply(message, how) && replyTool(message, how), moreTool(message, how));
  release(node);
}

/** Pictures and files somebody dropped in, drawn as the blocks they would be. */
function withFiles(message) {
  const pictures = (message.files ?? []).map((id) => ({ type: "image", block_id: `file-${id}`, slack_file: { id }, alt_text: "A picture without a description" }));
  const bare = message.text && !message.blocks?.length;
  const said = bare ? [{ type: "section", block_id: "text", text: { type: "mrkdwn", text: message.text } }] : (message.blocks ?? []);
  const others = (message.attached ?? []).map((name, place) => ({ type: "context", block_id: `attached-${place}`, elements: [{ type: "plain_text", text: `File: ${name}` }] }));
  return [...said, ...pictures, ...others];
}

function privateLine(message, how) {
  const dismiss = () => {
    dismissed.add(message.ts);
    how.redraw();
  };
  return [icon("eye"), "Only visible to you", el("button", { type: "button", class: "quiet", on: { click: dismiss } }, "Dismiss")];
}

function metaLine(message) {
  const ms = seconds(message) * 1000;
  return [
    el("strong", {}, message.name),
    message.is_bot && el("span", { class: "badge" }, "App"),
    el("time", { datetime: new Date(ms).toISOString(), title: clockSeconds(ms) }, clockTime(ms)),
    message.edited && !message.deleted && !message.is_bot && el("span", { class: "quietly" }, "(edited)"),
    message.pinned && el("span", { class: "pinned" }, icon("pin"), "Pinned"),
  ];
}

function replies(message, how) {
  const words = message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`;
  const attrs = { type: "button", class: "replies", data: { focus: `replies-${message.ts}` }, on: { click: () => how.reply(message) } };
  return el("button", attrs, icon("reply"), words);
}

function canReply(message, how) {
  return how.pane === "channel" && !message.ephemeral && !message.deleted;
}

function replyTool(message, how) {
  const label = `Reply in a thread to ${message.name}, ${clockTime(seconds(message) * 1000)}`;
  const attrs = { type: "button", class: "icon-button", "aria-label": label, title: "Reply in a thread", on: { click: () => how.reply(message) } };
  return el("button", attrs, icon("reply"));
}

function moreTool(message, how) {
  const actions = message.ephemeral || message.deleted ? [] : how.actions(message);
  if (!actions.length) return null;
  const label = `More actions on what ${message.name} wrote, ${clockTime(seconds(message) * 1000)}`;
  return menu({ label, face: icon("dots"), focus: `more-${how.pane}-${message.ts}` }, actions);
}

function tone(message) {
  if (message.is_bot) return "bot";
  return [...message.user].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 5;
}

const END_PX = 48; // so near to its end a list counts as read to its end
const BURST_MS = 3000; // what comes so soon after the first message came with it
const AIR_PX = 8; // above the first line of what has just come

/** Does a message wait to be approved? */
function asks(node) {
  return [...(node?.querySelectorAll("button") ?? [])].some((button) => button.textContent.trim() === "Approve");
}

/**
 * Keeps a scroller at its end while the person is at its end; else leaves their place alone, and a mark says what came
 * below.
 */
export class Bottom {
  #scroller;
  #mark;
  #stuck = true;
  #last = 0;
  #shown = []; // what is in the list: each message's ts
  #read = "0"; // the newest that was in sight
  #size = ""; // of the list and of what is in it, when it was last seen to
  #filledAt = 0; // when an empty list got its first message, in ms
  #seen = null; // the newest that whoever came here had seen before; null: a thread, read to its end
  #fresh = true; // somebody has just come here, and has neither scrolled nor pressed: what is newest is read from its first line on

  constructor(scroller) {
    this.#scroller = scroller;
    for (const touch of ["pointerdown", "focusin"]) scroller.addEventListener(touch, () => (this.#fresh = false));
    this.#mark = el("button", { type: "button", class: "button news-mark", on: { click: () => this.jump() } });
    scroller.parentElement.append(el("div", { class: "news", hidden: true }, this.#mark));
    scroller.addEventListener("scroll", () => (this.#look(), this.#tell()), { passive: true });
    const watch = new ResizeObserver(() => this.keep());
    watch.observe(scroller);
    watch.observe(scroller.firstElementChild);
    afterPress(() => this.keep());
  }

  /** Only a move upwards leaves the end: a picture that loads makes the list longer without anyone having scrolled. */
  #look() {
    const { scrollTop, clientHeight } = this.#scroller;
    if (!clientHeight) return; // behind another part of the page: nobody scrolls it
    this.#stuck = this.#isNear() || (this.#stuck && scrollTop >= this.#last);
    if (Math.abs(scrollTop - this.#last) > 1) this.#fresh = false;
    this.#last = scrollTop;
  }

  #isNear() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < END_PX;
  }

  /** `messages`: what is in the list now, if that may have changed. */
  keep(messages) {
    const before = this.#shown.at(-1);
    if (messages) this.#shown = messages.map((message) => message.ts);
    if (before === undefined && this.#shown.length) this.#filledAt = performance.now();
    const first = messages && this.#shown.includes(before) ? this.#shown.find((ts) => newer(ts, before)) : undefined;
    this.#look(); // the browser tells of a scroll only with the next frame
    if (first !== undefined && this.#fresh && performance.now() - this.#filledAt > BURST_MS) {
      this.#fresh = false;
      if (this.#waiting()) this.#stuck = false; // it is read in peace
    }
    const size = `${this.#scroller.scrollHeight} ${this.#scroller.clientHeight}`;
    const moves = first !== undefined || size !== this.#size; // else a redraw would scroll under somebody's pointer
    if (!isPressed()) {
      this.#size = size;
      if (this.#fresh) this.#begin();
      else if (this.#stuck && moves) this.#follow(first);
    }
    this.#tell();
  }

  /** To the end, but never past the first line of what has just come: a message may be longer than the list is high. */
  #follow(first) {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const above = first === undefined ? null : this.whereIs(first);
    this.#scroller.scrollTop = above === null ? scrollHeight : Math.min(scrollHeight - clientHeight, scrollTop + above - AIR_PX);
    this.#last = this.#scroller.scrollTop;
    if (above !== null) this.#stuck = this.#isNear();
  }

  /** The first message not seen before that waits to be approved. */
  #waiting() {
    if (this.#seen === null) return undefined;
    return this.#shown.find((ts) => newer(ts, this.#seen) && asks(this.#find(ts)));
  }

  /** To what waits to be approved; else to the end, and of a last message that is higher than the list, to its first line. */
  #begin() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const to = this.#waiting() ?? this.#shown.at(-1);
    const above = to === undefined ? null : this.whereIs(to);
    const end = scrollHeight - clientHeight;
    this.#scroller.scrollTop = above === null ? end : Math.min(end, scrollTop + above - AIR_PX);
    this.#last = this.#scroller.scrollTop;
    this.#stuck = this.#isNear();
  }

  #tell() {
    if (this.#stuck || this.#fresh) this.#read = this.#shown.at(-1) ?? "0";
    const count = this.#shown.filter((ts) => newer(ts, this.#read)).length;
    this.#mark.parentElement.hidden = count === 0;
    if (count) say(this.#mark, count === 1 ? "1 new message ↓" : `${count} new messages ↓`);
  }

  /** Somebody comes to this place. `seen`: the newest they have seen there. */
  arrive(seen) {
    this.#seen = seen;
    this.#fresh = true;
    this.keep();
  }

  jump() {
    this.#fresh = false;
    this.#stuck = true;
    this.#size = "";
    this.#last = this.#scroller.scrollTop;
    this.keep();
  }

  #find(ts) {
    return this.#scroller.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  }

  /** How far below the list's upper edge a message begins; null where it is not to be seen. */
  whereIs(ts) {
    const node = this.#scroller.clientHeight ? this.#find(ts) : null;
    if (!node) return null;
    return node.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  /** Scrolls so that a message begins there again. */
  putAt(ts, at) {
    const now = this.whereIs(ts);
    if (now === null || at === null) return;
    this.#fresh = false;
    this.#stuck = false;
    this.#scroller.scrollTop += now - at;
    this.#last = this.#scroller.scrollTop;
    this.#stuck = this.#isNear() && Math.abs(this.whereIs(ts) - at) < END_PX;
    this.#tell();
  }

  /** Scrolls to one message and lights it up. False if it is not in the list. */
  reveal(ts) {
    const node = this.#find(ts);
    if (!node) return false;
    this.#fresh = false;
    this.#stuck = false;
    node.scrollIntoView({ block: "center" });
    node.classList.add("lit");
    node.focus({ preventScroll: true });
    node.addEventListener("animationend", () => node.classList.remove("lit"), { once: true });
    return true;
  }
}
