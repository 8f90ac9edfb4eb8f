/** A menu button after the ARIA practices: arrows move, Enter chooses, Escape or Tab closes, the focus comes back. */

import { el } from "./dom.js";

let open = null;

/** `items`: {text, note?, url?, choose()}. `focus` names the button for keyed redraws. */
export function menu({ label, face, focus }, items) {
  const button = el(
    "button",
    { type: "button", class: "button menu-button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label, data: { focus } },
    face,
  );
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, hidden: true }, items.map((item) => entry(item, close)));
  const box = el("div", { class: "menu-box" }, button, list);

  function show(at) {
    open?.close();
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    open = { box, close };
    list.classList.toggle("above", list.getBoundingClientRect().bottom > lowest(box));
    list.children[at < 0 ? list.children.length - 1 : at]?.focus();
  }
  function close({ refocus = false } = {}) {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (open?.box === box) open = null;
    if (refocus) button.focus();
  }
  button.addEventListener("click", () => (list.hidden ? show(0) : close({ refocus: true })));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    show(event.key === "ArrowDown" ? 0 : -1);
  });
  list.addEventListener("keydown", (event) => walk(event, list, close));
  return box;
}

/** The lower edge a menu may reach: its scroller's, else the window's. */
function lowest(box) {
  return Math.min(box.closest(".scroller")?.getBoundingClientRect().bottom ?? Infinity, window.innerHeight);
}

function entry(item, close) {
  const attrs = { role: "menuitem", tabindex: "-1", class: "menu-item" };
  const words = [el("span", {}, item.text), item.note && el("small", {}, item.note)];
  const chosen = { click: () => (close({ refocus: true }), item.choose()) };
  return item.url
    ? el("a", { ...attrs, href: item.url, target: "_blank", rel: "noopener noreferrer", on: chosen }, words)
    : el("button", { ...attrs, type: "button", on: chosen }, words);
}

function walk(event, list, close) {
  const items = [...list.children];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to % items.length].focus();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close({ refocus: true });
  } else if (event.key === "Tab") {
    close();
  }
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.box.contains(event.target)) open.close();
});
