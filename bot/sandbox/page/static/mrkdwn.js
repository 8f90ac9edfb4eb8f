/**
 * Slack's mrkdwn to DOM nodes. Tokens (`<…>`) and code are taken out first and put back last, so that a `*` inside an
 * address never opens bold. Private-use characters mark their places and are therefore dropped from the input.
 */

import { el, safeUrl } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { fillTokens } from "./time.js";

const MARK = /\uE000(\d+)\uE001/;
const STYLES = { "*": "strong", _: "em", "~": "s" };
const STYLED = /(?<![\w*_~])([*_~])(?!\1|\s)([^\n]*?\S)\1(?![\w*])/;
const BARE_URL = /https?:\/\/[^\s<>"'\uE000]+[^\s<>"'\uE000.,;:!?)\]]/;

/** Nodes for a mrkdwn string. `names` {user(id), channel(id), me}; `verbatim` leaves bare addresses alone. */
export function mrkdwn(text, names, { verbatim = false } = {}) {
  const clean = text.replace(/[\uE000\uE001]/g, "");
  return clean.split(/```/).flatMap((piece, index, all) => {
    const fenced = index % 2 === 1 && index < all.length - 1;
    if (fenced) return [el("pre", {}, unescape(piece.replace(/^\n|\n$/g, "")))];
    const open = index % 2 === 1 ? "```" + piece : index > 0 ? piece.replace(/^\n/, "") : piece;
    return open ? lines(open, { names, verbatim, start: index === 0 }) : [];
  });
}

/** The same in words for a screen reader: people by name, moments as they are read, each line by itself. */
export function heard(text, names) {
  const alone = (node) => ["PRE", "BLOCKQUOTE"].includes(node.tagName);
  const said = mrkdwn(text, names).map((node) => (typeof node === "string" ? node : alone(node) ? `\n${node.textContent}\n` : node.textContent));
  return said.join("").trim();
}

export function plain(text, { emoji = true } = {}) {
  return emoji === false ? text : withEmoji(text);
}

/** Slack escapes exactly three characters. */
export function unescape(text) {
  return text.replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[name]);
}

function lines(text, how) {
  const nodes = [];
  let run = { quote: false, lines: [] };
  const flush = () => {
    if (!run.lines.length) return;
    const body = inline(run.lines.join("\n"), { ...how, start: how.start && !nodes.length });
    if (run.quote) nodes.push(el("blockquote", {}, body));
    else nodes.push(...body);
  };
  for (const line of text.split("\n")) {
    const quoted = line.match(/^(?:>|&gt;) ?(.*)$/);
    if (Boolean(quoted) !== run.quote) {
      flush();
      run = { quote: Boolean(quoted), lines: [] };
    }
    run.lines.push(quoted ? quoted[1] : line);
  }
  flush();
  return nodes;
}

function inline(text, how) {
  const kept = [];
  const keep = (node) => `\uE000${kept.push(node) - 1}\uE001`;
  const marked = text
    .replace(/`([^`\n]+)`/g, (_, code) => keep(el("code", {}, unescape(code))))
    .replace(/<([^<>\n]+)>/g, (whole, inner, at) => keep(token(inner, { ...how, start: how.start && at === 0 })));
  return styled(marked, { kept, verbatim: how.verbatim });
}

function styled(text, how) {
  const hit = text.match(STYLED);
  if (!hit) return words(text, how);
  const before = text.slice(0, hit.index);
  const after = text.slice(hit.index + hit[0].length);
  return [...words(before, how), el(STYLES[hit[1]], {}, styled(hit[2], how)), ...styled(after, how)];
}

/** Text without styles: places of kept nodes, bare addresses, emoji. */
function words(text, how) {
  const nodes = [];
  let rest = text;
  while (rest) {
    const mark = rest.match(MARK);
    const bare = how.verbatim ? null : rest.match(BARE_URL);
    const first = [mark, bare].filter(Boolean).sort((a, b) => a.index - b.index)[0];
    nodes.push(withEmoji(unescape(first ? rest.slice(0, first.index) : rest)));
    if (!first) break;
    nodes.push(first === mark ? how.kept[Number(mark[1])] : link(unescape(bare[0]), unescape(bare[0])));
    rest = rest.slice(first.index + first[0].length);
  }
  return nodes.filter((node) => node !== "");
}

function token(inner, how) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : unescape(inner.slice(bar + 1));
  if (target.startsWith("@")) return userName(target.slice(1), how.names, label);
  if (target.startsWith("#")) return channelName(target.slice(1), how.names, label);
  if (target.startsWith("!date^")) return dateToken(target, label, how.start);
  if (target.startsWith("!subteam^")) return mention(label ?? "@group");
  if (target.startsWith("!")) return mention(`@${label ?? target.slice(1).split("^")[0]}`);
  return link(unescape(target), withEmoji(label ?? unescape(target)), `<${unescape(inner)}>`);
}

export function userName(id, names, label) {
  return mention(`@${names.user(id) ?? label ?? "someone"}`, id === names.me);
}

export function channelName(id, names, label) {
  const name = names.channel(id) ?? label;
  return name ? el("a", { class: "mention", href: `#/${id}` }, `#${name}`) : mention("#private-channel");
}

export function mention(text, mine = false) {
  return el("span", { class: mine ? "mention mine" : "mention" }, text);
}

/** A link, or only its words where the address is not one a person may be sent to. */
export function link(address, label, otherwise = label) {
  const inside = address.match(/\/archives\/(\w+)\/p(\d{10})(\d{6})/);
  if (inside) return el("a", { href: `#/${inside[1]}/at/${inside[2]}.${inside[3]}` }, label);
  const url = safeUrl(address);
  return url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label) : otherwise;
}

function dateToken(target, label, start) {
  const [, seconds, pattern, address] = target.split("^");
  const node = dateNode(Number(seconds), unescape(pattern ?? ""), label ?? "", start);
  return address ? link(unescape(address), node) : node;
}

/** A `<time>` that says the moment in the workspace's zone, and can be said anew when the clock has moved. */
export function dateNode(seconds, pattern, fallback, start = false) {
  if (!Number.isFinite(seconds) || !pattern) return fallback;
  const iso = new Date(seconds * 1000).toISOString();
  const node = el("time", { datetime: iso, title: fallback || iso, data: { seconds, pattern, start: start ? "1" : "" } });
  retell(node);
  return node;
}

/** "today" turns into "yesterday" while a card stands: every minute, and after every push of the clock. */
export function retellDates(root) {
  for (const node of root.querySelectorAll("time[data-pattern]")) retell(node);
}

function retell(node) {
  const text = fillTokens(Number(node.dataset.seconds), node.dataset.pattern);
  const said = node.dataset.start ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  if (node.textContent !== said) node.textContent = said;
}
