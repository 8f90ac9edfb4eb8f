/**
 * The page's state and its one loop: fetch the whole state, draw all of it, act, fetch again. Where the person looks
 * (channel, thread, home) lives in the address; who they are lives in this tab, so two tabs can be two people.
 */

import { messageActions } from "./actions.js";
import { act, fetchState, listen, NoSuchPerson } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { drawClock, tick } from "./clock.js";
import { Composer } from "./composer.js";
import { askConfirm } from "./confirm.js";
import { valuesOf } from "./controls.js";
import { el, fill, icon, say } from "./dom.js";
import { drawFaults } from "./faults.js";
import { Hint } from "./hint.js";
import { Bottom, drawMessages } from "./messages.js";
import { Modal } from "./modal.js";
import { heard, retellDates } from "./mrkdwn.js";
import { drawNav, Unread } from "./nav.js";
import { Outside } from "./outside.js";
import { hold, release, releaseAll } from "./pending.js";
import { isPressed, whenFree } from "./press.js";
import { setClock } from "./time.js";
import { announce, toast } from "./toast.js";
import { drawTraffic } from "./traffic.js";

const FIRST_USER = "U0MAYA"; // the story's first person; if the stage knows no such person, its first one
const REDRAW_GRACE_MS = 1500; // a card is redrawn soon after its acknowledgement; if nothing comes, its buttons return
const RETRY_MS = 1500;

const HINTS = {
  channel: ["Type ", "/social help", "", " · Enter sends, Shift+Enter begins a new line"],
  thread: ["Only your team sees this thread."],
  one: ["Only your team sees this thread. Begin with ", "@Byhand", " to answer the customer."],
  many: ["This card stands for many customers. Press “Next for me” on it, and answer below the card that comes."],
};

const byId = (id) => document.getElementById(id);
const page = { state: null, names: null, user: asked("as") ?? remembered("user") ?? FIRST_USER, place: null, thread: null, at: null, cardAt: null };
const unread = new Unread(remembered("seen"), (seen) => remember("seen", seen));
const newest = { seen: new Map(), publicNew: 0 };

// ---- reading the state -------------------------------------------------------------------------------------------

let fetching = null;
let again = false;

/** Fetches and draws. Calls that arrive meanwhile share one more round after it; resolves when the newest is drawn. */
function refresh() {
  if (fetching) {
    again = true;
    return fetching;
  }
  fetching = rounds();
  return fetching;
}

async function rounds() {
  do {
    again = false;
    try {
      const user = page.user;
      const state = await fetchState(user);
      whenFree(() => user === page.user && take(state));
      byId("offline").hidden = true;
    } catch (error) {
      if (error instanceof NoSuchPerson) {
        drawStranger(error.people);
        continue;
      }
      if (!page.state) console.info("waiting for the stage:", error.message);
      byId("offline").hidden = false;
      setTimeout(refresh, RETRY_MS);
    }
  } while (again);
  fetching = null; // in the same breath as the check above, or a call between the two would be lost
}

function take(state) {
  if (!state.users.some((user) => user.id === page.user)) {
    become(state.users[0].id);
    return;
  }
  page.state = state;
  page.names = namesOf(state);
  setClock(state.now, state.zone);
  if (!page.place || !isHere(page.place)) route();
  draw();
}

function namesOf(state) {
  const users = new Map(state.users.map((user) => [user.id, user.name]));
  const channels = new Map(state.channels.map((channel) => [channel.id, channel.name]));
  const direct = new Set(state.channels.filter((channel) => channel.direct).map((channel) => channel.id));
  users.set(state.workspace.bot.user_id, state.workspace.bot.name);
  return {
    user: (id) => users.get(id),
    channel: (id) => channels.get(id),
    title: (id) => (direct.has(id) ? channels.get(id) : `#${channels.get(id)}`),
    file: (ref) => state.files[ref.id] ?? null,
    people: state.users,
    bot: state.workspace.bot.name,
    me: page.user,
    mark: JSON.stringify([[...users], [...channels], state.zone, page.user]),
    filesMark: JSON.stringify(state.files),
  };
}

// ---- where the person is -----------------------------------------------------------------------------------------

