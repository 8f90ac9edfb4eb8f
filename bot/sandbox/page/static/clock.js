/** The stage's clock: it runs by itself and can be pushed. Between two refreshes the page carries it forward. */

import { say } from "./dom.js";
import { clockSeconds, clockTime, now, parts, relative, shortDay, weekday, zoneName } from "./time.js";

const byId = (id) => document.getElementById(id);
let shown = { nextSlot: null, busy: null };

export function drawClock(state) {
  shown = { nextSlot: state.next_slot ? Date.parse(state.next_slot) : null, busy: state.busy };
  for (const button of document.querySelectorAll("#clock [data-act]")) {
    button.disabled = Boolean(state.busy) || (button.dataset.act === "next_slot" && !state.next_slot);
  }
  tick();
}

/** Once a second. */
export function tick() {
  const ms = now();
  const face = byId("clock-time");
  say(face, clockSeconds(ms));
  face.dateTime = new Date(ms).toISOString();
  say(byId("clock-date"), `${shortDay(ms)}, ${zoneName()}`);
  say(byId("clock-note"), shown.busy ?? nextSlot());
}

function nextSlot() {
  if (!shown.nextSlot) return "No slot ahead";
  const sameDay = parts(shown.nextSlot).day === parts(now()).day;
  return `${sameDay ? "" : `${weekday(shown.nextSlot)}, `}${clockTime(shown.nextSlot)}, ${relative(shown.nextSlot)}`;
}
