import { WorkflowError } from "@automatosx/workflow/errors";

const SCHEMES: readonly string[] = ["postgres:", "postgresql:"];

/**
 * Returns the URL of a database as people may see it: without its password, and without the
 * parameters, which may contain one.
 *
 * @example
 * hidePassword("postgres://axw:secret@db:5432/work"); // "postgres://axw@db:5432/work"
 */
export function hidePassword(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !SCHEMES.includes(parsed.protocol)) return "the PostgreSQL database";
  const user = parsed.username === "" ? "" : `${parsed.username}@`;
  return `${parsed.protocol}//${user}${parsed.host}${parsed.pathname}`;
}

/** Throws `invalid_argument` if this is not the URL of a PostgreSQL database. */
export function checkUrl(url: unknown): void {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && SCHEMES.includes(parsed.protocol)) return;
  throw new WorkflowError("invalid_argument", "url must be the URL of a PostgreSQL database.", {
    remedy: "Use a URL of the form postgres://USER@HOST:PORT/DATABASE.",
  });
}
