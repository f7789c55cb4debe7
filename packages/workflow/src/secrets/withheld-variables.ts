/**
 * The beginning of the variables in which a host receives secrets. No program inherits them: a
 * program sees only the secrets that its step names.
 */
const SECRET_PREFIX = "AXW_SECRET_";

/** The variable that names the backend, whose URL may contain a password. */
const BACKEND_VARIABLE = "AXW_BACKEND";

/** The variable with the key that unseals what a Restate server stores. */
const KEY_VARIABLE = "AXW_KEY";

/** The variable in which PostgreSQL's clients look for a password. */
const POSTGRES_PASSWORD_VARIABLE = "PGPASSWORD";

/** Where this process keeps the names: packages may contain copies of this module. */
const NAMES = Symbol.for("@automatosx/workflow: withheld variables");

type Holder = { [NAMES]?: Set<string> };

/**
 * From now on, no program that this process starts inherits this variable, unless its agent or its
 * step sets it: a backend of this process reads a password from it.
 */
export function withholdVariable(name: string): void {
  const holder = globalThis as Holder;
  holder[NAMES] ??= new Set();
  holder[NAMES].add(name);
}

/**
 * The names of the variables that a program must not inherit: secrets, and credentials of a
 * backend. `comparable` makes names equal that mean the same variable.
 */
export function withheldVariables(
  inherited: NodeJS.ProcessEnv,
  comparable: (name: string) => string,
): readonly string[] {
  const withheld = new Set([KEY_VARIABLE, ...((globalThis as Holder)[NAMES] ?? [])]);
  return Object.keys(inherited).filter((typed) => {
    const name = comparable(typed);
    if (name.startsWith(SECRET_PREFIX) || withheld.has(name)) return true;
    if (name === BACKEND_VARIABLE) return hasPassword(inherited[typed] ?? "");
    return name === POSTGRES_PASSWORD_VARIABLE && isPostgres(inherited[BACKEND_VARIABLE] ?? "");
  });
}

function hasPassword(url: string): boolean {
  return /^[a-z]+:\/\/[^/?#@:]*:.*@/i.test(url) || /[?&]password=/i.test(url);
}

function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/i.test(url);
}
