import { fileURLToPath } from "node:url";

/** The path of the repository's root, with a trailing slash. */
export const root = fileURLToPath(new URL("../../../..", import.meta.url));
