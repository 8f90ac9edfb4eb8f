/**
 * Block Kit's interactive elements. Each control reads as one entry of Slack's `state.values`
 * (`{type, value|selected_option|…}`), and starts from such an entry: the person's draft if there is one, else the
 * element's initial value. So a redraw with the same block_id and action_id keeps what was typed, as in Slack.
 */

import { el, icon, packed, safeUrl, say } from "./dom.js";
import { menu } from "./menu.js";
import { plain } from "./mrkdwn.js";
import { fromLocalInput, spell, toLocalInput, zone } from "./time.js";

const drafts = new Map();
const readers = new WeakMap();

/** surface: {key, where, click(action, values, node)}; see blocks.js. */
const draftKey = (surface, blockId, actionId) => JSON.stringify([surface.key, blockId, actionId]);

export function forgetDrafts(surfaceKey) {
  for (const key of drafts.keys()) if (JSON.parse(key)[0] === surfaceKey) drafts.delete(key);
}

/** Slack's `state.values` for everything under `root`: {block_id: {action_id: entry}}. */
export function valuesOf(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-control]")) {
    const { blockId, actionId, read } = readers.get(node);
    (values[blockId] ??= {})[actionId] = read();
  }
  return values;
}

/** A node for `element`, or null where the page knows no such element. `how`: {surface, blockId, names, id, dispatch}. */
export function control(element, how) {
  const make = MAKERS[element.type];
  return make ? make(element, { ...how, actionId: element.action_id ?? element.type }) : null;
}

const TEXT_KINDS = { email_text_input: "email", url_text_input: "url", number_input: "text" };

const MAKERS = {
  button,
  overflow,
  plain_text_input: (element, how) => textInput(element, how, element.multiline ? el("textarea", { rows: 4 }) : el("input", { type: "text" })),
  ...Object.fromEntries(
    Object.entries(TEXT_KINDS).map(([name, kind]) => [name, (element, how) => textInput(element, how, el("input", { type: kind }))]),
  ),
  static_select: (element, how) => optionSelect(element, how),
  users_select: usersSelect,
  radio_buttons: (element, how) => choices(element, how, "radio"),
  checkboxes: (element, how) => choices(element, how, "checkbox"),
  file_input: filesInput,
  datetimepicker: (element, how) => moment(element, how, MOMENTS.datetimepicker),
  datepicker: (element, how) => moment(element, how, MOMENTS.datepicker),
  timepicker: (element, how) => moment(element, how, MOMENTS.timepicker),
};

function button(element, how) {
  const label = plain(element.text.text, element.text);
  const attrs = {
    class: `button ${element.style ?? ""}`.trim(),
    "aria-label": element.accessibility_label ?? null,
    data: focusData(how),
    on: { click: () => press(element, how, node, element.value === undefined ? {} : { value: element.value }) },
  };
  const url = element.url ? safeUrl(element.url) : null;
  const node = url
    ? el("a", { ...attrs, href: url, target: "_blank", rel: "noopener noreferrer" }, label)
    : el("button", { ...attrs, type: "button" }, label);
  return node;
}

function overflow(element, how) {
  const items = element.options.map((option) => ({
    text: plain(option.text.text, option.text),
    note: option.description?.text,
    url: option.url ? safeUrl(option.url) : null,
    choose: () => press(element, how, node.querySelector("button"), { selected_option: option }),
  }));
  const node = menu({ label: element.accessibility_label ?? "More actions", face: icon("dots"), focus: focusData(how).focus }, items);
  return node;
}

function press(element, how, node, extra) {
  const action = { type: element.type, block_id: how.blockId, action_id: how.actionId, ...extra };
  if (element.text) action.text = element.text;
  return how.surface.click(action, { confirm: element.confirm, node });
}

/** Makes `node` readable for `valuesOf`, its entry a draft as it changes, and a click where Slack would send one. */
function remember(node, element, how, read) {
  const key = draftKey(how.surface, how.blockId, how.actionId);
  node.dataset.control = "";
  readers.set(node, { blockId: how.blockId, actionId: how.actionId, read });
  node.addEventListener("input", () => drafts.set(key, read()));
  if (how.dispatch && !how.labelled) node.addEventListener("change", () => press(element, how, node, withoutType(read())));
  if (how.dispatch && how.labelled) dispatch(node, element, how, read);
  return node;
}

