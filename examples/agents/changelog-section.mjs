// Reads the section of CHANGELOG.md for the version at the end of the task.
import { readFileSync } from "node:fs";
import path from "node:path";
import { answer, readRequest, root } from "./request.mjs";

const { task } = await readRequest();
const version = task.trim().split(" ").at(-1);
const sections = readFileSync(path.join(root, "CHANGELOG.md"), "utf8").split(/^## /m);
const section = sections.find((text) => text.startsWith(`[${version}]`));
if (section === undefined) {
  // A retry cannot help, but only a function agent can report that, with an AgentError.
  process.stderr.write(
    `CHANGELOG.md has no section [${version}]; it has ${sections
      .slice(1)
      .map((text) => text.split("\n")[0])
      .join(", ")}\n`,
  );
  process.exitCode = 1;
} else {
  const [title, ...lines] = section.split("\n");
  answer({
    title: title.trim(),
    entries: lines.filter((line) => line.startsWith("- ")).length,
    body: lines.join("\n").trim(),
  });
}
