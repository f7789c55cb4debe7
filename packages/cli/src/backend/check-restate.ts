import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Finding } from "../commands/doctor/Finding.js";
import type { CliIo } from "../io.js";
import { count, instant } from "../render/words.js";
import type { RestateBackend } from "./backend-url.js";
import { unreachable } from "./check-postgres.js";
import { openRestate } from "./restate-replica.js";

/** Checks a Restate server and the workers that it calls. */
export async function checkRestate(io: CliIo, remote: RestateBackend): Promise<Finding[]> {
  try {
    await using client = await openRestate(io, remote);
    const { version, coreFormat, agents, deployments, problems } = await client.check();
    const served = Object.entries(agents).map(([id, slots]) => `${id}=${slots ?? "unlimited"}`);
    return [
      { status: "ok", what: "server", detail: `${cleanLine(remote.shown)}, Restate ${version}` },
      { status: "ok", what: "core format", detail: coreFormat },
      served.length === 0
        ? {
            status: "missing",
            what: "agents",
            detail: "no worker serves any",
            remedy: { text: "Start one: axw worker --backend URL --agents FILE --register" },
          }
        : { status: "ok", what: "agents", detail: cleanLine(served.join(", ")) },
      ...deployments.map(
        ({ id, uri, createdAt, agents, isDraining, unfinished }): Finding => ({
          status: "ok",
          what: isDraining ? "draining" : "worker",
          detail: cleanLine(
            `${uri} (${id}), registered ${instant(createdAt)}: ` +
              (agents.join(", ") || "no agents") +
              (isDraining ? `; ${count(unfinished, "invocation")} unfinished` : ""),
          ),
        }),
      ),
      ...problems.map(
        (problem): Finding => ({ status: "error", what: "problem", detail: cleanLine(problem) }),
      ),
    ];
  } catch (error) {
    return [unreachable(remote.shown, error)];
  }
}