const RESTS_MS = 250; // without a key, then Slack tells what was typed
const typing = new Map(); // node -> what is told once typing rests

/** A field of a form tells the app of itself: a choice at once, words as its element asks. Nothing waits for the answer. */
function dispatch(node, element, how, read) {
  const tell = () => {
    clearTimeout(typing.get(node)?.timer);
    typing.delete(node);
    return how.surface.tell?.({ type: element.type, block_id: how.blockId, action_id: how.actionId, ...withoutType(read()) });
  };
  if (element.type !== "plain_text_input") node.addEventListener("change", tell);
  else if (element.dispatch_action_config?.trigger_actions_on?.includes("on_character_entered"))
    node.addEventListener("input", () => {
      clearTimeout(typing.get(node)?.timer);
      typing.set(node, { tell, timer: setTimeout(tell, RESTS_MS) });
    });
  else node.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && tell());
}

/** Tells at once what was typed last. */
export async function restNow() {
  await Promise.all([...typing.values()].map(({ tell }) => tell()));
}

function withoutType({ type: _type, ...rest }) {
  return rest;
}

function draft(how) {
  return drafts.get(draftKey(how.surface, how.blockId, how.actionId));
}

const focusData = (how) => ({ focus: `${how.blockId}/${how.actionId}` });

function describe(node, element, how) {
  node.id = how.id;
  node.dataset.focus = focusData(how).focus;
  if (element.placeholder) node.placeholder = plain(element.placeholder.text);
  if (element.focus_on_load) node.dataset.first = "";
  if (!how.labelled) node.setAttribute("aria-label", element.accessibility_label ?? element.placeholder?.text ?? "Choose");
  return node;
}

function textInput(element, how, node) {
  describe(node, element, { ...how });
  node.classList.add("field");
  node.value = draft(how)?.value ?? element.initial_value ?? "";
  if (node.tagName === "INPUT") node.addEventListener("keydown", enterSubmits);
  return remember(node, element, how, () => ({ type: element.type, value: node.value === "" ? null : node.value }));
}

function enterSubmits(event) {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  event.target.form?.requestSubmit();
}

function optionSelect(element, how) {
  const all = (element.option_groups ?? [{ options: element.options }]).flatMap((group) => group.options);
  const chosen = draft(how) ? draft(how).selected_option : element.initial_option;
  const node = el("select", { class: "field" }, el("option", { value: "" }, element.placeholder?.text ?? "Choose…"));
  for (const group of element.option_groups ?? [{ options: element.options }]) {
    const options = group.options.map((option) => el("option", { value: String(all.indexOf(option)) }, plain(option.text.text)));
    node.append(...(group.label ? [el("optgroup", { label: plain(group.label.text) }, options)] : options));
  }
  const at = chosen ? all.findIndex((option) => option.value === chosen.value) : -1;
  node.value = at < 0 ? "" : String(at);
  describe(node, element, how);
  return remember(node, element, how, () => ({ type: element.type, selected_option: all[node.value] ?? null }));
}

function usersSelect(element, how) {
  const chosen = draft(how) ? draft(how).selected_user : element.initial_user;
  const people = how.names.people.map((person) => el("option", { value: person.id }, person.name));
  const node = el("select", { class: "field" }, el("option", { value: "" }, element.placeholder?.text ?? "Choose a person…"), people);
  node.value = chosen ?? "";
  describe(node, element, how);
  return remember(node, element, how, () => ({ type: element.type, selected_user: node.value || null }));
}

