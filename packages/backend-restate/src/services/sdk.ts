import * as restate from "@restatedev/restate-sdk";

/** The one module that loads the SDK. */
export { restate };
