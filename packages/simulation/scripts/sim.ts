// `npm run sim`: runs the simulation, part by part.
import { readFlags } from "../../../scripts/read-flags.ts";
import { coreParts } from "./core-parts.ts";
import { engineParts } from "./engine-parts.ts";
import type { Part } from "./part.ts";
import { runParts } from "./run-parts.ts";

const parts: readonly Part[] = [...coreParts, ...engineParts];

const values = readFlags(
  `npm run sim -- [--full] [--part NAME] [--seed N] [--seeds N] [--from N]
  --full        the long form
  --part NAME   only this part, may be repeated: ${parts.map((part) => part.name).join(", ")}
  --seed N      one seed, line by line
  --seeds N     so many seeds
  --from N      the first of them`,
  {
    full: { type: "boolean", default: false },
    part: { type: "string", multiple: true },
    seed: { type: "string" },
    seeds: { type: "string" },
    from: { type: "string" },
  },
);

function wholeNumber(name: "seed" | "seeds" | "from"): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  console.error(`--${name} takes a whole number above 0, not ${text}`);
  process.exit(2);
}

const [seed, seedCount, firstSeed] = [
  wholeNumber("seed"),
  wholeNumber("seeds"),
  wholeNumber("from"),
];
process.exitCode = await runParts(
  parts,
  {
    full: values.full,
    ...(values.part !== undefined && { only: values.part }),
    ...(seed !== undefined && { seed }),
    ...(seedCount !== undefined && { seedCount }),
    ...(firstSeed !== undefined && { firstSeed }),
  },
  (line) => console.log(line),
);
