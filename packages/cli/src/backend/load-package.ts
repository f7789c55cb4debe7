import { UsageError } from "../UsageError.js";

/* The packages of the backends are optional peers: a user of SQLite alone installs neither. */

/** @throws UsageError `invalid_argument` if the package is not installed */
export function loadPostgres(): Promise<typeof import("@automatosx/backend-postgres")> {
  return load("@automatosx/backend-postgres", () => import("@automatosx/backend-postgres"));
}

/** @throws UsageError `invalid_argument` if the package is not installed */
export function loadRestate(): Promise<typeof import("@automatosx/backend-restate")> {
  return load("@automatosx/backend-restate", () => import("@automatosx/backend-restate"));
}

async function load<Face>(name: string, importIt: () => Promise<Face>): Promise<Face> {
  try {
    return await importIt();
  } catch (error) {
    const { code, message = "" } = error as { code?: string; message?: string };
    if (code !== "ERR_MODULE_NOT_FOUND" || !message.includes(`'${name}'`)) throw error;
    throw new UsageError(`This backend needs the package ${name}, which is not installed.`, {
      remedy: "Install it beside axw, in the same version: docs/guide/install.md shows how.",
    });
  }
}
