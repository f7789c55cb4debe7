import { WorkflowError } from "@automatosx/workflow/errors";
import { withholdVariable } from "@automatosx/workflow/storage";

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

/** What the driver takes for `verify-full`, with a warning on stderr for each process. */
const VERIFIED: ReadonlySet<string> = new Set(["prefer", "require", "verify-ca"]);

/**
 * Returns the URL for the driver. With `sslmode` the certificate of the server is always verified,
 * unless the URL asks for `sslmode=no-verify`, or with `uselibpqcompat=true` for what `psql` does.
 */
export function driverUrl(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  const mode = parsed.searchParams.get("sslmode") ?? "";
  if (!VERIFIED.has(mode) || parsed.searchParams.has("uselibpqcompat")) return url;
  parsed.searchParams.set("sslmode", "verify-full");
  return parsed.href;
}

/**
 * Keeps the password of the server from the programs that this process starts. The driver reads it
 * from the environment at each connection, so it cannot be removed there.
 */
export function withholdPassword(): void {
  withholdVariable("PGPASSWORD");
}

/** Throws `invalid_argument` if this is not the URL of a PostgreSQL database. */
export function checkUrl(url: unknown): void {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && SCHEMES.includes(parsed.protocol)) return;
  throw new WorkflowError("invalid_argument", "url must be the URL of a PostgreSQL database.", {
    remedy: "Use a URL of the form postgres://USER@HOST:PORT/DATABASE.",
  });
}
