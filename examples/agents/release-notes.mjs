// Everything it says was put into the task by the workflow; what it adds is the list of packages.
import { readRequest } from "./request.mjs";

const { task, previousResults } = await readRequest();
const { packages, behind } = previousResults.versions;
const commits = previousResults.history?.commits;
process.stdout.write(`${task.trim()}\n\n`);
process.stdout.write(
  `Packages: ${packages.map(({ name, version }) => `${name} ${version}`).join(", ")}.\n`,
);
if (behind.length > 0) process.stdout.write(`Not at this version: ${behind.join(", ")}.\n`);
if (commits !== undefined) process.stdout.write(`Commits so far: ${commits}.\n`);
