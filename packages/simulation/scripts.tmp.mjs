import { Databases, runEngineSeed as runSeed } from "./dist/engine/index.js";
const [from, n] = process.argv.slice(2).map(Number);
const d = new Databases();
const t = performance.now();
let bad = 0; const ends = {}; let fired=0;
for (let seed = from; seed < from + n; seed++) {
  const r = await runSeed({ seed, databases: d });
  fired+=r.firedCount;
  for (const e of r.endings) ends[e] = (ends[e] ?? 0) + 1;
  if (!r.ok) { bad++; if (bad <= 3) { console.log("SEED", seed, r.faults, r.failures.slice(0,3)); if (bad<=1||process.argv[4]) console.log(r.trace.slice(-70).join("\n")); } }
}
console.log({ n, bad, ends, fired, msPerSeed: (performance.now() - t) / n });
d.close();
console.log({maxH: globalThis.maxH, maxP: globalThis.maxP, avg: (globalThis.hs??[]).reduce((a,b)=>a+b,0)/n, p99: (globalThis.hs??[]).sort((a,b)=>a-b)[Math.floor(n*.99)]});
