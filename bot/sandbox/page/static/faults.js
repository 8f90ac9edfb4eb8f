/** What one can break on purpose, in plain words. Each stays broken until it is switched off again. */

import { el, fill, say } from "./dom.js";

const WORDS = {
  slack_429: ["Slack says “too many requests”", "Slack"],
  slack_lost_answer: ["Slack does it, but its answer gets lost", "Slack"],
  slack_down: ["Slack is down", "Slack"],
  network_fails: ["The network answers with an error", "Network"],
  network_times_out: ["The network never answers", "Network"],
  network_lost_answer: ["The network publishes, but its answer gets lost", "Network"],
  x_no_credits: ["X is out of credits", "Network"],
};
const ONCE = { disconnect: "Cut Slack's connection now", restart_bot: "Kill and restart the bot" };

/** `turn(name, on)` and `once(action)` send the order. */
export function drawFaults(body, count, state, { turn, once }) {
  const names = Object.keys(state.faults);
  const actions = (state.stage_actions ?? []).filter((action) => ONCE[action]);
  const shape = JSON.stringify([names, actions]);
  if (body.dataset.shape !== shape) {
    body.dataset.shape = shape;
    fill(body, ...groups(names, turn), el("div", { class: "row" }, actions.map((action) => onceButton(action, once))));
  }
  for (const box of body.querySelectorAll("[data-fault]")) box.checked = state.faults[box.dataset.fault];
  for (const button of body.querySelectorAll("[data-act]")) button.disabled = Boolean(state.busy);
  const on = names.filter((name) => state.faults[name]).length;
  say(count, on ? `${on} on` : "");
}

function groups(names, turn) {
  const where = (name) => WORDS[name]?.[1] ?? "Other";
  return [...new Set(names.map(where))].map((group) =>
    el("fieldset", {}, el("legend", {}, group), names.filter((name) => where(name) === group).map((name) => faultSwitch(name, turn))),
  );
}

function faultSwitch(name, turn) {
  const words = WORDS[name]?.[0] ?? name.replaceAll("_", " ");
  const box = el("input", { type: "checkbox", role: "switch", data: { fault: name }, on: { change: () => turn(name, box.checked) } });
  return el("label", { class: "switch" }, box, el("span", {}, words));
}

function onceButton(action, once) {
  return el("button", { type: "button", class: "button", data: { act: action }, on: { click: () => once(action) } }, ONCE[action]);
}
