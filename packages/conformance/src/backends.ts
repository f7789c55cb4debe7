import type { MakeHarness } from "@automatosx/workflow/testing";

/** How each backend is started for a case. Only what is played is loaded. */
export const BACKENDS = {
  sqlite: async () => (await import("./sqlite-harness.ts")).sqliteHarness,
  postgres: async () => (await import("./postgres-harness.ts")).postgresHarness,
  restate: async () => (await import("./restate-harness.ts")).restateHarness,
} satisfies Readonly<Record<string, () => Promise<MakeHarness>>>;

export type BackendName = keyof typeof BACKENDS;

export function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name);
}