/** Who one is belongs to the tab, a hint once read to the browser. */
function shelf(name) {
  return name === "hint" ? localStorage : sessionStorage;
}

function remembered(name) {
  try {
    return shelf(name).getItem(`byhand.${name}`);
  } catch {
    return null; // storage switched off: the page forgets on reload, nothing worse
  }
}

/** A second tab is opened as somebody else: `/?as=U0TOM`. Once read it leaves the address, or it would come back. */
function asked(name) {
  const value = new URLSearchParams(location.search).get(name);
  if (value) history.replaceState(null, "", location.pathname + location.hash);
  if (value) remember("user", value);
  return value;
}

function remember(name, value) {
  try {
    shelf(name).setItem(`byhand.${name}`, value);
  } catch {
    // as above
  }
}

/** Is this a place of the present person? Not everybody is in every channel. */
function isHere(place) {
  return place === "home" || page.state.channels.some((channel) => channel.id === place);
}

/** `#/C…`, `#/C…/thread/<ts>`, `#/C…/at/<ts>`, `#/home`. */
function route() {
  const [place, kind, ts] = location.hash.startsWith("#/") ? location.hash.slice(2).split("/") : [];
  const known = isHere(place);
  const before = page.place;
  page.place = [place, before, page.state.channels[0]?.id].find((each) => each && isHere(each)) ?? "home";
  if (place && !known) history.replaceState(null, "", `#/${page.place}`);
  page.thread = kind === "thread" && known ? ts : null;
  page.at = kind === "at" && known ? ts : null;
  if (page.place === "home" && before !== "home") order({ type: "open_home" });
  if (before !== page.place) bottom.channel.arrive(unread.newest(page.user, page.place));
}

function go(hash) {
  if (location.hash === hash) return;
  location.hash = hash;
}

function become(user) {
  page.user = user;
  remember("user", user);
  if (page.place === "home") order({ type: "open_home" });
  refresh();
}

// ---- acting ------------------------------------------------------------------------------------------------------

/** Sends an order as the present person; an error is shown. */
async function order(what) {
  const answer = await act({ user: page.user, ...what });
  if (!answer.ok) toast(answer.error);
  await refresh();
  return answer;
}

async function click(where, root, action, { confirm, node }) {
  if (confirm && !(await askConfirm(confirm, page.names))) return;
  const values = valuesOf(root);
  hold(root, node);
  const answer = await act({ user: page.user, type: "click", where, action, values });
  if (!answer.ok) {
    release(root);
    toast(answer.error);
  }
  await refresh();
  if (where.view) release(root);
  else setTimeout(() => release(root), REDRAW_GRACE_MS);
}

async function speak(text, threadTs, files) {
  const place = threadTs ? { channel: page.place, thread_ts: threadTs } : { channel: page.place };
  bottom[threadTs ? "thread" : "channel"].jump(); // who writes wants to see what comes of it
  if (!text.startsWith("/")) return (await order({ type: "say", ...place, text, ...(files.length && { files }) })).ok;
  if (threadTs) {
    toast("Slash commands do not work in threads. Type it in the channel.");
    return false;
  }
  const [command] = text.match(/^\S+/);
  return (await order({ type: "command", channel: page.place, command, text: text.slice(command.length).trim() })).ok;
}

// ---- drawing -----------------------------------------------------------------------------------------------------

const bottom = { channel: new Bottom(byId("messages")), thread: new Bottom(byId("thread-messages")) };
const composer = {
  channel: new Composer(byId("say"), { id: "composer", label: "Message", hint: HINTS.channel, send: (text, files) => speak(text, null, files) }),
  thread: new Composer(byId("say-thread"), { id: "thread-composer", label: "Reply", hint: HINTS.thread, send: (text, files) => speak(text, page.thread, files) }),
};
const outside = new Outside(order);
const hint = new Hint(byId("hint"), { open: !matchMedia("(max-width: 820px)").matches });
const modal = new Modal({
  submit: (view, values) => act({ user: page.user, type: "submit", view, values }),
  close: (view) => act({ user: page.user, type: "close", view }),
  click,
  tell: (where, values, action) => act({ user: page.user, type: "click", where, action, values }),
  refresh,
});

