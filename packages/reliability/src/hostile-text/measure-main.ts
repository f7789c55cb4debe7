// Measures hostile texts in a fresh process and sends what it measured. Its arguments are the word
// `times` or `memory`, and the names of the texts.
import { LENGTHS } from "./judge-times.ts";
import { measureTimes } from "./measure-times.ts";
import { peakMebibytes } from "./peak-memory.ts";
import { HOSTILE_TEXTS } from "./texts.ts";

const [what, ...names] = process.argv.slice(2);
for (const hostile of HOSTILE_TEXTS.filter(({ name }) => names.includes(name))) {
  if (what === "times") process.send?.(await measureTimes(hostile, LENGTHS));
  else {
    await hostile.read(hostile.text(LENGTHS.at(-1) ?? 0));
    process.send?.(peakMebibytes());
  }
}
process.disconnect();
