/**
 * What the public sees on the pretend network. The network's own HTML is never used: its plain text is enough, and
 * cannot carry anything.
 */

import { el, fill, safeUrl } from "./dom.js";
import { reconcile } from "./keyed.js";
import { link } from "./mrkdwn.js";
import { announce } from "./toast.js";
import { clockTime, dayName } from "./time.js";

const PIECES = /(https?:\/\/[^\s]+[^\s.,;:!?)])|((?<![\w/])[#@][\p{L}\d_][\p{L}\d_.@-]*[\p{L}\d_])/gu;
let known = null;

/** Draws the posts, newest first; returns how many came since the last time. */
export function drawTimeline(root, posts, mark) {
  const fresh = known ? posts.filter((post) => !known.has(post.id) && !post.deleted) : [];
  known = new Set(posts.map((post) => post.id));
  if (!posts.length) fill(root, el("p", { class: "empty" }, "Nothing is published yet. What your team approves appears here at its slot."));
  else {
    root.querySelector(":scope > .empty")?.remove();
    const freshIds = new Set(fresh.map((post) => post.id));
    reconcile(root, posts, {
      key: (post) => post.id,
      sig: (post) => JSON.stringify(post) + mark,
      make: (post) => draw(post, freshIds.has(post.id)),
    });
  }
  if (fresh.length) announce(`Published by ${fresh[0].acct}: ${fresh[0].text}`);
  return fresh.length;
}

function draw(post, isNew) {
  const ms = Date.parse(post.created_at);
  const day = dayName(ms);
  const when = `${day === "Today" ? "" : `${day}, `}${clockTime(ms)}`;
  const address = post.url && safeUrl(post.url);
  const time = el("time", { datetime: post.created_at }, when);
  const head = el("header", {}, el("strong", {}, post.acct), post.network ? el("span", { class: "network" }, post.network) : null, address && !post.deleted ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, time) : time);
  const classes = ["post", isNew && "lit", post.deleted && "gone"].filter(Boolean).join(" ");
  const body = post.deleted
    ? [el("p", { class: "quietly" }, "Taken down. The public no longer sees this:"), el("p", { class: "post-text" }, post.text)]
    : [el("p", { class: "post-text" }, pieces(post.text)), ...post.media.map(picture), visibility(post)];
  return el("article", { class: classes, data: { id: post.id } }, head, body);
}

function visibility(post) {
  return post.visibility === "public" ? null : el("p", { class: "quietly" }, `Visibility: ${post.visibility}`);
}

function pieces(text) {
  const nodes = [];
  let at = 0;
  for (const hit of text.matchAll(PIECES)) {
    nodes.push(text.slice(at, hit.index), hit[1] ? link(hit[1], hit[1]) : el("span", { class: "tag" }, hit[2]));
    at = hit.index + hit[0].length;
  }
  return [...nodes, text.slice(at)];
}

/** The picture with its alt text to read: a reviewer wants to see that it went along. */
function picture(media) {
  const alt = media.alt ? el("details", { class: "alt" }, el("summary", {}, "Alt text"), el("p", {}, media.alt)) : null;
  return el("figure", {}, el("img", { src: media.url, alt: media.alt ?? "", loading: "lazy" }), alt);
}
