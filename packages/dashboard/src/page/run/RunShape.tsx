import type { VNode } from "preact";

const ROWS = 8;

/** The shape of the screen while it loads; nothing at all at first. */
export function RunShape({ isShown }: { readonly isShown: boolean }): VNode {
  return (
    <main class="run-page" id="main" tabIndex={-1} aria-busy="true">
      {isShown && (
        <>
          <section class="run-head" aria-label="Run">
            <p class="vh">The run is loading.</p>
            <p class="shape wide" />
            <p class="shape" />
          </section>
          <div class="strips" />
          <section class="left" aria-hidden="true">
            <div class="graph" />
            {Array.from({ length: ROWS }, (_, index) => (
              <p key={index} class="shape row" />
            ))}
          </section>
          <aside class="insp" aria-hidden="true" />
        </>
      )}
    </main>
  );
}
