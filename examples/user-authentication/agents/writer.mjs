// Writes the documentation from the design and from what the modules export, or, as the handler of
// a failed run, a message to the team.
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { readRequest } from "../../agents/request.mjs";

const { task, files = [], inputs, runDirectory } = await readRequest();
if (files.length === 0) {
  const failed = /^Failed steps: (.*)$/m.exec(task)?.[1] ?? "";
  process.stdout.write(
    `The work on ${inputs.feature} has stopped at ${failed}. Everything before it is recorded. ` +
      "Correct the cause and resume the run; the finished steps are not repeated.\n",
  );
} else {
  const names = readdirSync(runDirectory).filter((name) => /^[a-z-]+\.mjs$/.test(name));
  const rows = await Promise.all(
    names.sort().map(async (name) => {
      const exported = Object.keys(await import(pathToFileURL(path.join(runDirectory, name)).href));
      return `- \`${name}\`: ${exported.map((one) => `\`${one}\``).join(", ")}`;
    }),
  );
  const text = `# Sign-in\n\n${task.trim().split("\n").at(-1)}\n\n## Modules\n\n${rows.join("\n")}\n`;
  writeFileSync(path.join(runDirectory, files[0]), text);
  process.stdout.write(text);
}
