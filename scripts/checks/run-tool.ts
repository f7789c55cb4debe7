import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../turbo.ts";

/** Runs a tool; the answer is what it said when it failed, and nothing when all is well. */
export function complaints(command: string, args: readonly string[], folder = "."): string[] {
  const run = spawnSync(command, args, {
    cwd: join(root, folder),
    env: toolEnvironment,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status === 0) return [];
  const said = `${run.stdout ?? ""}${run.stderr ?? ""}`.trim();
  return [
    said === ""
      ? `${command} ${args.join(" ")} ended with ${run.status ?? run.signal ?? run.error}`
      : said,
  ];
}

/** Every file that git knows or would add, but for deleted ones. */
export function sourceFiles(): string[] {
  const listed = spawnSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    { cwd: root, encoding: "utf8" },
  );
  const deleted = spawnSync("git", ["ls-files", "-z", "--deleted"], {
    cwd: root,
    encoding: "utf8",
  }).stdout.split("\0");
  return listed.stdout.split("\0").filter((name) => name !== "" && !deleted.includes(name));
}
