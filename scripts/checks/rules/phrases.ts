import type { Finding, SourceFile } from "./rule.ts";
import { isGenerated } from "./rule.ts";

interface Phrase {
  /**
   * A space matches any gap, including the end of a comment line or of a part of a divided string.
   */
  readonly pattern: string;
  readonly instead: string;
}

/** Phrases that read as translated, or for which a technical term exists. */
const PHRASES: readonly Phrase[] = [
  { pattern: "whoever", instead: "name the subject: the engine, the process, the caller" },
  {
    pattern: "whatever (?:is|was|are|has|had|does|did|can|could|will|would|comes?|happens?|it)",
    instead: "name the subject",
  },
  { pattern: "(?:go|goes|going|went|gone) on with", instead: "resume, continue" },
  { pattern: "(?:goes|went|gone) on(?! (?:to|with)\\b)", instead: "resume, continue" },
  { pattern: "go on(?=[.,;:)])", instead: "resume, continue" },
  { pattern: "tak(?:e|es|en|ing)(?: |-)up(?! (?:space|room|\\d))", instead: "claim, resume" },
  { pattern: "took up", instead: "claim, resume" },
  { pattern: "(?:give|gives|gave|given|giving) back", instead: "release, return" },
  { pattern: "(?:give|gives|gave|given|giving) (?:it|them) back", instead: "release, return" },
  { pattern: "(?:let|lets|letting) go", instead: "release" },
  { pattern: "left behind", instead: "orphaned, abandoned" },
  { pattern: "over here", instead: "no longer active in this engine" },
  { pattern: "(?:is|are|was|were) over(?! \\d)", instead: "has ended" },
  { pattern: "(?:is|are|was|were|be|been) told", instead: "report: the engine reports" },
  { pattern: "tells? of", instead: "report" },
  { pattern: "so many", instead: "N, the number of" },
  { pattern: "(?<!there )(?:is|are) none", instead: "is not one, does not exist" },
  { pattern: "and none is", instead: "does not exist" },
  { pattern: "there (?:is|are) one already", instead: "it already exists" },
  { pattern: "(?:is|are) there already", instead: "already exists" },
  { pattern: "anew", instead: "again, fresh" },
  { pattern: "wish(?:es|ed|ing)?", instead: "request" },
  { pattern: "mend(?:s|ed|ing)?", instead: "fix" },
  { pattern: "look(?:s|ed|ing)? on", instead: "observe, watch" },
  { pattern: "nothing is to be done", instead: "no action needed" },
  { pattern: "what is asked for", instead: "name it: the request, the option" },
  { pattern: "by hand", instead: "manually" },
  { pattern: "at the door", instead: "at the boundary, on input" },
  { pattern: "for good(?! (?:reasons?|measure))", instead: "permanently" },
  { pattern: "has it that", instead: "says that" },
  { pattern: "stands? (?:as|so)", instead: "the status is" },
  { pattern: "by a power cut neither", instead: "not even in a power cut" },
  { pattern: "(?:come|comes|came|coming) through", instead: "survive, pass" },
  { pattern: "no one|nobody", instead: "no agent, no process, no user" },
  { pattern: "somebody(?:'s)?", instead: "name the owner" },
  { pattern: "(?:is|are) (?:its|their|our) own", instead: "belongs to" },
];

// A gap is white space, including a line break in a comment or between parts of a divided string.
const GAP = String.raw`(?:\s|\n\s*(?:\/\/+|\*|--)\s|["'\x60]\s*\+\s*["'\x60])+`;

const compiled = PHRASES.map(({ pattern, instead }) => ({
  instead,
  regExp: new RegExp(String.raw`(?<![\w-])(?:${pattern.replaceAll(" ", GAP)})(?![\w-]|\.\w)`, "gi"),
}));

const isProse = (name: string): boolean =>
  /\.(ts|res|resi|sql|md|mjs)$/.test(name) &&
  !/\/fixtures\/|^migrations\/|\/checks\/rules\/phrases\.ts$/.test(name) &&
  !isGenerated(name);

export function findPhrases(files: readonly SourceFile[]): Finding[] {
  return files
    .filter(({ name }) => isProse(name))
    .flatMap(({ name, text }) => {
      const own = name.endsWith(".md") ? withoutAdvice(text) : text;
      return phrasesIn(own).map((each) => ({ file: name, ...each }));
    });
}

// Tables with the columns "not" and "but" quote the phrases in order to teach their replacements.
const withoutAdvice = (markdown: string): string =>
  markdown.replace(/^\| *not *\| *but *\|(\n\|.*)*/gm, (table) => table.replace(/.+/g, ""));

/** The forbidden phrases in a text, each with the line (from 1) on which it begins. */
export function phrasesIn(text: string): { line: number; problem: string }[] {
  return compiled
    .flatMap(({ regExp, instead }) =>
      [...text.matchAll(regExp)].map((match) => ({
        line: text.slice(0, match.index).split("\n").length,
        problem: `"${match[0].replace(/\s+/g, " ")}": write ${instead}`,
      })),
    )
    .sort((one, other) => one.line - other.line);
}
