/**
 * Block Kit to DOM, block by block. A surface (a message, a modal, the home page) keeps its blocks' nodes as long as
 * their JSON stays the same, so a refresh never takes the field a person is typing in from under them.
 */

import { control } from "./controls.js";
import { el } from "./dom.js";
import { reconcile } from "./keyed.js";
import { mrkdwn, plain } from "./mrkdwn.js";
import { richText } from "./richtext.js";

/**
 * Draws `blocks` into `parent`. `surface`: {key, prefix, click(action, {confirm, node})}; `key` names its drafts and
 * `prefix` its element ids (a message may stand in the channel and in the thread pane at once).
 * `names`: {user(id), channel(id), people, me, file(id), mark}.
 */
export function drawBlocks(parent, blocks, surface, names) {
  reconcile(parent, blocks.map(named), {
    key: (block) => block.block_id,
    sig: (block) => JSON.stringify(block) + names.mark + (block.slack_file ? names.file(block.slack_file) : ""),
    make: (block) => draw(block, surface, names),
  });
}

function named(block, index) {
  return block.block_id ? block : { ...block, block_id: `block-${index}` };
}

function draw(block, surface, names) {
  const how = {
    surface,
    names,
    blockId: block.block_id,
    id: `${surface.prefix}-${block.block_id}`.replace(/[^\w-]/g, "_"),
    words: (text) => words(text, names),
  };
  const node = attempt(block, how);
  node.classList.add("block", `block-${block.type}`);
  node.dataset.block = block.block_id;
  return node;
}

/** One block that cannot be drawn must not take the page with it: blocks come from the bot, right or wrong. */
function attempt(block, how) {
  try {
    return BLOCKS[block.type]?.(block, how) ?? unknown(`a “${block.type}” block`);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    console.warn("A block could not be drawn", block, error);
    return unknown(`this “${block.type}” block`);
  }
}

function unknown(what) {
  return el("p", { class: "unknown" }, `(This page cannot draw ${what}.)`);
}

export function words(text, names) {
  return text.type === "mrkdwn" ? mrkdwn(text.text, names, text) : plain(text.text, text);
}

const BLOCKS = {
  header: (block) => el("h3", {}, plain(block.text.text, block.text)),
  section,
  divider: () => el("hr"),
  context: (block, how) => el("div", {}, block.elements.map((item) => contextItem(item, how))),
  actions: (block, how) =>
    el("div", { role: "group", "aria-label": "Actions" }, block.elements.map((element, index) => interactive(element, how, index))),
  input,
  image,
  rich_text: (block, how) => richText(block, how.names),
  table,
};

/** As Slack draws it: the first row is the head, wide ones scroll in their own box. */
function table(block, how) {
  const cell = (tag) => (item) =>
    el(tag, tag === "th" ? { scope: "col" } : {}, item.type === "raw_text" ? item.text : richText(item, how.names));
  const [head, ...rows] = block.rows;
  const body = rows.map((row) => el("tr", {}, row.map(cell("td"))));
  const drawn = el("table", {}, el("thead", {}, el("tr", {}, head.map(cell("th")))), el("tbody", {}, body));
  return el("div", { tabindex: "0", role: "region", "aria-label": "Table" }, drawn);
}

function section(block, how) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "words" }, how.words(block.text)));
  if (block.fields) body.append(el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "words" }, how.words(field)))));
  const aside = block.accessory && el("div", { class: "accessory" }, accessory(block.accessory, how));
  return el("div", {}, body, aside);
}

function accessory(element, how) {
  return element.type === "image" ? picture(element, how, "thumb") : interactive(element, how, 0);
}

/** A control that answers at once when used (in a section or among actions). */
function interactive(element, how, index) {
  const made = control(element, { ...how, id: `${how.id}-${index}`, dispatch: true, labelled: false });
  return made ?? unknown(`a “${element.type}” element`);
}

function contextItem(item, how) {
  return item.type === "image" ? picture(item, how, "tiny") : el("span", { class: "words" }, how.words(item));
}

function image(block, how) {
  const title = block.title && el("figcaption", {}, plain(block.title.text, block.title));
  return el("figure", {}, title, picture(block, how, "picture"));
}

/** The picture, or its alt text in a box where it cannot be had (the page asks nobody outside this computer). */
function picture(source, how, size) {
  const address = source.slack_file ? how.names.file(source.slack_file) : source.image_url;
  const missing = () => el("span", { class: `missing ${size}`, role: "img", "aria-label": source.alt_text }, `Image: ${source.alt_text}`);
  if (!address) return missing();
  const node = el("img", { class: size, src: address, alt: source.alt_text, title: source.alt_text });
  node.addEventListener("error", () => node.replaceWith(missing()));
  return node;
}

function input(block, how) {
  const element = block.element;
  const node = control(element, { ...how, dispatch: Boolean(block.dispatch_action), labelled: true });
  if (!node) return unknown(`a “${element.type}” element`);
  const group = ["checkboxes", "radio_buttons"].includes(element.type);
  const optional = block.optional && el("span", { class: "optional" }, " (optional)");
  const label = group
    ? el("span", { class: "label", id: `${how.id}-label` }, plain(block.label.text), optional)
    : el("label", { class: "label", for: how.id }, plain(block.label.text), optional);
  const hint = block.hint && el("small", { class: "hint-text", id: `${how.id}-hint` }, plain(block.hint.text));
  const error = el("p", { class: "error", id: `${how.id}-error`, hidden: true });
  const target = node.matches(".moment") ? node.firstElementChild : node;
  if (group) node.setAttribute("aria-labelledby", `${how.id}-label`);
  describeBy(target, [target.getAttribute("aria-describedby"), hint && hint.id, error.id]);
  return el("div", {}, label, node, counter(element, target), error, hint);
}

function describeBy(node, ids) {
  node.setAttribute("aria-describedby", ids.filter(Boolean).join(" "));
}

/** Characters left, once it gets close; the field itself never cuts what was pasted. */
function counter(element, target) {
  if (!element.max_length) return null;
  const node = el("small", { class: "counter" });
  const count = () => {
    const left = element.max_length - target.value.length;
    node.textContent = left < element.max_length * 0.15 ? `${left} left of ${element.max_length}` : "";
    node.classList.toggle("over", left < 0);
  };
  target.addEventListener("input", count);
  count();
  return node;
}
