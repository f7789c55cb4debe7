import type { MakeHarness } from "@automatosx/workflow/testing";

/** How each backend is started for a case. */
export interface BackendUnderTest {
  readonly makeHarness: MakeHarness;
  /** Ends what the cases shared. */
  readonly end?: () => Promise<void>;
}

/** The backends. Only what is played is loaded. */
export const BACKENDS = {
  sqlite: async () => {
    const { sqliteHarness } = await import("./sqlite-harness.ts");
    return { makeHarness: (setup) => sqliteHarness(setup) };
  },
  postgres: async () => {
    const { endPostgres, postgresHarness } = await import("./postgres-harness.ts");
    return { makeHarness: (setup) => postgresHarness(setup), end: endPostgres };
  },
  restate: async () => {
    const { restateHarness } = await import("./restate-harness.ts");
    return { makeHarness: (setup) => restateHarness(setup) };
  },
} satisfies Readonly<Record<string, () => Promise<BackendUnderTest>>>;

export type BackendName = keyof typeof BACKENDS;

export function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name);
}
