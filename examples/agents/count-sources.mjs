import { answer, readRequest } from "./request.mjs";
import { countLines, kindOf, readSource } from "./sources.mjs";

const { previousResults } = await readRequest();
const kinds = new Map();
for (const name of previousResults.settle.files) {
  const text = readSource(name);
  const total = kinds.get(kindOf(name)) ?? { files: 0, lines: 0, bytes: 0 };
  kinds.set(kindOf(name), {
    files: total.files + 1,
    lines: total.lines + countLines(text),
    bytes: total.bytes + Buffer.byteLength(text),
  });
}
const byKind = [...kinds]
  .map(([kind, total]) => ({ kind, ...total }))
  .sort((a, b) => b.lines - a.lines);
answer({
  byKind,
  files: previousResults.settle.files.length,
  lines: byKind.reduce((sum, { lines }) => sum + lines, 0),
});
