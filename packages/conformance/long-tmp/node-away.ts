import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { RestateBackend } from "@automatosx/backend-restate";
import { startRestate } from "@automatosx/test-servers/restate";
import { openSqliteStorage } from "@automatosx/workflow";
import { AgentNotes } from "../src/harness/AgentNotes.ts";
import { RestateWorkers } from "../src/restate/RestateWorkers.ts";
import { ATTEMPTS, fanOut, IN_FLIGHT } from "../../reliability/src/restate/fan-out.ts";
import { recordedTwice, startedTwice, differing } from "../../reliability/src/restate/count-faults.ts";

const which = process.argv[2] ?? "1"; // index of the node that dies
const back = process.argv[3] === "back";
const folder = mkdtempSync(join(tmpdir(), "axw-away-"));
const log = join(folder, "notes.jsonl");
const notes = new AgentNotes(log);
const server = await startRestate({ nodes: 3 });
const sink = join(folder, "workflow.db");
openSqliteStorage({ path: sink }).close();
const storage = openSqliteStorage({ path: sink, readOnly: true });
const { ingressUrl: url, adminUrl } = server;
const workers = await RestateWorkers.start({ workers: 2, nodes: 3 }, { folder, log, adminUrl, ingressUrl: url, sink, fault: undefined });
const backend = await RestateBackend.open({ url, adminUrl, pollMs: 50 });
const untilTrue = async (what: string, f: () => any, ms = 180_000) => { for (const end = Date.now() + ms; !(await f()); await delay(50)) if (Date.now() > end) throw new Error(`not: ${what}`); };
try {
  const runs = await Promise.all([0, 1, 2, 3].map((n) => backend.start(fanOut(), { runId: `r${n}` })));
  const started = (runId?: string) => notes.read().filter((n: any) => n.what === "started" && (runId === undefined || n.runId === runId));
  await untilTrue("in flight", () => started().length >= 4 * (IN_FLIGHT + 1));
  const before = new Map(runs.map(({ id }) => [id, [...storage.readJournal(id)]]));
  await server.nodes[Number(which)]!.kill();
  const t = performance.now();
  console.log(`node ${which} killed`);
  if (back) { await delay(5000); await server.nodes[Number(which)]!.restart(); console.log("back"); }
  for (const { id } of runs) {
    await untilTrue(`${id} completed`, async () => (await backend.get(id).catch(() => undefined))?.status === "completed").catch((e) => console.log(String(e)));
    const stored = [...storage.readJournal(id)];
    const served: any[] = [];
    try { for await (const row of backend.journal(id)) served.push(row); } catch (e) { console.log(String(e)); }
    const s = (await backend.get(id).catch((e) => String(e))) as any;
    console.log(id, s?.status ?? s, `${((performance.now() - t) / 1000).toFixed(1)} s, attempts ${started(id).length} of ${ATTEMPTS}, recorded twice ${recordedTwice(stored)}, started twice ${startedTwice(notes.read().filter((n: any) => n.runId === id))}, differing ${differing(before.get(id)!, stored.slice(0, before.get(id)!.length))} + ${differing(stored, served)}`);
  }
} finally {
  await workers[Symbol.asyncDispose]();
  await backend[Symbol.asyncDispose]?.();
  await server[Symbol.asyncDispose]();
  storage.close(); notes.close?.();
  rmSync(folder, { recursive: true, force: true });
}
