/**
 * What people on the pretend networks see: our posts with everything said under them, what customers began, and, apart
 * and marked, private messages. The network's own HTML is never used: its plain text is enough, and cannot carry
 * anything.
 */

import { el, fill, icon, safeUrl } from "./dom.js";
import { reconcile } from "./keyed.js";
import { link } from "./mrkdwn.js";
import { announce } from "./toast.js";
import { clockTime, dayName } from "./time.js";

const PIECES = /(https?:\/\/[^\s]+[^\s.,;:!?)])|((?<![\w/])[#@][\p{L}\d_][\p{L}\d_.@-]*[\p{L}\d_])/gu;
const PRIVATE = { id: "private", title: "Private messages", note: "The public does not see these." };
let known = null;

/**
 * Draws the threads, newest first; returns how many public things came since the last time.
 * `how`: {editable(network), links(network), reply(thread, item), edit(thread, item), remove(thread, item)}; `mark` changes with the day.
 */
export function drawTimeline(root, threads, how, mark) {
  const fresh = news(threads);
  const rows = [...threads.filter((thread) => !thread.private), ...secrets(threads)];
  if (!rows.length) fill(root, el("p", { class: "empty" }, "Nothing is published yet. What your team approves appears here at its slot."));
  else {
    root.querySelector(":scope > .empty")?.remove();
    reconcile(root, rows, {
      key: (row) => row.id,
      sig: (row) => JSON.stringify(row) + mark,
      make: (row) => (row.title ? heading(row) : drawThread(row, fresh, how)),
    });
  }
  const last = fresh.at(-1);
  if (last) announce(`${last.ours ? "Published by" : "Written by"} ${last.who}: ${last.text}`);
  return fresh.length;
}

/** What was not there the last time: the root or what was said under it. */
function news(threads) {
  const all = threads.flatMap((thread) => [thread, ...thread.thread].map((item) => ({ id: item.id, text: item.text, who: item.by || item.acct, ours: item.ours, hidden: item.deleted })));
  const fresh = known ? all.filter((item) => !known.has(item.id) && !item.hidden) : [];
  known = new Set(all.map((item) => item.id));
  return fresh;
}

function secrets(threads) {
  const found = threads.filter((thread) => thread.private);
  return found.length ? [PRIVATE, ...found] : [];
}

function heading({ title, note }) {
  return el("div", { class: "apart" }, el("h3", {}, icon("lock"), title), el("p", { class: "quietly" }, note));
}

function drawThread(thread, fresh, how) {
  const isNew = (item) => fresh.some(({ id }) => id === item.id);
  const classes = ["post", thread.private && "secret", isNew(thread) && "lit", thread.deleted && "gone"].filter(Boolean).join(" ");
  const said = thread.thread.map((item) => saidUnder(thread, item, isNew(item), how));
  return el("article", { class: classes, data: { id: thread.id } }, head(thread, thread), body(thread, how.links(thread.network)), tools(thread, thread, how), said.length ? el("ol", { class: "said" }, said) : null);
}

function saidUnder(thread, item, isNew, how) {
  const classes = [item.ours ? "ours" : "theirs", isNew && "lit", item.deleted && "gone"].filter(Boolean).join(" ");
  return el("li", { class: classes, data: { id: item.id } }, head(thread, item), body(item, how.links(thread.network)), tools(thread, item, how));
}

function head(thread, item) {
  const time = el("time", { datetime: item.created_at }, moment(item.created_at));
  const address = !item.deleted && item.url && safeUrl(item.url);
  const name = item.ours ? item.acct : item.by;
  return el(
    "header",
    {},
    el("strong", {}, name),
    asides(thread, item).map((words) => el("span", { class: "network" }, words)),
    address ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, time) : time,
  );
}

function asides(thread, item) {
  return [item === thread && thread.network, item !== thread && item.ours && "your company", item.edited && !item.deleted && "edited"].filter(Boolean);
}

function moment(iso) {
  const ms = Date.parse(iso);
  const day = dayName(ms);
  return `${day === "Today" ? "" : `${day}, `}${clockTime(ms)}`;
}

/** `links`: whether the network makes links of addresses. */
function body(item, links) {
  if (item.deleted) return [el("p", { class: "quietly" }, item.ours ? "Taken down. Nobody sees this any more:" : "Deleted. Nobody sees this any more:"), el("p", { class: "post-text" }, item.text)];
  const shown = [el("p", { class: "post-text" }, pieces(item.text, links)), (item.media ?? []).map(picture)];
  const folded = item.warning && el("details", { class: "post-warning" }, el("summary", {}, `Content warning: ${item.warning}`), shown);
  return [folded || shown, visibility(item)];
}

/** Under our words a customer may answer; their own they, and nobody else, may change or delete: it says as whom. */
function tools(thread, item, how) {
  if (item.deleted || thread.deleted) return null;
  const who = item.ours ? item.acct : item.by;
  const tool = (words, name, run) => el("button", { type: "button", class: "link", "aria-label": `${words}: ${name}`, data: { focus: `${words}-${item.id}` }, on: { click: run } }, words);
  return el(
    "p",
    { class: "post-tools" },
    tool(item === thread && item.ours ? "Comment" : "Reply", `as a customer, to ${who}`, () => how.reply(thread, item)),
    !item.ours && el("span", { class: "quietly", title: how.editable(thread.network) ? null : `${thread.network} has no editing` }, `As ${who}:`),
    !item.ours && how.editable(thread.network) && tool("Edit", `what ${who} wrote`, () => how.edit(thread, item)),
    !item.ours && tool("Delete", `what ${who} wrote`, () => how.remove(thread, item)),
  );
}

function visibility(item) {
  return !item.visibility || item.visibility === "public" || item.private ? null : el("p", { class: "quietly" }, `Visibility: ${item.visibility}`);
}

function pieces(text, links) {
  const nodes = [];
  let at = 0;
  for (const hit of text.matchAll(PIECES)) {
    nodes.push(text.slice(at, hit.index), hit[2] ? el("span", { class: "tag" }, hit[2]) : links ? link(hit[1], hit[1]) : hit[1]);
    at = hit.index + hit[0].length;
  }
  return [...nodes, text.slice(at)];
}

/** The picture with its alt text to read: a reviewer wants to see that it went along. */
function picture(media) {
  const alt = media.alt ? el("details", { class: "alt" }, el("summary", {}, "Alt text"), el("p", {}, media.alt)) : null;
  return el("figure", {}, el("img", { src: media.url, alt: media.alt ?? "", loading: "lazy" }), alt);
}
