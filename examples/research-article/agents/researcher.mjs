// Searches the sentences of the documents for the words of the question, and quotes the best two.
// The documents have one sentence a line, so a line is a quotation and its number the source.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { answer, root } from "../../agents/request.mjs";

const COMMON = new Set(
  "about does have into that there this what when which with happens".split(" "),
);
const wordsOf = (text) =>
  new Set((text.toLowerCase().match(/[a-z]{4,}/g) ?? []).filter((word) => !COMMON.has(word)));

const task = await text(process.stdin);
const question = /^Question: (.*)$/m.exec(task)?.[1] ?? "";
const asked = [...wordsOf(question)];
const sentences = ["docs/guide", "docs/internals"].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .flatMap((name) =>
      readFileSync(path.join(root, folder, name), "utf8")
        .split("\n")
        .map((claim, index) => ({ claim, source: `${folder}/${name}:${index + 1}` })),
    ),
);
const findings = sentences
  .filter(({ claim }) => /^[A-Z].{30,}\.$/.test(claim))
  .map((found) => ({ ...found, score: scoreOf(wordsOf(found.claim)) }))
  // More than half of the words of the question must be there.
  .filter(({ score }) => score > asked.length / 2)
  .sort((one, other) => other.score - one.score || one.claim.length - other.claim.length)
  .slice(0, 2)
  .map(({ claim, source }) => ({ claim, source }));
answer({ question, findings });

/** How many words of the question a sentence has; the beginning of a word is enough. */
function scoreOf(words) {
  return asked.filter((word) => [...words].some((other) => other.startsWith(word.slice(0, 6))))
    .length;
}