function draw() {
  const { state } = page;
  const home = page.place === "home";
  say(byId("workspace"), state.workspace.name);
  drawWho(state);
  drawSecond(state);
  if (!home) unread.look(page.user, page.place, state.messages);
  drawNav(byId("nav"), state, { user: page.user, place: page.place, unread });
  byId("channel").hidden = home;
  byId("home").hidden = !home;
  byId("thread").hidden = home || !page.thread;
  document.body.classList.toggle("with-thread", !byId("thread").hidden);
  if (home) drawHome(state);
  else drawChannel(state);
  const privately = newMessages(state);
  if (modal.draw(state.modals, page.names) || privately) releaseAll();
  drawStage(state);
  retellDates(document);
  document.title = `${home ? "Byhand Home" : page.names.title(page.place)} · ${state.workspace.name}`;
}

/** The address names somebody who is not here: who is. */
function drawStranger(people) {
  const links = people.map((one) => el("li", {}, el("a", { href: `/?as=${one.id}` }, one.name), ` (${one.about})`));
  const told = el("p", {}, `Nobody here is called “${page.user}”. Who do you want to be?`);
  byId("stranger").replaceChildren(told, el("ul", {}, ...links));
  byId("stranger").hidden = false;
}

function drawWho(state) {
  const select = byId("who");
  const shape = JSON.stringify(state.users);
  if (select.dataset.shape !== shape) {
    select.dataset.shape = shape;
    fill(select, state.users.map((user) => el("option", { value: user.id }, `${user.name} (${user.about})`)));
  }
  select.value = page.user;
}

/** The way to be two people at once: a tab of its own for a colleague, here where one is. */
function drawSecond(state) {
  const link = byId("second");
  const other = state.users.find((user) => user.id !== page.user && user.role === "member");
  link.hidden = !other;
  if (!other) return;
  say(link, `Be ${other.name} in a second tab`);
  link.href = `/?as=${other.id}${location.hash}`;
}

function drawChannel(state) {
  const title = page.names.title(page.place);
  const me = page.names.user(page.user);
  const all = state.messages[page.place] ?? [];
  say(byId("channel-title"), title);
  say(byId("channel-about"), `You see this as ${me}`);
  const shown = all.filter(inChannel);
  drawMessages(byId("messages").firstElementChild, shown, listed("channel"));
  drawNothing(state, shown);
  composer.channel.at(`${page.user}/${page.place}`, `Message ${title} as ${me}`);
  bottom.channel.keep(shown);
  if (page.thread) drawThread(all, me);
  if (page.at && bottom.channel.reveal(page.at)) page.at = null;
}

/** An empty channel says so, and what is under way: it is not broken. */
function drawNothing(state, shown) {
  const node = byId("nothing");
  node.hidden = shown.length > 0;
  say(node, node.hidden ? "" : ["Nothing is here yet.", state.busy].filter(Boolean).join(" "));
}

const inChannel = (message) => !message.thread_ts || message.thread_ts === message.ts;

function drawThread(all, me) {
  const messages = all.filter((message) => message.ts === page.thread || message.thread_ts === page.thread);
  drawMessages(byId("thread-messages").firstElementChild, messages, listed("thread"));
  const stands = messages.find((message) => message.ts === page.thread)?.stands_for;
  composer.thread.hint(HINTS[stands] ?? HINTS.thread);
  composer.thread.at(`${page.user}/${page.place}/${page.thread}`, `Reply as ${me}`);
  bottom.thread.keep(messages);
}

function listed(pane) {
  const channel = page.place;
  return {
    pane,
    channel,
    names: page.names,
    redraw: draw,
    reply: (message) => go(`#/${channel}/thread/${message.ts}`),
    actions: (message) => messageActions(message, { channel, user: page.user, names: page.names, shortcuts: page.state.shortcuts, order }),
    surface: (message, node) => ({
      key: `${page.user}:${channel}:${message.ts}`,
      prefix: `${pane}-${message.ts}`,
      click: (action, how) => click({ channel, ts: message.ts }, node, action, how),
    }),
  };
}

