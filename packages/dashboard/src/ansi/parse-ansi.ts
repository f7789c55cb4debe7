/** A part of a line that is shown in one style. Its text has no control character but the tab. */
export interface Segment {
  readonly text: string;
  /** Classes of `ANSI_CLASSES`, separated by a space; empty for plain text. */
  readonly classes: string;
  /** An address of the web: `http:` or `https:`. */
  readonly href?: string;
}

const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

type Colour = (typeof COLOURS)[number] | "grey";

/** Every class that a line of a log can have. The stylesheet defines each. */
export const ANSI_CLASSES: ReadonlySet<string> = new Set([
  ...[...COLOURS, "grey"].flatMap((colour) => [`an-${colour}`, `an-on-${colour}`]),
  ...["an-bold", "an-dim", "an-italic", "an-underline", "an-strike", "an-invert", "an-control"],
]);

/** The longest string of an OSC or a DCS that is read, in characters. */
const STRING_LIMIT = 4096;

const ESC = "\u001b";

// A control sequence: parameters, intermediates and a final character.
const CSI = /[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]/y;
// A string ends with BEL, ST or ESC and a backslash.
const STRING = new RegExp(
  `[^\\u0007\\u0018\\u001a\\u001b\\u009c]{0,${STRING_LIMIT}}(?:\\u0007|\\u009c|\\u001b\\\\)`,
  "y",
);
// Any other escape: intermediates and a final character.
const SHORT = /[\u0020-\u002f]*[\u0030-\u007e]/y;

// Characters that change the direction of what follows, or that have no shape of their own.
const HIDDEN = /[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/u;
// Every control character but the tab.
const SPECIAL = new RegExp(`(?!\\t)\\p{Cc}|${HIDDEN.source}`, "gu");

interface Style {
  colour?: Colour | undefined;
  ground?: Colour | undefined;
  bold?: boolean;
  dim?: boolean;
  italic?: boolean;
  underline?: boolean;
  strike?: boolean;
  invert?: boolean;
}

/**
 * Splits a line that a program has printed into styled parts. Colours and styles become classes of
 * a closed list, links keep only addresses of the web, every other escape sequence is dropped, and
 * invisible characters are written as their code. What follows a carriage return replaces what is
 * before it, as in a terminal. Each line begins unstyled.
 */
export function parseAnsi(line: string): readonly Segment[] {
  return new LineReader(visiblePart(line)).read();
}

/** The text of a line without its escape sequences. */
export function plainText(line: string): string {
  return parseAnsi(line)
    .map(({ text }) => text)
    .join("");
}

// A progress bar overwrites itself.
function visiblePart(line: string): string {
  const end = line.replace(/[\r\n]+$/, "");
  return end.slice(end.lastIndexOf("\r") + 1);
}

class LineReader {
  readonly #line: string;
  readonly #segments: Segment[] = [];
  #text = "";
  #style: Style = {};
  #href: string | undefined;

  constructor(line: string) {
    this.#line = line;
  }

  read(): readonly Segment[] {
    SPECIAL.lastIndex = 0;
    let at = 0;
    for (;;) {
      SPECIAL.lastIndex = at;
      const found = SPECIAL.exec(this.#line);
      if (found === null) break;
      this.#text += this.#line.slice(at, found.index);
      at = this.#special(found[0], found.index + found[0].length);
    }
    this.#text += this.#line.slice(at);
    this.#flush();
    return this.#segments;
  }

  /** Reads from a special character, and returns where the text continues. */
  #special(character: string, at: number): number {
    if (character === ESC) return this.#escape(at);
    if (character === "\u009b") return this.#control(at);
    if (character === "\u009d") return this.#string(at, true);
    if (character === "\u0090" || /[\u0098\u009e\u009f]/.test(character))
      return this.#string(at, false);
    if (HIDDEN.test(character)) this.#hidden(character);
    return at;
  }

  #escape(at: number): number {
    const kind = this.#line[at];
    if (kind === "[") return this.#control(at + 1);
    if (kind === "]") return this.#string(at + 1, true);
    if (kind === "P" || kind === "X" || kind === "^" || kind === "_")
      return this.#string(at + 1, false);
    return match(SHORT, this.#line, at)?.end ?? at;
  }

  // A sequence without an end is shown: nothing that a program printed is lost.
  #control(at: number): number {
    const found = match(CSI, this.#line, at);
    if (found === undefined) return at;
    if (/^[\d;:]*m$/.test(found.text)) {
      this.#flush();
      select(this.#style, found.text.slice(0, -1));
    }
    return found.end;
  }

  #string(at: number, isCommand: boolean): number {
    const found = match(STRING, this.#line, at);
    if (found === undefined) return at;
    const link = isCommand ? /^8;[^;]*;(\P{Cc}*)/u.exec(found.text) : null;
    if (link !== null) {
      this.#flush();
      this.#href = webAddress(link[1] ?? "");
    }
    return found.end;
  }

  #hidden(character: string): void {
    this.#flush();
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    this.#segments.push({ text: `[U+${code}]`, classes: "an-control" });
  }

  #flush(): void {
    if (this.#text === "") return;
    this.#segments.push({
      text: this.#text,
      classes: classesOf(this.#style),
      ...(this.#href !== undefined && { href: this.#href }),
    });
    this.#text = "";
  }
}

function match(
  pattern: RegExp,
  text: string,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? undefined : { text: found[0], end: at + found[0].length };
}

/** The address of a link; undefined if it does not lead to the web. */
export function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}

