// The package carries the migrations in its tarball; the repository's `migrations/` is where they are written.
import { cpSync, rmSync } from "node:fs";

const target = new URL("../migrations/", import.meta.url);
rmSync(target, { recursive: true, force: true });
cpSync(new URL("../../../migrations/", import.meta.url), target, { recursive: true });
