import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolEnvironment } from "../turbo.ts";
import { complaints } from "./run-tool.ts";

const MAX_RUNTIME_DEPENDENCIES = 8;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Record<string, string>;
  readonly scripts?: Record<string, string>;
}

/** Packs every public package as it would be published, and has the tarball checked. */
export function packageChecks(): string[] {
  const target = mkdtempSync(join(tmpdir(), "axw-pack-"));
  try {
    return globSync("packages/*/package.json", { cwd: root }).flatMap((path) => {
      const folder = path.replace("/package.json", "");
      const manifest = JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
      return manifest.private === true
        ? []
        : checkPackage(folder, manifest, target).map((problem) => `${manifest.name}: ${problem}`);
    });
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function checkPackage(folder: string, manifest: Manifest, target: string): string[] {
  const packed = complaints("pnpm", ["pack", "--pack-destination", target], folder);
  if (packed.length > 0) return packed;
  const stem = manifest.name.replace("@", "").replace("/", "-");
  const [tarball = ""] = globSync(`${stem}-[0-9]*.tgz`, { cwd: target }).map((name) =>
    join(target, name),
  );
  const published = spawnSync("tar", ["-xOf", tarball, "package/package.json"], {
    encoding: "utf8",
    env: toolEnvironment,
  }).stdout;
  const dependencies = Object.keys(manifest.dependencies ?? {});
  return [
    ...complaints("publint", ["run", tarball, "--strict"]),
    ...complaints("attw", [tarball, "--profile", "esm-only", "--no-emoji"]),
    ...(/"(catalog|workspace):/.test(published)
      ? ["its tarball names a version of the workspace"]
      : []),
    ...(dependencies.length > MAX_RUNTIME_DEPENDENCIES
      ? [`it has ${dependencies.length} runtime dependencies`]
      : []),
    ...["preinstall", "install", "postinstall"]
      .filter((name) => manifest.scripts?.[name] !== undefined)
      .map((name) => `it has a ${name} script`),
  ];
}
