import { Databases, enginePart, runEngineSeed } from "@automatosx/simulation";
import type { Part, SeedReplay } from "./part.ts";

/** The worlds with the real engine on SQLite, from the built package. */
export const engineParts: readonly Part[] = [{ ...enginePart, replay }];

async function replay(seed: number): Promise<SeedReplay> {
  const databases = new Databases();
  try {
    const { ok, faults, trace, failures } = await runEngineSeed({ seed, databases });
    return {
      lines: [...faults.map((fault) => `fault: ${fault}`), ...trace, ...failures],
      isFailed: !ok,
    };
  } finally {
    databases.close();
  }
}
