// A member of a panel, without a model: it weighs the sentences of the background by the words of
// its view, and may be convinced by an option that more than half of the others prefer.
import { answer, readRequest } from "../../agents/request.mjs";

const { with: asked } = await readRequest();
const { act, member, options, background, heard } = asked;
const wordsOf = (text) => text.toLowerCase().match(/[a-z]{4,}/g) ?? [];
const cares = new Set(wordsOf(member.view).map((word) => word.slice(0, 5)));

// The background has one line for each option: `NAME: sentence. sentence.`
const facts = options.map((option) => {
  const line = background.split("\n").find((text) => text.startsWith(`${option}:`)) ?? "";
  const sentences = line.slice(option.length + 1).match(/[^.]+\./g) ?? [];
  return { option, sentences: sentences.map((sentence) => sentence.trim()) };
});
const weigh = (sentence) => wordsOf(sentence).filter((word) => cares.has(word.slice(0, 5))).length;
const scored = facts.map(({ option, sentences }) => {
  const ranked = sentences.toSorted((one, other) => weigh(other) - weigh(one));
  const score = sentences.reduce((sum, sentence) => sum + weigh(sentence), 0);
  return { option, score, best: ranked[0] ?? `Nothing speaks for ${option}.` };
});
const own = scored.toSorted((one, other) => other.score - one.score)[0];

const said = heard.find(({ name }) => name === member.name);
const others = heard.filter(({ name }) => name !== member.name);
const shareOf = (option) =>
  others.filter(({ position }) => position === option).length / Math.max(1, others.length);
// Only an option that has something for this member can convince it.
const convincing = scored.find(
  ({ option, score }) => option !== own.option && score > 0 && shareOf(option) > 0.5,
);
const held = convincing ?? own;

if (act === "vote") {
  answer({ name: member.name, choice: said.position, reason: said.argument });
} else {
  const argument =
    convincing === undefined
      ? `I care about ${member.view}. ${own.best}`
      : `I preferred ${own.option}, but the others convinced me. ${held.best}`;
  answer({ name: member.name, position: held.option, argument });
}
