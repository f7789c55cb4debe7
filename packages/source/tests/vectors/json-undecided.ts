const raw = String.raw;

/** Strings that RFC 8259 leaves to the reader: large numbers, half characters, depth. */
export const UNDECIDED_JSON: readonly string[] = [
  "[123.456e78]",
  `[0.4e${"9".repeat(120)}]`,
  "[-1e+9999]",
  "[1.5e+9999]",
  "[-123123e100000]",
  "[123123e100000]",
  "[123e-10000000]",
  "[-123123123123123123123123123123]",
  "[100000000000000000000]",
  `[-2${"37462".repeat(9)}]`,
  raw`["\uDADA"]`,
  raw`["\uD888\u1234"]`,
  raw`["\uD800\n"]`,
  raw`["\uDd1ea"]`,
  raw`["\uD800\uD800\n"]`,
  raw`["\ud800"]`,
  raw`["\ud800abc"]`,
  raw`["\uDd1e\uD834"]`,
  raw`["\uDFAA"]`,
  raw`{"\uDFAA":0}`,
  `${"[".repeat(500)}${"]".repeat(500)}`,
  "\ufeff{}",
];

/** Bytes in hexadecimal: text in other encodings, and bytes in no encoding. */
export const UNDECIDED_JSON_BYTES: readonly string[] = [
  "5b22e697a5d188fa225d",
  "fffe5b002200e90022005d00", // UTF-16, low byte first, with a byte order mark
  "5b002200690022005d00", // the same without
  "005b002200e90022005d", // high byte first
  "5b22ff225d",
  "5b22eda080225d", // half of a surrogate pair
  "5b22f4bfbfbf225d", // beyond the last code point
  "5b22e0ff225d",
  "5b2281225d",
  "5b22c0af225d", // two bytes for a one-byte character
  "5b22fc8080808080225d",
  "5b22fc83bfbfbfbfbf225d",
  "5b22f09f98225d", // a character cut off
];
