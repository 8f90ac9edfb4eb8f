/** Everything said on the wire, newest first. An acknowledgement later than Slack allows is red and says so. */

import { el, say } from "./dom.js";
import { reconcile } from "./keyed.js";
import { clockSeconds } from "./time.js";

const ALLOWED_MS = 3000;
const LEFT_OUT = "Routine checks for new messages are not listed.";

export function drawTraffic(list, note, rows) {
  reconcile(list, rows, { key: (row) => String(row.n), sig: (row) => JSON.stringify(row), make: draw });
  say(note, summary(rows));
}

function summary(rows) {
  const acknowledged = rows.filter((row) => row.way === "slack→bot" && Number.isFinite(row.ms));
  if (!acknowledged.length) return `Slack allows 3 s for each acknowledgement. ${LEFT_OUT}`;
  const slowest = Math.max(...acknowledged.map((row) => row.ms));
  return `Slowest acknowledgement ${duration(slowest)}. Slack allows ${duration(ALLOWED_MS)}. ${LEFT_OUT}`;
}

function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1).replace(/\.0$/, "")} s`;
}

function draw(row) {
  const failed = !/^2\d\d$|^ok$|^acknowledged$/i.test(row.status);
  const [from, to] = row.way.split("→");
  const time = Number.isFinite(row.ms) ? duration(row.ms) : "";
  const classes = ["wire-row", row.slow && "slow", failed && "failed"].filter(Boolean).join(" ");
  return el(
    "li",
    { class: classes, title: `${clockSeconds(Date.parse(row.at))} · ${row.way} · ${row.status}` },
    el("span", { class: `way way-${from}-${to}` }, `${from} → ${to}`),
    el("span", { class: "what" }, row.times > 1 ? `${row.times} × ${row.what}` : row.what),
    el("span", { class: "ms" }, [row.slow ? `too slow: ${time}` : failed ? `${row.status}${time && ` · ${time}`}` : time]),
  );
}
