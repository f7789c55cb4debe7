import type { ComponentChildren, VNode } from "preact";
import type { Loaded } from "./load.js";
import { Problem } from "./Problem.jsx";

/**
 * A part of a screen that is read from the server: nothing at first, then its shape, then its
 * content. If a later request fails, the content stays below the problem.
 */
export function LoadedPart<T>(props: {
  readonly loaded: Loaded<T>;
  /** The height of the shape in rows. */
  readonly rows?: number;
  readonly children: (value: T) => ComponentChildren;
}): VNode {
  const { loaded, rows = 6, children } = props;
  const { value, problem, isSlow, isStale, reload } = loaded;
  return (
    <>
      {problem !== undefined && <Problem problem={problem} onRetry={reload} />}
      {value !== undefined && (
        <div class={isStale ? "stale" : ""} aria-busy={isStale}>
          {children(value)}
        </div>
      )}
      {isSlow && problem === undefined && <Shape rows={rows} />}
    </>
  );
}

/** The shape of rows that are loading. */
function Shape({ rows }: { readonly rows: number }): VNode {
  return (
    <div class="card" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <div class="shape-row" key={row}>
          <div class="shape" style={{ width: `${40 + ((row * 17) % 30)}%` }} />
        </div>
      ))}
    </div>
  );
}
