/**
 * Lists that change in place. A node is rebuilt only when its item's signature changed, so that what a person is
 * typing, has focused or has scrolled to survives every refresh.
 */

const meta = new WeakMap();

/**
 * Makes `parent`'s children equal `items`.
 * `key(item)` names it, `sig(item)` changes when it must be redrawn, `make(item)` builds a node,
 * `update(node, item)`, optional, redraws in place instead of replacing.
 */
export function reconcile(parent, items, { key, sig, make, update }) {
  const focus = remember(parent);
  const old = new Map();
  for (const child of parent.children) old.set(meta.get(child)?.key, child);
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const mark = sig(item);
    let node = old.get(name);
    old.delete(name);
    if (node && meta.get(node).sig !== mark) node = redraw(node, item, { make, update }, () => (place = step(place, node)));
    node ??= make(item);
    meta.set(node, { key: name, sig: mark });
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const child of old.values()) child.remove();
  restore(parent, focus);
}

function redraw(node, item, { make, update }, beforeReplace) {
  if (update) {
    update(node, item);
    return node;
  }
  const fresh = make(item);
  beforeReplace();
  node.replaceWith(fresh);
  return fresh;
}

function step(place, node) {
  return place === node ? node.nextElementSibling : place;
}

/** Where the focus is inside `root`, in terms that outlive the nodes. */
function remember(root) {
  const active = document.activeElement;
  if (!active || active === root || !root.contains(active)) return null;
  const key = active.dataset.focus;
  return { active, key, start: active.selectionStart, end: active.selectionEnd };
}

function restore(root, focus) {
  if (!focus || focus.active.isConnected || !focus.key) return;
  const next = root.querySelector(`[data-focus="${CSS.escape(focus.key)}"]`);
  if (!next) return;
  next.focus({ preventScroll: true });
  if (typeof focus.start === "number" && next.setSelectionRange) next.setSelectionRange(focus.start, focus.end);
}
