import { Databases, runEngineSeed as runSeed } from "./dist/engine/index.js";
const d = new Databases();
const r = await runSeed({ seed: Number(process.argv[2]), databases: d });
console.log(r.faults, r.failures); console.log(r.trace.slice(0, Number(process.argv[3] ?? 60)).join("\n")); d.close();
