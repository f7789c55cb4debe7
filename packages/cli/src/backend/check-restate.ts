import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Finding } from "../commands/doctor/Finding.js";
import type { RestateBackend } from "./backend-url.js";
import { unreachable } from "./check-postgres.js";
import { openRestate } from "./restate-replica.js";

type Checking = { check(): Promise<Readonly<Record<string, unknown>>> };

/** Checks a Restate server and the workers that it calls. */
export async function checkRestate(remote: RestateBackend): Promise<Finding[]> {
  try {
    await using client = await openRestate(remote);
    const found = await (client as unknown as Checking).check();
    return [
      { status: "ok", what: "server", detail: cleanLine(remote.shown) },
      ...Object.entries(found).flatMap(([name, value]) => findingsOf(name, value)),
    ];
  } catch (error) {
    return [unreachable(remote.shown, error)];
  }
}

/** A row for a fact, or one for each member of a list; a problem is an error. */
function findingsOf(name: string, value: unknown): Finding[] {
  if (Array.isArray(value)) return value.flatMap((each) => findingsOf(name, each));
  const status = /problem/i.test(name)
    ? "error"
    : /unserved|missing/i.test(name)
      ? "missing"
      : "ok";
  const what = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return [{ status, what, detail: cleanLine(textOf(value)) }];
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name} ${typeof each === "object" ? JSON.stringify(each) : each}`)
    .join(", ");
}
