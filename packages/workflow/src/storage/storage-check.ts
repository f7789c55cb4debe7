import { withMethods } from "../checks/option-checks.js";

/** A storage, recognised by the methods that every call begins with. */
export const storagePort = withMethods(
  "a storage, such as the result of `openSqliteStorage`",
  "commit",
  "getRun",
  "listRuns",
  "readJournal",
);
