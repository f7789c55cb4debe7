import { next } from "../next/actions.js";
import { UsageError } from "../UsageError.js";
import { withoutPassword } from "./without-password.js";

/** Where the runs are, as `--backend` and AXW_BACKEND name it. */
export type Backend = FileBackend | RemoteBackend;

/** A database file of this machine. */
interface FileBackend {
  readonly kind: "sqlite";
  /** The path as it was written. */
  readonly path: string;
}

/** A system that other machines use too, whose workers perform the runs. */
export type RemoteBackend = PostgresBackend | RestateBackend;

export interface PostgresBackend {
  readonly kind: "postgres";
  /** The URL as it was written. It may contain a password: use `shown` in everything printed. */
  readonly url: string;
  /** The URL without a password. */
  readonly shown: string;
}

export interface RestateBackend {
  readonly kind: "restate";
  /** The address of the ingress: `http://HOST:8080`. It may contain a password. */
  readonly url: string;
  /** The address of the admin API: `http://HOST:9070`. It may contain a password. */
  readonly adminUrl: string;
  /** The URL as it was written, without a password. */
  readonly shown: string;
}

/** The three forms, for errors. */
const FORMS =
  "A backend is sqlite:PATH, postgres://USER@HOST:PORT/DATABASE, or " +
  "restate://HOST:8080?admin=9070 (restates:// for TLS).";

const INGRESS_PORT = "8080";
const ADMIN_PORT = "9070";

/**
 * Reads a backend URL. `from` is what it was given with: `--backend` or `AXW_BACKEND`.
 *
 * @throws UsageError `invalid_argument`, in which no password appears
 */
export function parseBackend(text: string, from: string): Backend {
  const [, scheme] = /^([a-z]+):/i.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case "sqlite":
      return sqliteBackend(text, from);
    case "postgres":
    case "postgresql":
      return postgresBackend(text, from);
    case "restate":
    case "restates":
      return restateBackend(text, from);
    default:
      throw malformed(from, scheme === undefined ? "is not a URL" : `begins with \`${scheme}:\``);
  }
}

function sqliteBackend(text: string, from: string): FileBackend {
  const path = text.slice("sqlite:".length).replace(/^\/\/(?=\/)/, "");
  if (path === "") throw malformed(from, "names no file");
  return { kind: "sqlite", path };
}

function postgresBackend(text: string, from: string): PostgresBackend {
  const url = urlOf(text, from);
  if (/^\/?$/.test(url.pathname)) throw malformed(from, "names no database");
  return { kind: "postgres", url: text, shown: withoutPassword(text) };
}

function restateBackend(text: string, from: string): RestateBackend {
  const url = urlOf(text, from);
  if (url.hostname === "") throw malformed(from, "names no host");
  const unknown = [...url.searchParams.keys()].find((name) => name !== "admin");
  if (unknown !== undefined) throw malformed(from, `has the unknown parameter \`${unknown}\``);
  if (url.pathname.length > 1) throw malformed(from, "has a path");
  const scheme = url.protocol === "restates:" ? "https" : "http";
  const user = url.username === "" ? "" : `${url.username}:${url.password}@`;
  const host = `${scheme}://${user}${url.hostname}`;
  return {
    kind: "restate",
    url: `${host}:${url.port === "" ? INGRESS_PORT : url.port}`,
    adminUrl: adminUrlOf(url.searchParams.get("admin") ?? ADMIN_PORT, host, from),
    shown: shownRestate(url, text),
  };
}

function adminUrlOf(admin: string, host: string, from: string): string {
  if (/^\d{1,5}$/.test(admin)) return `${host}:${admin}`;
  if (/^https?:\/\//.test(admin) && URL.canParse(admin)) return admin.replace(/\/$/, "");
  throw malformed(from, "has an `admin` that is neither a port nor an http URL");
}

function shownRestate(url: URL, text: string): string {
  const admin = url.searchParams.get("admin");
  const [base = ""] = withoutPassword(text).split("?");
  if (admin === null) return base;
  return `${base}?admin=${/^\d+$/.test(admin) ? admin : withoutPassword(admin)}`;
}

function urlOf(text: string, from: string): URL {
  if (!/^[a-z]+:\/\//i.test(text) || !URL.canParse(text)) throw malformed(from, "is not a URL");
  return new URL(text);
}

// The text is not repeated: which part of a malformed URL is a password is not known.
function malformed(from: string, problem: string): UsageError {
  return new UsageError(`The value of ${from} ${problem}.`, {
    remedy: FORMS,
    next: next("read_help", "wrong_usage", { args: [] }),
  });
}
