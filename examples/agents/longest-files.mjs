import { answer, readRequest } from "./request.mjs";
import { countLines, kindOf, readSource } from "./sources.mjs";

const { previousResults, inputs } = await readRequest();
const code = previousResults.settle.files.filter(
  (name) => !["documents", "settings and data"].includes(kindOf(name)),
);
const sized = code
  .map((file) => ({ file, lines: countLines(readSource(file)) }))
  .sort((a, b) => b.lines - a.lines);
answer({
  longest: sized.slice(0, inputs.longest),
  medianLines: sized[Math.floor(sized.length / 2)]?.lines ?? 0,
  overLimit: sized.filter(({ lines }) => lines > inputs.lineLimit).length,
  codeFiles: sized.length,
});
