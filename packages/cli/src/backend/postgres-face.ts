import type { StoragePort } from "@automatosx/workflow/observe";

/** What the command line uses of @automatosx/backend-postgres. */
export type PostgresFace = typeof import("@automatosx/backend-postgres") & {
  openPostgresStorage(options: {
    readonly url: string;
    readonly readOnly?: boolean;
    readonly create?: boolean;
    /** How long a synchronous call may wait for the server, in ms. */
    readonly waitMs?: number;
    readonly applicationName?: string;
  }): Promise<StoragePort>;
};
