/**
 * While a pointer or the space bar is down nothing is drawn: a button that is replaced or moves between down and up
 * gets no click, and the person hears nothing of it.
 */

const CLICK_MS = 50; // the click comes after the pointer is up; on a touch screen a moment later

const pointers = new Set();
const listeners = [];
let space = false;
let waiting = null;

export function isPressed() {
  return pointers.size > 0 || space;
}

/** Runs it now, or once nothing is pressed any more; of several that wait, the last. */
export function whenFree(run) {
  waiting = run;
  if (!isPressed()) next();
}

/** Calls `run` each time a press is over. */
export function afterPress(run) {
  listeners.push(run);
}

function next() {
  const run = waiting;
  waiting = null;
  run?.();
}

function over() {
  setTimeout(() => {
    if (isPressed()) return;
    next();
    for (const run of listeners) run();
  }, CLICK_MS);
}

function forget() {
  pointers.clear();
  space = false;
  over();
}

window.addEventListener("pointerdown", (event) => pointers.add(event.pointerId), true);
for (const end of ["pointerup", "pointercancel"]) {
  window.addEventListener(end, (event) => (pointers.delete(event.pointerId), over()), true);
}
window.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target instanceof Element && event.target.closest("button, summary")) space = true;
}, true);
window.addEventListener("keyup", (event) => {
  if (event.key !== " " || !space) return;
  space = false;
  over();
}, true);
for (const lost of ["blur", "dragend"]) window.addEventListener(lost, forget);
