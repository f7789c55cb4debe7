/**
 * What a line of output says about a failure. The first kind is the surest to state its reason.
 * Whether the first or the last line of a kind counts depends on the programs that write it.
 */
export const REASON_KINDS = {
  /** Names an error: the last one, since the program ended after it. */
  stated: "last",
  /** An error at a place in a source file: the first one, since the others follow from it. */
  placed: "first",
  /** An error of npm, which explains the first line in the others. */
  npm: "first",
  /** Names an error within another one: a cause. */
  nested: "last",
  /** What a tool says that it cannot do. */
  likely: "last",
  /** Reports the failure of something else: `Command failed with exit code 1`. */
  consequence: "last",
} as const;

export type ReasonKind = keyof typeof REASON_KINDS;

export type LineKind = ReasonKind | "chatter" | "plain";

// Each pattern takes time linear in the length of a line: a repetition is anchored, bounded, or
// followed by a character that it does not contain.

/** A log line of a level below error. */
const LOWER_LEVEL = [
  /^(?:[[(]?\d{4}-\d\d-\d\d[T ]\S+\s+)?\W{0,2}(?:INFO|DEBUG|TRACE|NOTICE|WARN(?:ING)?)\b/,
  /^\W{0,2}(?:info|debug|trace|notice|warn(?:ing)?)\b\s?[\])]/,
  /\b(?:level|severity)["']?[=:]\s*["']?(?:info|debug|trace|notice|warn)/i,
];

const NAMED_ERROR = [
  // `ValueError: text`, `TypeError [CODE]: text`, `Caused by: java.io.IOException: text`
  /(?:Error|Exception|Failure|Panic)(?: ?[([][\w. -]{1,60}[\])])?: \S/,
  // `AssertionError`, `java.lang.NullPointerException`
  /^(?:[\w$]+[.:]+)*\w*(?:Error|Exception|Interrupt)$/,
  // Ruby: `main.rb:1:in 'load': text (RuntimeError)`
  /\([\w:]{0,80}(?:Error|Exception)\)$/,
  // Perl: `text at main.pl line 3.`
  / at \S+ line \d+\.$/,
  // Rust, C++, C
  /panicked at |^\s*what\(\): |Assertion .*failed/,
];

const CONSEQUENCE = [
  /\bexit(?:ed)?(?: with)?(?: code| status)\b|\bexit status \d|\d exit status|\bError \d+$/i,
  /\b(?:command|script|lifecycle|process)\b.{0,80}\bfailed\b|returned non-zero/i,
  /could not compile|aborting due to|failed to push|^\d+ errors?\b/i,
  /^npm (?:ERR!|error) (?:code|path|command|Lifecycle)\b/,
];

const PLACED_ERROR = [
  // `main.c:1:21: error: text`, `main.ts(1,2): error TS2304: text`
  /^[^\s:(]{1,200}[:(]\d+[:,)]?\d*\)?:? (?:fatal )?error\b/,
  // `error[E0425]: text`, `error TS6053: text`
  /^error(?:\[\w+\]| TS\d+)/,
];

const ERROR_LINE = [
  // `fatal: text`, `main.py: error: text`, `panic: text`, `Error [code]: text`
  /\b(?:error|fatal|panic|critical|severe|err!)(?: error)?(?: ?[[(][\w-]{1,40}[\])])?\s?:\s*\S/i,
  // `Error from server (NotFound): text`
  /^(?:[\w./-]+: )?\W{0,3}error\b[^:]{0,60}:\s*\S/i,
  // `2026-01-31 12:00:00 ERROR text`, `[error] text`, `level=error msg=text`
  /^(?:[[(]?\d{4}-\d\d-\d\d[T ]\S+\s+)?\W{0,2}(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b\W{1,4}\w/,
  /^\W{0,2}(?:error|fatal|critical)\b\s?[\])]\s*\S/i,
  /\b(?:level|severity)["']?[=:]\s*["']?(?:error|fatal|critical)/i,
  // `ERR_NO_SCRIPT  text`, `make: *** text`, `curl: (7) text`, `E: text`, `✖ text`
  /^\W{0,2}ERR_\w+|(?:^|\s)\*{2,3} \S|^[\w./-]+: \(\d+\) |^E: |^[✖✗✘×❌] /,
];

const NPM_ERROR = /^npm (?:ERR!|error) \S/;

const CHATTER = [
  // What tools write besides errors.
  /warning\b[^:]{0,40}:|^(?:npm )?(?:warn|notice|note|hint|help|info|debug)\b/i,
  /\bdeprecat(?:ed|ion)\b|^\(Use `node --trace|^Node\.js v\d|^> /i,
  /^npm (?:ERR!|error)\s*(?:$|A complete log|(?:syscall|errno|signal)\b)/,
  /^(?:For more information|Some errors have|A complete log|Run with |To see |See )/i,
  /^goroutine \d+ \[|^stack (?:trace|backtrace|traceback)\b/i,
  // Progress, and lines without a word.
  /^\d[\d.]*\s?(?:%|[kMG]i?B)|\d%(?:\s|$|\|)|(?:\.\.\.|…)$|^\W+$/,
  /^(?:download|fetch|load|install|resolv|collect|compil|build|start|connect|wait)ing\b/i,
];

const LIKELY = [
  // `bash: line 3: x: command not found`, `cat: x: No such file or directory`
  new RegExp(
    "^[^\\s:]{1,200}: .*(?:not found|no such|no module|denied|refused|unbound|unexpected|" +
      "bad option|cannot|could not|unable|invalid|failed|missing|is a directory|killed|fault)",
    "i",
  ),
  // `Failed to connect`, `Invalid API key`
  new RegExp(
    "^\\W{0,3}(?:failed|failure|unable|cannot|can't|could not|couldn't|unknown|unrecogni[sz]ed|" +
      "invalid|missing|unauthori[sz]ed|forbidden|access denied|permission denied|no such|" +
      "not found|aborted|killed|segmentation fault|timed out|timeout|rate limit|usage limit|" +
      "quota)\\b",
    "i",
  ),
  // A field of printed data.
  /["']?\b(?:error|message|detail|reason)["']?\s?: ?["'][^"']/i,
];

/** A line of a stack trace. */
export const FRAME = /^\s+(?:at |from |\d+: |File "|\.\.\. \d+ more)/;

/** The line before a Python traceback, which ends with the first line that is not indented. */
export const TRACEBACK = /Traceback \(most recent call last\):$/;

/** A line that points at a place in the line above it. Node prints the thrown value after it. */
export const CARETS = /^\s*[~^]*\^[~^]*$/;

/** How much of a line is compared with the patterns, in characters. */
const READ_LENGTH = 1_000;

/** Classifies a line that is not blank and does not belong to a trace. */
export function kindOfLine(line: string): LineKind {
  const text = line.slice(0, READ_LENGTH);
  const isIndented = /^\s/.test(text);
  const start = text.trimStart();
  const matches = (patterns: readonly RegExp[]): boolean =>
    patterns.some((pattern) => pattern.test(start));
  if (matches(LOWER_LEVEL)) return "chatter";
  // What is indented belongs to another line: a cause, a field, a source line.
  if (matches(NAMED_ERROR)) return isIndented && !start.startsWith("what()") ? "nested" : "stated";
  if (matches(CONSEQUENCE)) return "consequence";
  if (isIndented) return matches(LIKELY) ? "likely" : matches(CHATTER) ? "chatter" : "plain";
  if (matches(PLACED_ERROR)) return "placed";
  if (matches(CHATTER)) return "chatter";
  if (matches(ERROR_LINE)) return "stated";
  if (NPM_ERROR.test(start)) return "npm";
  return matches(LIKELY) ? "likely" : "plain";
}
