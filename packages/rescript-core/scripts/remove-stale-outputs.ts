/**
 * Removes what a build leaves when a module moves to another folder: its old outputs, and, if the
 * set of folders changed, the compiler's cache. genType writes imports from the folders of the
 * *previous* build (`lib/bs/.sourcedirs.json`), and an incremental build never corrects them.
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
