/** A backend as it can be printed: without a password. */
export function withoutPassword(text: string): string {
  const shown = text.replace(/^([a-z]+:\/\/[^:/?#@]*):[^/?#]*@/i, "$1@");
  // A password with a character that ends the authority in a URL.
  const rest = shown.replace(/^([a-z]+:\/\/[^:/?#@]*):.*@/i, "$1@");
  return rest.replace(/([?&])password=[^&#]*&?/gi, "$1").replace(/[?&](?=#|$)/, "");
}

/** Whether a word contains a URL with a password. */
export function hasPassword(word: string): boolean {
  return /[a-z]:\/\//i.test(word) && withoutPassword(urlIn(word)) !== urlIn(word);
}

/** A word of a command line without the passwords of URLs: `--backend=postgres://axw@db/runs`. */
export function wordWithoutPassword(word: string): string {
  const url = urlIn(word);
  return word.slice(0, word.length - url.length) + withoutPassword(url);
}

function urlIn(word: string): string {
  return /[a-z]+:\/\/.*$/i.exec(word)?.[0] ?? word;
}

/** A message without the passwords of the URLs in it. */
export function textWithoutPasswords(text: string): string {
  return text.replace(/([a-z]+:\/\/[^:/?#@\s]*):[^\s']*@/gi, "$1@");
}
