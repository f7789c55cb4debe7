import type { BackendHarness, HarnessSetup } from "@automatosx/workflow/testing";

export function postgresHarness(_setup: HarnessSetup): Promise<BackendHarness> {
  return Promise.reject(new Error("not written"));
}
