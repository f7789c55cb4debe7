// Finds notes about unfinished work. The pattern is written so that it does not match itself.
import { answer, readRequest } from "./request.mjs";
import { kindOf, readSource } from "./sources.mjs";

const note = /(?:^|[^\w"'`|(])(TO[D]O|FIX[M]E|X[X]X|HA[C]K)(?![\w"'`])/;

const { previousResults } = await readRequest();
const notes = previousResults.settle.files
  .filter((name) => !["documents", "tests", "settings and data"].includes(kindOf(name)))
  .flatMap((file) =>
    readSource(file)
      .split("\n")
      .flatMap((text, index) =>
        note.test(text) ? [{ file, line: index + 1, text: text.trim().slice(0, 120) }] : [],
      ),
  );
answer({ notes });
