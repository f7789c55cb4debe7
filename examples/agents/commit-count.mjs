// Counts the commits. Fails if git or the history is missing, so its step has `continueOnError`.
import { spawnSync } from "node:child_process";
import { answer, fail, readRequest, root } from "./request.mjs";

await readRequest();
const { status, stdout, stderr, error } = spawnSync("git", ["rev-list", "--count", "HEAD"], {
  cwd: root,
  encoding: "utf8",
});
if (status === 0) answer({ commits: Number(stdout) });
else fail(error?.message ?? stderr.trim());
