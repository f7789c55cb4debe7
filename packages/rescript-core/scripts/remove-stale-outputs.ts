/**
 * Makes a build right after a module moved to another folder. The compiler leaves the old outputs
 * where they were, and genType writes imports from the folders of the *previous* build
 * (`lib/bs/.sourcedirs.json`) without ever correcting them. So outputs without a source go, and
 * with them the compiler's cache when the folders changed.
 */
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));
const filesLike = (pattern: string): string[] => globSync(pattern, { cwd: folder });

for (const output of filesLike("{src,tests}/**/*.{gen.ts,res.js}")) {
  const source = output.replace(/\.(gen\.ts|res\.js)$/, ".res");
  if (!existsSync(join(folder, source))) rmSync(join(folder, output));
}

const cache = join(folder, "lib/bs/.sourcedirs.json");
if (existsSync(cache)) {
  const { dirs } = JSON.parse(readFileSync(cache, "utf8")) as { readonly dirs: readonly string[] };
  const sources = new Set(filesLike("{src,tests}/**/*.res").map((name) => dirname(name)));
  if (dirs.toSorted().join() !== [...sources].toSorted().join())
    rmSync(join(folder, "lib"), { recursive: true });
}
