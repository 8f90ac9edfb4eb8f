/** Slack's rich_text blocks to DOM nodes: already a tree, so nothing in it is parsed and nothing can be smuggled in. */

import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelName, dateNode, link, mention, userName } from "./mrkdwn.js";

const CONTAINERS = {
  rich_text_section: (part, names) => el("p", {}, inlineAll(part, names)),
  rich_text_quote: (part, names) => el("blockquote", {}, inlineAll(part, names)),
  rich_text_preformatted: (part, names) => el("pre", {}, inlineAll(part, names)),
  rich_text_list: list,
};

const INLINE = {
  text: (item) => item.text,
  link: (item) => link(item.url, item.text || item.url),
  user: (item, names) => userName(item.user_id, names),
  usergroup: () => mention("@group"),
  channel: (item, names) => channelName(item.channel_id, names),
  broadcast: (item) => mention(`@${item.range}`),
  emoji: (item) => emojiText(item),
  date: (item) => dateNode(item.timestamp, item.format, item.fallback ?? ""),
  color: (item) => el("code", {}, item.value),
};

export function richText(block, names) {
  return el("div", { class: "rich" }, block.elements.map((part) => CONTAINERS[part.type]?.(part, names) ?? null));
}

/** Indents at most eight deep, as Slack does. */
function list(part, names) {
  const tag = part.style === "ordered" ? "ol" : "ul";
  const attrs = { class: `indent-${Math.min(part.indent ?? 0, 8)}` };
  if (tag === "ol" && part.offset) attrs.start = part.offset + 1;
  return el(tag, attrs, part.elements.map((item) => el("li", {}, inlineAll(item, names))));
}

function inlineAll(part, names) {
  return part.elements.map((item) => style(INLINE[item.type]?.(item, names) ?? "", item.style ?? {}));
}

function style(node, how) {
  let out = node;
  if (how.code) out = el("code", {}, out);
  if (how.strike) out = el("s", {}, out);
  if (how.italic) out = el("em", {}, out);
  if (how.bold) out = el("strong", {}, out);
  return out;
}

function emojiText(item) {
  if (item.unicode) return String.fromCodePoint(...item.unicode.split("-").map((code) => parseInt(code, 16)));
  return emoji(item.name) ?? `:${item.name}:`;
}
