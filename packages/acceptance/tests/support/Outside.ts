import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "./root.js";
import { sandbox } from "./sandbox.js";

/** A release of Yarn that the tests can run. */
export type Yarn = "yarn" | "@yarnpkg/cli-dist";

const OF_THE_TESTS =
  /^(npm_(package|lifecycle|command|execpath|node|config_user_agent)|INIT_CWD|CI$|AXW_)/;

/**
 * A folder outside the workspace that contains a package, `my-app`, and something that looks like a
 * clone of this repository. Its scripts use what is built here and do not build, because a rebuild
 * would disturb other tests.
 */
export class Outside {
  readonly folder = sandbox();
  readonly app = path.join(this.folder, "my-app");
  readonly clone = path.join(this.folder, "automatosx-workflow");
  readonly #bin = path.join(this.folder, "bin");
  /** What `npm install --global` installs. */
  readonly #global = path.join(this.folder, "global");
  readonly #yarn: Yarn;

  constructor({ yarn = "yarn" }: { readonly yarn?: Yarn } = {}) {
    this.#yarn = yarn;
    for (const place of [this.app, this.clone, this.#bin]) mkdirSync(place);
    this.write("my-app/package.json", { name: "my-app", private: true, type: "module" });
    this.write("automatosx-workflow/package.json", {
      name: "automatosx-workflow",
      private: true,
      scripts: {
        pack: `node ${path.join(root, "scripts", "pack.ts")} --built`,
        axw: `node ${path.join(root, "scripts", "axw.mjs")} --built`,
      },
    });
    for (const name of ["examples", "dist-packages"])
      symlinkSync(path.join(root, name), path.join(this.clone, name));
    symlinkSync(process.execPath, path.join(this.#bin, "node"));
    symlinkSync(path.join(root, "node_modules", ".bin", "pnpm"), path.join(this.#bin, "pnpm"));
    const release = createRequire(import.meta.url).resolve(`${yarn}/bin/yarn.js`);
    this.#writeProgram("yarn", `exec node "${release}" "$@"`);
  }

  /** Runs a script in the outer folder. Returns what it prints, or throws if it fails. */
  run(script: string): string {
    const { stdout, stderr, status } = spawnSync("bash", ["-e", "-o", "pipefail", "-c", script], {
      cwd: this.folder,
      encoding: "utf8",
      env: this.#environment(script),
    });
    if (status !== 0) throw new Error(`Exit code ${status} of:\n${script}\n${stdout}\n${stderr}`);
    return stdout;
  }

  write(name: string, content: unknown): void {
    const text = typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`;
    writeFileSync(path.join(this.folder, name), text);
  }

  #writeProgram(name: string, script: string): void {
    writeFileSync(path.join(this.#bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  // What npm sets for the tests must not reach the package managers, and neither must CI: Yarn and
  // pnpm do not change a lockfile there.
  #environment(script: string): NodeJS.ProcessEnv {
    const ours = Object.entries(process.env);
    const kept = ours.filter(([name]) => !OF_THE_TESTS.test(name));
    return {
      ...Object.fromEntries(kept),
      NO_COLOR: "1",
      PATH: [this.#bin, path.join(this.#global, "bin"), ...this.#systemPath()].join(path.delimiter),
      // Yarn Classic writes no lockfile where this is set.
      ...(script.includes("--global") && { npm_config_prefix: this.#global }),
      YARN_ENABLE_TELEMETRY: "0",
      // Each test has caches of its own: Yarn Classic identifies a tarball by name and version, and
      // the tarballs of different builds have the same.
      YARN_CACHE_FOLDER: path.join(this.folder, "yarn-cache"),
      YARN_GLOBAL_FOLDER: path.join(this.folder, "yarn-global"),
      ...(this.#yarn === "@yarnpkg/cli-dist" && { YARN_ENABLE_IMMUTABLE_INSTALLS: "0" }),
    };
  }

  // Without the tools of this repository, which a user does not have on PATH.
  #systemPath(): string[] {
    return (process.env["PATH"] ?? "")
      .split(path.delimiter)
      .filter((place) => !place.includes("node_modules"));
  }
}