function choices(element, how, kind) {
  const first = draft(how) ?? { selected_options: element.initial_options, selected_option: element.initial_option };
  const started = kind === "radio" ? [first.selected_option] : (first.selected_options ?? []);
  const on = new Set(started.filter(Boolean).map((option) => option.value));
  const boxes = element.options.map((option, index) =>
    el("input", { type: kind, name: how.id, id: `${how.id}-${index}`, checked: on.has(option.value), data: { focus: `${how.blockId}/${how.actionId}/${index}` } }),
  );
  const rows = element.options.map((option, index) =>
    el("label", { class: "choice", for: boxes[index].id }, boxes[index], el("span", {}, how.words(option.text)),
      option.description && el("small", {}, how.words(option.description))),
  );
  const node = el("div", { class: "choices", role: kind === "radio" ? "radiogroup" : "group", id: how.id }, rows);
  if (!how.labelled) node.setAttribute("aria-label", element.accessibility_label ?? "Choices");
  const picked = () => element.options.filter((_, index) => boxes[index].checked);
  return remember(node, element, how, () =>
    kind === "radio" ? { type: element.type, selected_option: picked()[0] ?? null } : { type: element.type, selected_options: picked() },
  );
}

/** Files go along as {name, data}, read when they are chosen; a redraw keeps them. */
function filesInput(element, how) {
  const most = element.max_files ?? 10;
  const chosen = [...(draft(how)?.files ?? [])];
  const input = el("input", {
    class: "field", type: "file", multiple: most > 1,
    accept: (element.filetypes ?? []).map((kind) => `.${kind}`).join(",") || null,
  });
  describe(input, element, how);
  const list = el("ul", { class: "files" });
  const retell = () => {
    list.replaceChildren(...chosen.map((file, index) =>
      el("li", {}, file.name, " ", el("button", { type: "button", class: "link", "aria-label": `Remove ${file.name}`, on: { click: () => { chosen.splice(index, 1); changed(); } } }, "Remove"))));
  };
  const changed = () => {
    retell();
    node.dispatchEvent(new Event("input"));
  };
  input.addEventListener("input", (event) => event.stopPropagation());
  input.addEventListener("change", async () => {
    const read = await Promise.all([...input.files].map(packed));
    chosen.push(...read.slice(0, Math.max(0, most - chosen.length)));
    input.value = "";
    changed();
  });
  retell();
  const node = el("div", { class: "choose-files" }, input, list);
  return remember(node, element, how, () => ({ type: element.type, files: [...chosen] }));
}

const MOMENTS = {
  datetimepicker: {
    input: "datetime-local", start: "initial_date_time", entry: "selected_date_time", show: toLocalInput, parse: fromLocalInput, zoned: true,
    spell: (value) => spell(fromLocalInput(value) * 1000), // the browser's own order of day and month is not everyone's
  },
  datepicker: { input: "date", start: "initial_date", entry: "selected_date", show: String, parse: String },
  timepicker: { input: "time", start: "initial_time", entry: "selected_time", show: String, parse: String, zoned: true },
};

function moment(element, how, kind) {
  const first = draft(how) ? draft(how)[kind.entry] : element[kind.start];
  const input = el("input", { class: "field", type: kind.input, value: first ? kind.show(first) : "" });
  describe(input, element, how);
  if (kind.zoned) input.setAttribute("aria-describedby", `${how.id}-zone`);
  const note = el("small", { id: `${how.id}-zone`, class: "zone" });
  const retell = () => say(note, input.value && kind.spell ? `${kind.spell(input.value)}, time in ${zone()}` : `Time in ${zone()}`);
  input.addEventListener("input", retell);
  retell();
  const node = el("div", { class: "moment" }, input, kind.zoned && note);
  return remember(node, element, how, () => ({ type: element.type, [kind.entry]: input.value ? kind.parse(input.value) : null }));
}

/** Why Slack would not submit this input, as a sentence, or null. `entry` is what the control reads. */
export function complaint(element, entry, optional) {
  const value = Object.entries(entry).find(([name]) => name !== "type")?.[1];
  const empty = value === null || (Array.isArray(value) && !value.length);
  if (empty) return optional ? null : "Please complete this required field.";
  if (typeof value !== "string") return null;
  if (element.max_length && value.length > element.max_length) {
    return `At most ${element.max_length} characters; this is ${value.length}.`;
  }
  return element.min_length && value.length < element.min_length ? `At least ${element.min_length} characters.` : null;
}
