import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runChild } from "./run-child.ts";

/** The repository's root. */
export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

/** The measuring part of this package. The other version keeps its own package.json. */
const MEASURING = ["src", "scripts", "data"].map((name) => path.join("packages/benchmarks", name));

/** Another version, built in a temporary git worktree, with this version's benchmarks. */
export class Checkout implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(ref: string, signal: AbortSignal): Promise<Checkout> {
    const inRoot = { cwd: ROOT, signal };
    await runChild("git", ["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], inRoot).catch(
      (error: unknown) => {
        signal.throwIfAborted();
        throw new Error(`There is no commit \`${ref}\`; specify a commit, a branch or a tag.`, {
          cause: error,
        });
      },
    );
    const folder = path.join(mkdtempSync(path.join(tmpdir(), "bench-against-")), "checkout");
    const checkout = new Checkout(folder);
    try {
      await runChild("git", ["worktree", "add", "--detach", folder, ref], inRoot);
      const inFolder = { cwd: folder, signal };
      await runChild("node", ["scripts/setup.mjs"], inFolder);
      for (const name of MEASURING) {
        rmSync(path.join(folder, name), { recursive: true, force: true });
        cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
      }
      await runChild("npm", ["run", "-s", "build"], inFolder);
      return checkout;
    } catch (error) {
      await checkout[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes the worktree, even if it was only partly created. */
  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(path.dirname(this.folder), { recursive: true, force: true, maxRetries: 5 });
    await runChild("git", ["worktree", "prune"], {
      cwd: ROOT,
      signal: new AbortController().signal,
    });
  }
}
