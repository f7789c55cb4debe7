// Prepares a clone: installs the dependencies if node_modules is missing or out of date.
// Must run with only Node 20 and npm, so it does not use installed packages.
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, utimesSync } from "node:fs";

const root = new URL("..", import.meta.url);
const modifiedAt = (name) => statSync(new URL(name, root), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const installedAt = modifiedAt("node_modules/.modules.yaml");
const sources = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json"];

if (installedAt === 0 || sources.some((name) => modifiedAt(name) > installedAt)) {
  const { packageManager } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const install = spawnSync("npx", ["-y", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (install.status !== 0) {
    console.error(
      "setup: the install failed; its messages are above. It needs Node 20 or newer, npm and the " +
        "npm registry.",
    );
    process.exit(install.status ?? 1);
  }
  // pnpm does not write this file if nothing has changed, and the next command would install again.
  const now = new Date();
  utimesSync(new URL("node_modules/.modules.yaml", root), now, now);
}
