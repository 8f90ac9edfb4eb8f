/**
 * The page's only way to the stage: one state to read, one door to act, one stream that says "look again".
 * The state is always fetched whole; the stream carries a number only, so a lost event costs nothing.
 */

/** Nobody here is called so; `people` are those who are. */
export class NoSuchPerson extends Error {
  constructor(people) {
    super("There is no such person here.");
    this.people = people;
  }
}

export async function fetchState(user) {
  const answer = await fetch(`/api/state?user=${encodeURIComponent(user)}`, { cache: "no-store" });
  if (answer.status === 404) throw new NoSuchPerson((await answer.json()).users ?? []);
  if (!answer.ok) throw new Error(`/api/state answered ${answer.status}`);
  return answer.json();
}

/** `{ok, ack_ms}` or `{ok: false, error}`; never throws: a broken line is an answer like any other. */
export async function act(order) {
  try {
    const answer = await fetch("/api/act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(order),
    });
    const body = await answer.json();
    return answer.ok || body.error ? body : { ok: false, error: `The demo answered ${answer.status}.` };
  } catch {
    return { ok: false, error: "The demo did not answer. Nothing was done." };
  }
}

/**
 * Calls `onRev(rev)` for each change and `onLine(true|false)` as the stream comes and goes (it reconnects by itself).
 * A hidden page lets its stream go: a browser keeps six connections to one address, and forgotten tabs would eat them.
 */
export function listen(onRev, onLine) {
  let stream = null;
  const close = () => {
    stream?.close();
    stream = null;
  };
  const open = () => {
    close();
    stream = new EventSource("/api/events");
    stream.addEventListener("open", () => onLine(true));
    stream.addEventListener("error", () => onLine(false));
    stream.addEventListener("message", (event) => onRev(JSON.parse(event.data).rev));
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  if (!document.hidden) open();
}
