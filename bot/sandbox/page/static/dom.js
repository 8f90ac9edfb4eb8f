/**
 * Making elements. Every string of data becomes a text node or an attribute here, never markup: the whole page has no
 * `innerHTML`, so what a customer or a post says cannot become code.
 */

/** A new element. `attrs`: `class`, `on` {event: handler}, `data` {name: value}, `value`/`checked`; else attributes. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) set(node, name, value);
  node.append(...present(children));
  return node;
}

function set(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
  else if (name === "data") for (const [key, item] of Object.entries(value)) node.dataset[key] = item;
  else if (name === "value" || name === "checked") node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

/** Writes text only when it differs, so that screen readers and selections are left alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  close: "M5 5l10 10M15 5L5 15",
  dots: "M4.500 10h.01M10 10h.01M15.500 10h.01",
  eye: "M2 10s3-5.500 8-5.500S18 10 18 10s-3 5.500-8 5.500S2 10 2 10zM10 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z",
  home: "M3 9.500L10 3.500l7 6M5 8.500V16.500h10V8.500",
  lock: "M5.500 9h9v7.500h-9zM7 9V6.500a3 3 0 0 1 6 0V9",
  pen: "M4 16l.8-3.200L13.500 4.100l2.400 2.400-8.700 8.700zM11.500 6l2.500 2.500",
  picture: "M3 4.500h14v11H3zM3 13l4-4 3.500 3.500L13 10l4 4M13 7.200h.01",
  pin: "M7 3h6l-.8 5 2.800 3H5l2.800-3zM10 11v6",
  reply: "M8 5L3.500 9.500 8 14M4 9.500h7a5 5 0 0 1 5 5v1",
};

/** A line drawing; decoration only, the words beside it carry the meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** The address if a person may be sent there, else null: `javascript:` and friends never become links. */
export function safeUrl(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const CHUNK = 0x8000; // bytes turned into text at once; more would be too many arguments

/** A chosen file as the page sends it: {name, data}, its bytes in base64. */
export async function packed(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let raw = "";
  for (let at = 0; at < bytes.length; at += CHUNK) raw += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return { name: file.name, data: btoa(raw) };
}
