/**
 * Time as the workspace sees it: the stage's clock (it can be pushed) shown in the workspace's zone, never this
 * computer's own. Also Slack's date tokens, which real Slack fills in on the reader's device.
 */

let base = { at: Date.now(), seen: performance.now(), zone: "UTC" };

export function setClock(nowIso, zone) {
  base = { at: Date.parse(nowIso), seen: performance.now(), zone };
}

/** Milliseconds on the stage's clock, carried forward between two refreshes. */
export function now() {
  return base.at + (performance.now() - base.seen);
}

export function zone() {
  return base.zone;
}

/** "Berlin time": whose clock it is that everything here goes by. */
export function zoneName() {
  const place = base.zone.split("/").at(-1).replaceAll("_", " ");
  return base.zone.includes("/") ? `${place} time` : place;
}

const formats = new Map();

function format(ms, options) {
  const key = base.zone + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: base.zone, ...options }));
  return formats.get(key).format(ms);
}

const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const SECONDS = { ...TIME, second: "2-digit" };
const SHORT = { day: "numeric", month: "short", year: "numeric" };
const LONG = { day: "numeric", month: "long", year: "numeric" };

export const clockTime = (ms) => format(ms, TIME);
export const clockSeconds = (ms) => format(ms, SECONDS);
// Joined here, not by Intl: browsers differ in the comma after a weekday.
export const weekday = (ms) => `${format(ms, { weekday: "long" })} ${format(ms, { day: "numeric", month: "long" })}`;
export const shortDay = (ms) => `${format(ms, { weekday: "short" })} ${format(ms, { day: "numeric", month: "short" })}`;
export const spell = (ms) => `${format(ms, { weekday: "short" })} ${format(ms, SHORT)}, ${clockTime(ms)}`;
const dayNumber = (ms) => {
  const { year, month, day } = parts(ms);
  return Date.UTC(year, month - 1, day) / 86_400_000;
};

/** "Today", "Yesterday", "Tomorrow", or the weekday with its date. */
export function dayName(ms) {
  const near = pretty(ms);
  return near ? near[0].toUpperCase() + near.slice(1) : weekday(ms);
}

function pretty(ms) {
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[dayNumber(ms) - dayNumber(now())] ?? null;
}

/** "in 46 min", "in less than a minute", "now" for the minute from then on, "1 h 10 min ago": as Byhand's own screens. */
export function relative(ms) {
  const away = ms - now();
  if (away > 0) return `in ${span(away)}`;
  return -away < 60_000 ? "now" : `${span(-away)} ago`;
}

/** What is over, never rounded up. */
function span(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return "less than a minute";
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  const said = days ? [days === 1 ? "1 day" : `${days} days`, hours && days < 7 && `${hours} h`] : [hours && `${hours} h`, rest && `${rest} min`];
  return said.filter(Boolean).join(" ");
}

const TOKENS = {
  date_num: (ms) => {
    const { year, month, day } = parts(ms);
    return [year, pad(month), pad(day)].join("-");
  },
  date: (ms) => format(ms, LONG),
  date_short: (ms) => format(ms, SHORT),
  date_long: (ms) => `${format(ms, { weekday: "long" })} ${format(ms, LONG)}`,
  date_pretty: (ms) => pretty(ms) ?? TOKENS.date(ms),
  date_short_pretty: (ms) => pretty(ms) ?? TOKENS.date_short(ms),
  date_long_pretty: (ms) => pretty(ms) ?? TOKENS.date_long(ms),
  time: clockTime,
  time_secs: clockSeconds,
  ago: relative,
};

/** Slack's format string filled in, e.g. `{date_short_pretty} at {time}`; an unknown token stays as written. */
export function fillTokens(seconds, pattern) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => TOKENS[name]?.(seconds * 1000) ?? whole);
}

/** The stage's wall clock at `ms`, as numbers. */
export function parts(ms) {
  const text = format(ms, { ...SECONDS, year: "numeric", month: "2-digit", day: "2-digit" });
  const [day, month, year, hour, minute, second] = text.match(/\d+/g).map(Number);
  return { year, month, day, hour, minute, second };
}

/** What `<input type="datetime-local">` wants for a moment. */
export function toLocalInput(seconds) {
  const at = parts(seconds * 1000);
  return `${at.year}-${pad(at.month)}-${pad(at.day)}T${pad(at.hour)}:${pad(at.minute)}`;
}

/** The moment (int seconds) a datetime-local value means in the zone; an hour that summer time skips moves on. */
export function fromLocalInput(value) {
  const [year, month, day, hour, minute] = value.match(/\d+/g).map(Number);
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let guess = wanted;
  for (let turn = 0; turn < 2; turn += 1) guess = wanted - offset(guess);
  return Math.round(guess / 1000);
}

function offset(ms) {
  const at = parts(ms);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) - Math.floor(ms / 1000) * 1000;
}

function pad(number) {
  return String(number).padStart(2, "0");
}
