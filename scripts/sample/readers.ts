import { type Literal, readLiterals } from "./literals.ts";

/** A text found in a file, and the offset at which it begins. */
export interface Piece {
  readonly at: number;
  readonly text: string;
}

const SQL = /\b(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|PRAGMA|FROM|WHERE|AND|ORDER BY|BEGIN)\b/;

/** Messages and remedies: literals of at least two ordinary words that are neither SQL nor code. */
export function readMessages(file: string): Piece[] {
  return readLiterals(file).filter((literal) => {
    const { text } = literal;
    // A part such as `, at line 3` is joined to a message elsewhere.
    const isFragment = /^[\s,;:.)]|[\s(,;]$/.test(text);
    const words = text.match(/(?<![\w.$/-])[A-Za-z]?[a-z]+(?![\w(/=-])/g) ?? [];
    return words.length >= 2 && !isFragment && !SQL.test(text) && !isDescription(file, literal);
  });
}

/** The key descriptions in schemas, which editors and the reference show. */
export function readDescriptions(file: string): Piece[] {
  return readLiterals(file).filter((literal) => isDescription(file, literal));
}

function isDescription(file: string, { at }: Literal): boolean {
  return /\.(describe|meta)\(\s*$/.test(file.slice(Math.max(0, at - 80), at));
}

/** The entries of help text. A line that continues an entry is joined to it. */
export function readHelp(file: string): Piece[] {
  const isEntry = /^\s*(\d+\. |-{1,2}\w|[A-Z][\w -]*:)/;
  return readLiterals(file)
    .filter(({ text }) => text.includes(" "))
    .flatMap(({ at, text }) => {
      const entries: string[] = [];
      for (const line of text.split("\n")) {
        const last = entries.at(-1);
        if (last === undefined || isEntry.test(line) || /([.:]|^)$/.test(last)) entries.push(line);
        else entries[entries.length - 1] = `${last} ${line.trim()}`;
      }
      return entries.flatMap(sentencesOf).map((entry) => ({ at, text: entry }));
    });
}

/** The sentences of doc comments. A list item, a tag and a paragraph each begin a sentence. */
export function readDocComments(file: string): Piece[] {
  return [...file.matchAll(/\/\*\*(.*?)\*\//gs)].flatMap((match) => {
    const text = (match[1] ?? "").replace(/^\s*\* ?/gm, "").replace(/@example.*?(?=\n@|$)/s, "");
    return text
      .split(/\n(?=@|\s*[-*] |\s*\n)/)
      .flatMap((paragraph) => sentencesOf(paragraph.replace(/^\s*[-*] /, "")))
      .map((sentence) => ({ at: match.index, text: sentence }));
  });
}

/** Headings, the rows of tables and sentences, without blocks of code. */
export function readMarkdown(file: string): Piece[] {
  const prose = file.replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, " "));
  return [...prose.matchAll(/^(?!\s*$|[|:\s-]+$)(.+)$/gm)].flatMap((match) => {
    const line = (match[1] ?? "").trim();
    const sentences = /^[#|]/.test(line) ? [line] : sentencesOf(line.replace(/^[-*>] /, ""));
    return sentences.map((text) => ({ at: match.index, text }));
  });
}

interface Name {
  readonly kind: "describe" | "test";
  /** The column of the call. */
  readonly depth: number;
}

/** The names of tests, each after those of the `describe`s around it: `gc > keeps open runs`. */
export function readTestNames(file: string): Piece[] {
  const around: { readonly depth: number; readonly text: string }[] = [];
  const names: Piece[] = [];
  for (const { at, text } of readLiterals(file)) {
    const name = nameAt(file.slice(0, at));
    if (name === undefined) continue;
    while ((around.at(-1)?.depth ?? -1) >= name.depth) around.pop();
    if (name.kind === "describe") around.push({ depth: name.depth, text });
    else names.push({ at, text: [...around.map((each) => each.text), text].join(" > ") });
  }
  return names;
}

/** The test call whose first argument follows `before`. */
function nameAt(before: string): Name | undefined {
  const line = before.slice(before.trimEnd().lastIndexOf("\n") + 1);
  const direct = /^( *)(describe|test|it|testAsync)(?:\.(?!each|for|skipIf|runIf)\w+)*\(\s*$/.exec(
    line,
  );
  if (direct !== null) return toName(direct);
  // `test.each([…])("name")`: the call begins some lines above.
  if (!/\)\(\s*$/.test(before)) return undefined;
  const calls = [...before.matchAll(/^( *)(describe|test|it)\.(?:each|for|skipIf|runIf)\(/gm)];
  const last = calls.at(-1);
  return last === undefined ? undefined : toName(last);
}

function toName([, indent = "", word = ""]: RegExpExecArray): Name {
  return { kind: word === "describe" ? "describe" : "test", depth: indent.length };
}

/** Divides a paragraph. A full stop before a small letter, as in `e.g. this`, ends nothing. */
function sentencesOf(paragraph: string): string[] {
  const line = paragraph.replace(/\s+/g, " ").trim();
  return line.split(/(?<=[^.][.?!]["\x60)*]*) (?=["\x60(*]*[A-Z]|\x60)/);
}
