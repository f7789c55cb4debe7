// `npm run sample -- --seed N [--count N]`: draws sentences from errors, help, docstrings, guides
// and test names. Read them aloud: would a native engineer write them? The same seed and sources
// give the same sample.
import { readFlags } from "./read-flags.ts";
import { readSentences, type Sentence, SOURCES } from "./sample/sources.ts";

const USAGE = "npm run sample -- [--seed N] [--count N]   defaults: seed 1, 100 sentences";

const flags = readFlags(USAGE, {
  seed: { type: "string", default: "1" },
  count: { type: "string", default: "100" },
});

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  console.error(`--${name} must be a whole number, 0 or more; ${text} is not.\n\n${USAGE}`);
  process.exit(2);
}

// mulberry32: a small generator whose whole state is one number. Yields numbers from 0 up to 1.
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different members, each as likely as any other, in the order in which they are drawn. */
function draw(all: readonly Sentence[], count: number, random: () => number): Sentence[] {
  const rest = [...all];
  const drawn: Sentence[] = [];
  while (drawn.length < count && rest.length > 0) {
    const [sentence] = rest.splice(Math.floor(random() * rest.length), 1);
    if (sentence !== undefined) drawn.push(sentence);
  }
  return drawn;
}

const random = randomFrom(wholeNumber("seed", flags.seed));
const share = Math.ceil(wholeNumber("count", flags.count) / SOURCES.length);
for (const source of SOURCES) {
  const all = readSentences(source);
  console.log(`\n# ${source.name} (${share} of ${all.length})\n`);
  for (const { place, text } of draw(all, share, random)) console.log(`${text}\n    ${place}`);
}
