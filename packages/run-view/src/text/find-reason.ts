import {
  CARETS,
  FRAME,
  kindOfLine,
  type LineKind,
  REASON_KINDS,
  type ReasonKind,
  TRACEBACK,
} from "./line-kinds.js";

/** The maximum length of a reason, in characters. */
const MAX_REASON_LENGTH = 1_000;

/** A message that continues for more lines than this is represented by its first one. */
const MAX_MESSAGE_LINES = 5;

/** A line that stands for text that is not shown. */
const CUT_MARK = /^\[… [\d,]+ (?:lines|characters) …\]$/;
const CUT_CHARACTERS = /^\[… [\d,]+ characters …\]$/;

const ENDS_MESSAGE: ReadonlySet<LineKind> = new Set(["chatter", "nested"]);

/** How many of the last lines stand for the reason if no line states one. */
const LAST_LINES = 3;

/** The reason that a text gives for a failure. */
export interface FailureReason {
  /**
   * - `error`: a line that states an error.
   * - `consequence`: a line that reports the failure of something else.
   * - `plain`: the last lines, since none states an error.
   * - `chatter`: the last line of a text that contains only warnings and progress.
   * - `nothing`: the text has no visible characters.
   */
  readonly kind: "error" | "consequence" | "plain" | "chatter" | "nothing";
  /** The reason on one line, at most 1,000 characters long. */
  readonly text: string;
}

/**
 * Finds what a failed program says about the reason in its output: the last line of a Python
 * traceback, the line above a stack trace, a thrown value, or a line that names an error. If no
 * line does, the last lines stand for the reason. Takes linear time. The text must be clean.
 */
export function findReason(text: string): FailureReason {
  const scan = new ReasonScan(text.split("\n").map((line) => line.trimEnd()));
  return scan.reason();
}

/** Reads the lines once, and remembers the best line of each kind. */
class ReasonScan {
  readonly #lines: readonly string[];
  readonly #found = new Map<ReasonKind, string>();
  readonly #plain: string[] = [];
  #chatter = "";
  /** What announced that the next line which is not indented is the error. */
  #lead: "traceback" | "carets" | undefined;
  /** The first line of this paragraph: the header of the stack trace that may follow. */
  #header: number | undefined;
  #isHeaderStated = false;
  #isGroup = false;
  /** The last error that the stated one contains. */
  #cause = "";

  constructor(lines: readonly string[]) {
    this.#lines = lines;
    for (const index of lines.keys()) this.#read(index);
  }

  reason(): FailureReason {
    for (const kind of Object.keys(REASON_KINDS) as ReasonKind[]) {
      const text = this.#found.get(kind);
      if (text === undefined) continue;
      const hasCause = kind === "stated" && this.#cause !== "" && !text.includes(this.#cause);
      return {
        kind: kind === "consequence" ? "consequence" : "error",
        text: hasCause ? shorten(`${text}: ${this.#cause}`) : text,
      };
    }
    if (this.#plain.length > 0) return { kind: "plain", text: shorten(this.#plain.join(" ")) };
    return this.#chatter === ""
      ? { kind: "nothing", text: "" }
      : { kind: "chatter", text: shorten(this.#chatter) };
  }

  #read(index: number): void {
    const line = this.#line(index);
    if (CUT_MARK.test(this.#lines[index] ?? "")) this.#lead = undefined;
    if (line === "") this.#header = undefined;
    else if (TRACEBACK.test(line)) {
      this.#lead = "traceback";
      this.#isGroup ||= line.includes("Exception Group");
    } else if (CARETS.test(line)) {
      // Some compilers point at the place of an error that they have already named.
      if (!this.#found.has("placed")) this.#lead ??= "carets";
    } else if (FRAME.test(line)) this.#endHeader();
    else if (this.#lead === undefined) this.#judge(index, line);
    else if (!/^\s/.test(line)) {
      this.#keep("stated", this.#message(index, "lead"));
      this.#lead = undefined;
      this.#header = index;
      this.#isHeaderStated = true;
    }
  }

  // The header of a stack trace names an error, whatever the name of its class.
  #endHeader(): void {
    if (this.#header !== undefined && !this.#isHeaderStated)
      this.#keep("stated", this.#message(this.#header, "stack"));
    this.#header = undefined;
    this.#isHeaderStated = false;
  }

  #judge(index: number, line: string): void {
    const kind = kindOfLine(line);
    const isIndented = /^\s/.test(line);
    if (kind === "chatter") {
      this.#chatter = line.trim();
      this.#header = undefined;
      return;
    }
    if (this.#header === undefined) this.#isHeaderStated = false;
    if (!isIndented) this.#header ??= index;
    if (kind === "plain") {
      // An indented line after a warning is the source line that it warns of.
      if (isIndented && this.#plain.length === 0) return;
      this.#plain.push(line.trim());
      if (this.#plain.length > LAST_LINES) this.#plain.shift();
      return;
    }
    this.#isHeaderStated ||= kind === "stated";
    if (kind === "nested") this.#cause = line.trim().replace(/^\[cause\]: /, "");
    if (REASON_KINDS[kind] === "last" || !this.#found.has(kind))
      this.#keep(kind, this.#message(index, "line"));
  }

  #keep(kind: ReasonKind, text: string): void {
    if (kind === "stated") this.#cause = "";
    this.#found.set(kind, text);
  }

  /** The message that begins in this line, on one line. */
  #message(index: number, after: "lead" | "stack" | "line"): string {
    const lines = [this.#line(index)];
    // A line that is cut continues after the mark.
    if (CUT_CHARACTERS.test(this.#lines[index + 1] ?? "")) {
      const rest = this.#lines[index + 2] ?? "";
      return joinEnds(lines[0]?.trim() ?? "", rest.trim());
    }
    let next = index + 1;
    for (; next < this.#lines.length && lines.length <= MAX_MESSAGE_LINES; next += 1) {
      const line = this.#line(next);
      if (line === "" || FRAME.test(line) || ENDS_MESSAGE.has(kindOfLine(line))) break;
      lines.push(line);
    }
    const isWhole =
      lines.length <= MAX_MESSAGE_LINES && (after !== "line" || FRAME.test(this.#line(next)));
    const first = lines[0] ?? "";
    // A thrown object is printed on several lines, the first of which is a brace.
    const count = isWhole || !/\w/.test(first) ? lines.length : first.endsWith(":") ? 2 : 1;
    return shorten(
      lines
        .slice(0, count)
        .map((line) => line.trim())
        .join(" ")
        // Node prints the other properties of the error after it.
        .replace(/ \{$/, ""),
    );
  }

  // Python draws the tracebacks of an exception group as a tree.
  #line(index: number): string {
    const line = this.#lines[index] ?? "";
    if (CUT_MARK.test(line)) return "";
    return this.#isGroup ? line.replace(/^[\s|+-]*[|+] {0,2}/, "") : line;
  }
}

function shorten(text: string): string {
  return text.length <= MAX_REASON_LENGTH ? text : joinEnds(text, text);
}

/** The beginning of one text and the end of another, cut between words if they have any. */
function joinEnds(one: string, other: string): string {
  const room = MAX_REASON_LENGTH / 2 - 2;
  const first = one.slice(0, room).replace(/ \S{0,50}$/, "");
  const last = other.slice(-room).replace(/^\S{0,50} /, "");
  return `${first} … ${last}`.toWellFormed();
}
