// Copies the migrations from the root of the repository, where they are written, into the package,
// so that its tarball has them.
import { cpSync, rmSync } from "node:fs";

const target = new URL("../migrations/", import.meta.url);
rmSync(target, { recursive: true, force: true });
cpSync(new URL("../../../migrations/", import.meta.url), target, { recursive: true });
