// Prints the task, which already contains the notes, followed by the packages and the number of
// commits.
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
