import { formsOf, type SecretForm } from "./secret-forms.js";

/** What stands in place of a secret. */
const MASK = "***";

/** A form, prepared to be found. */
interface SearchedForm extends SecretForm {
  readonly pattern: RegExp;
  /** The characters that it can begin with. */
  readonly firsts: ReadonlySet<string>;
  /** How many characters it can take, without line breaks. */
  readonly maxLength: number;
}

/** Replaces secrets in a text that arrives in pieces. */
export interface MaskedStream {
  /** Returns what can be passed on: a piece that may be the beginning of a secret is held back. */
  write(text: string): string;
  /** Returns what was held back. */
  end(): string;
}

/** A part of a text, from its first character to the one after its last. */
interface Interval {
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces every occurrence of some secrets, plain or encoded, by `***`. A value of fewer than 8
 * characters is not replaced.
 */
export class SecretMask {
  readonly #forms: readonly SearchedForm[];

  constructor(values: Iterable<string>) {
    this.#forms = [...new Set(values)].flatMap(formsOf).map((form) => ({
      ...form,
      pattern: patternOf(form),
      firsts: new Set(form.positions[0]?.map((spelling) => spelling.charAt(0))),
      maxLength: lengthOf(form),
    }));
  }

  /** Returns the text without the secrets. */
  text(text: string): string {
    if (this.#forms.length === 0) return text;
    return replaced(text, this.#occurrences(text));
  }

  /** Returns the JSON value without the secrets, in keys too. */
  value(value: unknown): unknown {
    if (this.#forms.length === 0) return value;
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [this.text(key), this.value(member)]),
    );
  }

  /** Returns a stream that replaces secrets across the boundaries of its pieces. */
  stream(): MaskedStream {
    let held = "";
    return {
      write: (text) => {
        if (this.#forms.length === 0) return text;
        const whole = held + text;
        const occurrences = this.#occurrences(whole);
        const from = this.#beginningOfSecret(whole, occurrences);
        held = whole.slice(from);
        return replaced(
          whole.slice(0, from),
          occurrences.filter(({ end }) => end <= from),
        );
      },
      end: () => {
        const rest = this.text(held);
        held = "";
        return rest;
      },
    };
  }

  /** The occurrences in order; overlapping ones are joined. */
  #occurrences(text: string): readonly Interval[] {
    const found = this.#forms.flatMap(({ pattern }) => intervalsOf(pattern, text));
    found.sort((a, b) => a.start - b.start || b.end - a.end);
    const joined: { start: number; end: number }[] = [];
    for (const { start, end } of found) {
      const last = joined.at(-1);
      if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
      else joined.push({ start, end });
    }
    return joined;
  }

  /**
   * Where the text must be held back: at a part at its end that a following piece could complete to
   * a secret, or at an occurrence that this part overlaps.
   */
  #beginningOfSecret(text: string, occurrences: readonly Interval[]): number {
    const at = Math.min(...this.#forms.map((form) => beginningOf(form, text)));
    return occurrences.find(({ start, end }) => start < at && at < end)?.start ?? at;
  }
}

function patternOf({ positions, isWrapped }: SecretForm): RegExp {
  const source = positions
    .map((spellings) =>
      spellings.length === 1
        ? literal(spellings[0] ?? "")
        : `(?:${spellings.map(literal).join("|")})`,
    )
    .join(isWrapped ? "[\\r\\n]*" : "");
  return new RegExp(source, "g");
}

function lengthOf({ positions }: SecretForm): number {
  return positions.reduce(
    (length, spellings) => length + Math.max(...spellings.map((spelling) => spelling.length)),
    0,
  );
}

// Occurrences of one form may overlap too.
function intervalsOf(pattern: RegExp, text: string): Interval[] {
  const found: Interval[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push({ start: match.index, end: match.index + match[0].length });
    pattern.lastIndex = match.index + 1;
  }
  return found;
}

/** Where a part at the end of the text begins that could become the form; else its length. */
function beginningOf(form: SearchedForm, text: string): number {
  for (let at = windowStart(form, text); at < text.length; at += 1)
    if (form.firsts.has(text.charAt(at)) && reachesEnd(form, text, at)) return at;
  return text.length;
}

// Line breaks do not count, since a wrapped form may contain any number of them.
function windowStart({ maxLength, isWrapped }: SearchedForm, text: string): number {
  if (!isWrapped) return Math.max(0, text.length - maxLength);
  let at = text.length;
  for (let left = maxLength; at > 0 && left > 0; at -= 1) if (!isLineBreak(text[at - 1])) left -= 1;
  return at;
}

/** Whether the text from `at` to its end is a beginning of the form, but not all of it. */
function reachesEnd({ positions, isWrapped }: SecretForm, text: string, at: number): boolean {
  // Where the next position may begin: a spelling can be the beginning of a longer one.
  let places = new Set([at]);
  for (const spellings of positions) {
    const next = new Set<number>();
    for (const place of places) {
      let from = place;
      if (isWrapped && from > at) while (isLineBreak(text[from])) from += 1;
      if (from === text.length) return true;
      for (const spelling of spellings) {
        if (text.startsWith(spelling, from)) next.add(from + spelling.length);
        else if (spelling.length > text.length - from && spelling.startsWith(text.slice(from)))
          return true;
      }
    }
    if (next.size === 0) return false;
    places = next;
  }
  return false;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

function isLineBreak(character: string | undefined): boolean {
  return character === "\n" || character === "\r";
}

function replaced(text: string, occurrences: readonly Interval[]): string {
  let result = "";
  let from = 0;
  for (const { start, end } of occurrences) {
    result += text.slice(from, start) + MASK;
    from = end;
  }
  return result + text.slice(from);
}
