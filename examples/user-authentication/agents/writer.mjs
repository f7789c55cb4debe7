// Writes the documentation from the design and from what the modules export, or, as the handler of
// a failed run, a message to the team.
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const task = (await text(process.stdin)).trim();
const [, file, folder = ""] = /^Write (\S+\.md) in (.*?) for /.exec(task) ?? [];
if (file === undefined) {
  const failed = /^Failed steps: (.*)$/m.exec(task)?.[1] ?? "";
  process.stdout.write(
    `The work has stopped at ${failed}. Everything before it is recorded. ` +
      "Correct the cause and resume the run; the finished steps are not repeated.\n",
  );
} else {
  const names = readdirSync(folder).filter((name) => /^[a-z-]+\.mjs$/.test(name));
  const rows = await Promise.all(
    names.sort().map(async (name) => {
      const exported = Object.keys(await import(pathToFileURL(path.join(folder, name)).href));
      return `- \`${name}\`: ${exported.map((one) => `\`${one}\``).join(", ")}`;
    }),
  );
  const summary = task.split("\n").at(-1);
  const page = `# Sign-in\n\n${summary}\n\n## Modules\n\n${rows.join("\n")}\n`;
  writeFileSync(path.join(folder, file), page);
  process.stdout.write(page);
}
