import { root } from "../turbo.ts";
import { complaints, runTool, sourceFiles } from "./run-tool.ts";

export function rescriptFormat(): Promise<string[]> {
  const files = sourceFiles().filter((name) => /\.resi?$/.test(name));
  return complaints("rescript", ["format", "--check", ...files]);
}

interface Finding {
  readonly name: string;
  readonly file: string;
  readonly range: readonly number[];
  readonly message: string;
}

/**
 * Finds unused values in the core. The analyser always exits with 0. Its findings about types are
 * dropped, because it does not see fields that only TypeScript reads.
 */
export async function rescriptDeadCode(): Promise<string[]> {
  const { code, stdout, stderr } = await runTool(
    "rescript-tools",
    ["reanalyze", "-dce", "-json"],
    "packages/rescript-core",
  );
  if (code !== 0) return [stderr];
  return (JSON.parse(stdout) as Finding[])
    .filter(({ name, file }) => !name.includes("Dead Type") && file.includes("/src/"))
    .map(
      ({ file, range, message }) => `${file.slice(root.length)}:${(range[0] ?? 0) + 1} ${message}`,
    );
}
