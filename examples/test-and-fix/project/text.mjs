/** Turns a title into the last part of a URL. */
export function slug(title) {
  return title.trim().toLowerCase().replaceAll(" ", "-");
}

/** The first `limit` characters of a text, with an ellipsis if something was cut off. */
export function excerpt(text, limit) {
  return `${text.slice(0, limit)}…`;
}

/** How long it takes to read a text, in whole minutes, at 200 words a minute. */
export function readingMinutes(text) {
  return text.split(" ").length / 200;
}
