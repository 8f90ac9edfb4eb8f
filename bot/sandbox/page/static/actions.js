/** What stands in a message's "More actions": the app's shortcuts, and changing or deleting what one wrote oneself. */

import { asTyped, askWords } from "./editor.js";

/** Entries for `menu()`. `how`: {channel, user, names, shortcuts, order(what)}. */
export function messageActions(message, { channel, user, names, shortcuts, order }) {
  const where = { channel, ts: message.ts };
  const offered = shortcuts.map(({ name, callback_id: id }) => ({
    text: name,
    note: names.bot,
    choose: () => order({ type: "shortcut", callback_id: id, ...where }),
  }));
  if (message.user !== user) return offered;
  const edit = async () => {
    const before = asTyped(message.text, names);
    const text = await askWords({ title: "Edit your message", label: "Message", text: before, submit: "Save" });
    if (text !== null && text !== before) await order({ type: "edit", ...where, text });
  };
  return [...offered, { text: "Edit message", choose: edit }, { text: "Delete message", choose: () => order({ type: "delete", ...where }) }];
}