/** Changes a style by the parameters of a select-graphic-rendition sequence. */
function select(style: Style, parameters: string): void {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let place = 0; place < codes.length; place += 1) {
    const code = codes[place] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extended(codes.slice(place + 1));
      if (code === 38) style.colour = colour;
      else style.ground = colour;
      place += used;
    } else if (code >= 30 && code <= 37) style.colour = COLOURS[code - 30];
    else if (code >= 40 && code <= 47) style.ground = COLOURS[code - 40];
    else if (code >= 90 && code <= 97) style.colour = indexed(code - 82);
    else if (code >= 100 && code <= 107) style.ground = indexed(code - 92);
    else SELECTED[code]?.(style);
  }
}

const SELECTED: Readonly<Record<number, (style: Style) => void>> = {
  0: (style) => {
    for (const name of Object.keys(style) as (keyof Style)[]) delete style[name];
  },
  1: (style) => {
    style.bold = true;
  },
  2: (style) => {
    style.dim = true;
  },
  3: (style) => {
    style.italic = true;
  },
  4: (style) => {
    style.underline = true;
  },
  7: (style) => {
    style.invert = true;
  },
  9: (style) => {
    style.strike = true;
  },
  22: (style) => {
    style.bold = false;
    style.dim = false;
  },
  23: (style) => {
    style.italic = false;
  },
  24: (style) => {
    style.underline = false;
  },
  27: (style) => {
    style.invert = false;
  },
  29: (style) => {
    style.strike = false;
  },
  39: (style) => {
    style.colour = undefined;
  },
  49: (style) => {
    style.ground = undefined;
  },
};

/** The colour of `5;INDEX` or `2;RED;GREEN;BLUE`, and how many parameters it takes. */
function extended(codes: readonly number[]): { colour?: Colour | undefined; used: number } {
  const [kind, first = 0, second = 0, third = 0] = codes;
  if (kind === 5) return { colour: indexed(first), used: 2 };
  if (kind === 2) return { colour: nearest(first, second, third), used: 4 };
  return { used: 0 };
}

/** The colour of an index of the 256. The bright ones are the same as the others, but for grey. */
function indexed(index: number): Colour | undefined {
  if (index < 8) return COLOURS[index];
  if (index === 8) return "grey";
  if (index < 16) return COLOURS[index - 8];
  if (index >= 232) return grey((index - 232) / 23);
  const cube = index - 16;
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51);
}

function nearest(red: number, green: number, blue: number): Colour | undefined {
  const least = Math.min(red, green, blue);
  const most = Math.max(red, green, blue);
  if (most - least < 40) return grey(most / 255);
  const middle = (most + least) / 2;
  const bits = [red, green, blue].map((part, place) => (part > middle ? 1 << place : 0));
  return COLOURS[bits.reduce((sum, bit) => sum + bit, 0)];
}

function grey(brightness: number): Colour {
  if (brightness < 0.25) return "black";
  return brightness < 0.75 ? "grey" : "white";
}

function classesOf(style: Style): string {
  const { colour, ground, ...rest } = style;
  const classes = [
    ...(colour === undefined ? [] : [`an-${colour}`]),
    ...(ground === undefined ? [] : [`an-on-${ground}`]),
    ...Object.entries(rest).flatMap(([name, isSet]) => (isSet ? [`an-${name}`] : [])),
  ];
  return classes.join(" ");
}