function drawHome(state) {
  const root = byId("home-blocks");
  root.tabIndex = -1;
  const surface = { key: `home:${page.user}`, prefix: "home", click: (action, how) => click({ home: true }, root, action, how) };
  const before = root.dataset.view;
  root.dataset.view = JSON.stringify(state.home);
  const waiting = [{ type: "section", block_id: "none", text: { type: "plain_text", text: "Byhand has not drawn this page yet…" } }];
  drawBlocks(root, state.home?.blocks ?? waiting, surface, page.names);
  if (before !== root.dataset.view) release(root);
}

/** Tells a screen reader what came in this place; true if a private answer did. */
function newMessages(state) {
  const place = `${page.user}/${page.place}`;
  const all = state.messages[page.place] ?? [];
  const before = newest.seen.get(place);
  newest.seen.set(place, new Set(all.map((message) => message.ts)));
  if (!before) return false;
  const fresh = all.filter((message) => !before.has(message.ts));
  const last = fresh.at(-1);
  if (last) announce(`${last.ephemeral ? "Only visible to you. " : ""}${last.name}: ${heard(last.text, page.names)}`);
  return fresh.some((message) => message.ephemeral);
}

function drawStage(state) {
  hint.draw(state);
  drawClock(state);
  newest.publicNew += outside.draw(state);
  drawFaults(byId("faults-body"), byId("faults-count"), state, {
    turn: (name, on) => order({ type: "fault", name, on }),
    once: (type) => order({ type }),
  });
  drawTraffic(byId("traffic"), byId("wire-note"), state.traffic);
  drawPanes();
}

function drawPanes() {
  if (document.body.dataset.pane === "public") newest.publicNew = 0;
  for (const button of byId("panes").children) {
    button.setAttribute("aria-pressed", String(button.dataset.paneTo === document.body.dataset.pane));
    const badge = button.dataset.paneTo === "public" && newest.publicNew ? `${newest.publicNew} new` : "";
    if (badge) button.dataset.badge = badge;
    else delete button.dataset.badge;
  }
}

// ---- wiring ------------------------------------------------------------------------------------------------------

function closeThread() {
  const ts = page.thread;
  go(`#/${page.place}`);
  const replies = () => document.querySelector(`[data-focus="replies-${CSS.escape(ts)}"]`) ?? byId("composer");
  setTimeout(() => replies().focus());
}

function wire() {
  byId("who").addEventListener("change", (event) => become(event.target.value));
  byId("nav").addEventListener("click", (event) => {
    const to = event.target.closest("[data-nav]");
    if (!to) return;
    document.body.dataset.pane = "chat";
    go(`#/${to.dataset.nav}`);
  });
  byId("clock").addEventListener("click", (event) => {
    const name = event.target.closest("[data-act]")?.dataset.act;
    if (name) order(name === "push" ? { type: "push", minutes: 5 } : { type: name });
  });
  byId("panes").addEventListener("click", (event) => {
    const to = event.target.closest("[data-pane-to]");
    if (to) document.body.dataset.pane = to.dataset.paneTo;
    drawPanes();
  });
  byId("thread-close").append(icon("close"));
  byId("thread-close").addEventListener("click", closeThread);
  byId("thread").addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && closeThread());
  window.addEventListener("hashchange", moved);
  byId("hint").hidden = remembered("hint") === "closed";
  byId("hint-close").addEventListener("click", () => {
    byId("hint").hidden = true;
    remember("hint", "closed");
    byId("composer").focus();
  });
}

function moved() {
  if (!page.state || !location.hash.startsWith("#/")) return;
  const { thread, place } = page;
  route();
  document.body.dataset.pane = "chat";
  const card = page.place === place ? (page.thread ?? thread) : null;
  page.cardAt = (card && bottom.channel.whereIs(card)) ?? page.cardAt;
  draw();
  if (card) bottom.channel.putAt(card, page.cardAt);
  if (!page.thread || page.thread === thread) return;
  bottom.thread.jump();
  composer.thread.focus();
}

wire();
setInterval(() => {
  tick();
  if (new Date().getSeconds() % 15 === 0 && !isPressed()) retellDates(document);
}, 1000);
listen(
  (rev) => rev !== page.state?.rev && refresh(),
  (up) => (up ? refresh() : (byId("offline").hidden = false)),
);
refresh();
