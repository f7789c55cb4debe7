import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../turbo.ts";
import { complaints, runTool } from "./run-tool.ts";

const MAX_RUNTIME_DEPENDENCIES = 8;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly scripts?: Record<string, string>;
}

/** Packs every public package as it would be published, and checks the tarball. */
export async function packageChecks(): Promise<string[]> {
  const target = mkdtempSync(join(tmpdir(), "axw-pack-"));
  try {
    const problems = await Promise.all(
      globSync("packages/*/package.json", { cwd: root }).map(async (path) => {
        const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
        if (manifest.private === true) return [];
        const found = await checkPackage(path.replace("/package.json", ""), manifest, target);
        return found.map((problem) => `${manifest.name}: ${problem}`);
      }),
    );
    return problems.flat();
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

async function checkPackage(folder: string, manifest: Manifest, target: string): Promise<string[]> {
  const packed = await complaints("pnpm", ["pack", "--pack-destination", target], folder);
  if (packed.length > 0) return packed;
  const stem = manifest.name.replace("@", "").replace("/", "-");
  const [tarball = ""] = globSync(`${stem}-[0-9]*.tgz`, { cwd: target }).map((name) =>
    join(target, name),
  );
  const [published, publint, attw] = await Promise.all([
    runTool("tar", ["-xOf", tarball, "package/package.json"]),
    complaints("publint", ["run", tarball, "--strict"]),
    complaints("attw", [tarball, "--profile", "esm-only", "--no-emoji"]),
  ]);
  const dependencies = Object.keys(manifest.dependencies ?? {});
  return [
    ...publint,
    ...attw,
    ...(/"(catalog|workspace):/.test(published.stdout)
      ? ["the packed package.json refers to a workspace version"]
      : []),
    ...(dependencies.length > MAX_RUNTIME_DEPENDENCIES
      ? [`${dependencies.length} runtime dependencies; at most ${MAX_RUNTIME_DEPENDENCIES}`]
      : []),
    ...["preinstall", "install", "postinstall"]
      .filter((name) => manifest.scripts?.[name] !== undefined)
      .map((name) => `a published package must not have a ${name} script`),
  ];
}
