/** The emoji names that turn up in a small team's work. An unknown name stays as written, as in Slack. */

const NAMES = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", clap: "👏", wave: "👋", pray: "🙏", muscle: "💪", raised_hands: "🙌",
  ok_hand: "👌", point_right: "👉", point_left: "👈", eyes: "👀", smile: "😄", smiley: "😃", grinning: "😀", slightly_smiling_face: "🙂",
  wink: "😉", blush: "😊", joy: "😂", heart_eyes: "😍", thinking_face: "🤔", neutral_face: "😐", cry: "😢", sob: "😭", angry: "😠",
  rage: "😡", scream: "😱", sunglasses: "😎", heart: "❤️", broken_heart: "💔", fire: "🔥", tada: "🎉", sparkles: "✨", star: "⭐",
  rocket: "🚀", bulb: "💡", bell: "🔔", no_bell: "🔕", mega: "📣", loudspeaker: "📢", speech_balloon: "💬", envelope: "✉️", email: "✉️", "e-mail": "📧",
  inbox_tray: "📥", outbox_tray: "📤", calendar: "📆", date: "📅", clock9: "🕘", alarm_clock: "⏰", stopwatch: "⏱️",
  hourglass: "⌛", hourglass_flowing_sand: "⏳", white_check_mark: "✅", heavy_check_mark: "✔️", ballot_box_with_check: "☑️", x: "❌",
  no_entry: "⛔", no_entry_sign: "🚫", octagonal_sign: "🛑", warning: "⚠️", rotating_light: "🚨", construction: "🚧", question: "❓",
  grey_question: "❔", exclamation: "❗", information_source: "ℹ️", red_circle: "🔴", large_blue_circle: "🔵",
  large_green_circle: "🟢", large_yellow_circle: "🟡", white_circle: "⚪", black_circle: "⚫",
  double_vertical_bar: "⏸️", arrow_forward: "▶️", black_square_for_stop: "⏹️", repeat: "🔁", arrow_right: "➡️", arrow_left: "⬅️",
  link: "🔗", pushpin: "📌", round_pushpin: "📍", paperclip: "📎", camera: "📷", frame_with_picture: "🖼️", pencil: "📝", pencil2: "✏️",
  memo: "📝", page_facing_up: "📄", books: "📚", lock: "🔒", unlock: "🔓", key: "🔑", mag: "🔍", wastebasket: "🗑️", chart_with_upwards_trend: "📈",
  bread: "🍞", croissant: "🥐", cake: "🍰", coffee: "☕", pizza: "🍕", apple: "🍎", egg: "🥚", sunny: "☀️", cloud: "☁️", rain_cloud: "🌧️",
  snowflake: "❄️", christmas_tree: "🎄", gift: "🎁", robot_face: "🤖", house: "🏠", office: "🏢", globe_with_meridians: "🌐",
  earth_africa: "🌍", zzz: "💤", hand: "✋", raised_hand: "✋", see_no_evil: "🙈", "100": "💯",
};

export function emoji(name) {
  return NAMES[name] ?? null;
}

export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
}
