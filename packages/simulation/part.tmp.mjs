import { enginePart } from "./dist/engine/index.js";
const r = await enginePart.run({ full: false, seedCount: Number(process.argv[2] ?? 20000), firstSeed: Number(process.argv[3] ?? 1) });
console.log(r.lines.join("\n")); console.log(r.failures.join("\n"));
