// `npm run sim`: runs the simulation, part by part.
import { readFlags } from "../../../scripts/read-flags.ts";
import { coreParts } from "./core-parts.ts";
import { engineParts } from "./engine-parts.ts";
import { hostsParts } from "./hosts-parts.ts";
import type { Part } from "./part.ts";
import { runParts } from "./run-parts.ts";

const parts: readonly Part[] = [...coreParts, ...engineParts, ...hostsParts];

const values = readFlags(
  `npm run sim -- [--full] [--part NAME] [--seed N] [--seeds N] [--from N]
  --full        the long form, which takes a night
  --part NAME   this part only; may be repeated: ${parts.map((part) => part.name).join(", ")}
  --seed N      one seed, line by line
  --seeds N     try N seeds
  --from N      the first seed`,
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
  console.error(`--${name} must be a whole number above 0; ${text} is not.`);
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
