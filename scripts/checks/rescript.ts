import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root, toolEnvironment } from "../turbo.ts";
import { complaints, sourceFiles } from "./run-tool.ts";

export function rescriptFormat(): string[] {
  const files = sourceFiles().filter((name) => name.endsWith(".res"));
  return complaints("rescript", ["format", "--check", ...files]);
}

interface Finding {
  readonly name: string;
  readonly file: string;
  readonly range: readonly number[];
  readonly message: string;
}

/** Dead values of the core. Its analyser ends well whatever it finds, and calls fields dead that only TypeScript reads. */
export function rescriptDeadCode(): string[] {
  const folder = join(root, "packages/rescript-core");
  const run = spawnSync("rescript-tools", ["reanalyze", "-dce", "-json"], {
    cwd: folder,
    env: toolEnvironment,
    encoding: "utf8",
  });
  if (run.status !== 0) return [run.stderr];
  const findings = JSON.parse(run.stdout) as Finding[];
  return findings
    .filter((finding) => !finding.name.includes("Dead Type") && finding.file.includes("/src/"))
    .map(
      (finding) =>
        `${finding.file.slice(root.length)}:${(finding.range[0] ?? 0) + 1} ${finding.message}`,
    );
}
