import { hasPassword } from "./backend/without-password.js";

/** The beginning of the variables that supply secrets: `AXW_SECRET_TOKEN` is `secrets.TOKEN`. */
export const SECRET_PREFIX = "AXW_SECRET_";

/**
 * Returns the environment, and removes the secrets from the one that this process passes on: a
 * program receives only the secrets that its step names. The password of the backend is one too.
 */
export function takeSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env).filter(
    (name) =>
      name.startsWith(SECRET_PREFIX) ||
      name === "AXW_KEY" ||
      (name === "AXW_BACKEND" && hasPassword(env[name] ?? "")),
  );
  if (names.length === 0) return env;
  const own = { ...env };
  for (const name of names) delete env[name];
  return own;
}
