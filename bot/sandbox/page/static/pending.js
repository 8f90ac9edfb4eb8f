/**
 * Between a click and its answer: the surface's buttons are off, the clicked one shows "…". The surface itself takes
 * the focus meanwhile, because a disabled button would drop it, and gives it back.
 */

const PRESSABLE = ".block :is(button, select, a.button), footer button";
const held = new Map();
let last = null;

/** Switches off everything pressable in `surface`. */
export function hold(surface, node) {
  release(surface);
  const buttons = [...surface.querySelectorAll(PRESSABLE)].filter((button) => !button.disabled);
  const key = node?.dataset.focus ?? null;
  if (surface.contains(document.activeElement)) surface.focus({ preventScroll: true });
  for (const button of buttons) button.tagName === "A" ? button.setAttribute("aria-disabled", "true") : (button.disabled = true);
  node?.classList.add("waiting");
  surface.setAttribute("aria-busy", "true");
  held.set(surface, { buttons, node, key });
  if (!surface.closest("dialog")) last = { surface, key };
}

/** An answer came elsewhere (a private line, a modal): nothing waits any more. */
export function releaseAll() {
  for (const surface of [...held.keys()]) release(surface);
}

export function release(surface) {
  const entry = held.get(surface);
  if (!entry) return;
  held.delete(surface);
  for (const button of entry.buttons) button.tagName === "A" ? button.removeAttribute("aria-disabled") : (button.disabled = false);
  entry.node?.classList.remove("waiting");
  surface.removeAttribute("aria-busy");
  if (document.activeElement === surface) refocus(surface, entry.key);
}

/** After a modal closed: back to the button that opened it, where it still stands. */
export function refocusLast() {
  const lost = document.activeElement === document.body || document.activeElement === last?.surface;
  if (lost && last?.surface.isConnected) refocus(last.surface, last.key);
}

function refocus(surface, key) {
  const button = key && surface.querySelector(`[data-focus="${CSS.escape(key)}"]:not(:disabled)`);
  (button || surface).focus({ preventScroll: true });
}
