// The expensive agent, which rewrites a module as a person would. It also knows what it cannot
// decide, and fails then.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { answer, fail, readRequest } from "../../agents/request.mjs";

const REWRITTEN = {
  plugins: `import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Loads the plugin of this name, and leaves out one that is not installed. */
export const plugin = (name) => {
  try {
    return require(\`./plugin-\${name}.cjs\`);
  } catch {
    return null;
  }
};
`,
};

const { item, files, runDirectory } = await readRequest();
const text = REWRITTEN[item.name];
if (text === undefined) {
  fail(`${item.name} is a module and a program; should they become two files?`);
} else {
  writeFileSync(path.join(runDirectory, files[0]), text);
  answer({ name: item.name, how: "rewritten with createRequire" });
}
