/**
 * A form in which a value can occur in a text: one element for each position, which lists what may
 * stand there.
 */
export interface SecretForm {
  readonly positions: readonly (readonly string[])[];
  /** Whether line breaks may stand between two positions, as in base64 that is wrapped. */
  readonly isWrapped: boolean;
}

/** Shorter values are not searched for: they occur in texts that have nothing to do with them. */
const MIN_MASKED_LENGTH = 8;

/** The escapes of JSON for characters that it cannot contain, or need not. */
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/**
 * Returns the forms of a secret: the value itself, each of its characters possibly URL-encoded or
 * escaped as in JSON, and its base64. Of a value with several lines, each line has these forms too.
 */
export function formsOf(value: string): SecretForm[] {
  const lines = value.split(/\r\n|\r|\n/);
  const texts = new Set([value, ...(lines.length > 1 ? lines : [])]);
  return [...texts]
    .filter((text) => text.length >= MIN_MASKED_LENGTH)
    .flatMap((text) => [escapedForm(text), ...base64Forms(text)]);
}

function escapedForm(text: string): SecretForm {
  return { positions: Array.from(text, spellingsOf), isWrapped: false };
}

function spellingsOf(character: string): readonly string[] {
  const bytes = [...Buffer.from(character)];
  const percent = bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  const unicode = units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  const escape = JSON_ESCAPES[character];
  return [
    ...new Set([
      character,
      percent,
      percent.toUpperCase(),
      unicode,
      unicode.toUpperCase().replaceAll("\\U", "\\u"),
      ...(character === " " ? ["+"] : []),
      ...(escape === undefined ? [] : [escape]),
    ]),
  ];
}

/**
 * The base64 of a text that contains the value depends on how many bytes stand before it, modulo 3.
 * The first and the last character may also depend on its neighbours, so they are left out.
 */
function base64Forms(text: string): SecretForm[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const core = encoded.slice(
      Math.ceil((before * 8) / 6),
      Math.floor(((before + bytes.length) * 8) / 6),
    );
    return { positions: Array.from(core, base64Spellings), isWrapped: true };
  });
}

function base64Spellings(character: string): readonly string[] {
  if (character === "+") return ["+", "-", "%2B", "%2b"];
  if (character === "/") return ["/", "_", "%2F", "%2f", "\\/"];
  return [character];
}
