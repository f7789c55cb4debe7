// Runs worlds of hosts with an engine that has a bug: it believes that a lease lasts from the
// instant of the answer to a renewal, instead of the instant before the renewal was sent. Prints
// the failures of the first seed that finds it.
import { registerHooks } from "node:module";

const SOUND = "if (held !== void 0) this.#renewed(asked, held, until);";
const BUG = SOUND.replace("until)", "this.#host.clock.now() + times.leaseMs)");
let planted = 0;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.includes("/workflow/dist/") || !url.endsWith(".js")) return loaded;
    const text = Buffer.from(loaded.source ?? "").toString();
    if (!text.includes(SOUND)) return loaded;
    planted += 1;
    return { ...loaded, source: text.replace(SOUND, BUG) };
  },
});

const { Databases, runHostsSeed } = await import("@automatosx/simulation");
if (planted !== 1) throw new Error(`The bug was planted ${planted} times.`);
const databases = new Databases();
let report;
for (let seed = 1; seed <= Number(process.argv[2]); seed += 1) {
  report = await runHostsSeed({ seed, databases });
  if (!report.ok) break;
}
databases.close();
process.stdout.write(JSON.stringify({ seed: report.seed, failures: report.failures.slice(0, 1) }));
