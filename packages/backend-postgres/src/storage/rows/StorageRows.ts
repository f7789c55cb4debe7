import type { Sql } from "../connection/Statement.js";
import { ArtifactRows } from "./ArtifactRows.js";
import { CheckpointRows } from "./CheckpointRows.js";
import { InboxRows } from "./InboxRows.js";
import { LeaseRows } from "./LeaseRows.js";
import { LogRows } from "./LogRows.js";
import { PageRows } from "./PageRows.js";
import { PostgresNotices } from "./PostgresNotices.js";
import { RetentionRows } from "./RetentionRows.js";
import { RunRows } from "./RunRows.js";
import { TelemetryRows } from "./TelemetryRows.js";

/** The statements of a storage, by what they are about, run in one way. */
export class StorageRows {
  readonly runs: RunRows;
  readonly pages: PageRows;
  readonly checkpoints: CheckpointRows;
  readonly leases: LeaseRows;
  readonly inbox: InboxRows;
  readonly logs: LogRows;
  readonly notices: PostgresNotices;
  readonly telemetry: TelemetryRows;
  readonly artifacts: ArtifactRows;
  readonly retention: RetentionRows;

  constructor(sql: Sql, writerId: string, now: () => number) {
    this.runs = new RunRows(sql, now);
    this.pages = new PageRows(sql, this.runs);
    this.checkpoints = new CheckpointRows(sql);
    this.leases = new LeaseRows(sql, now, writerId);
    this.inbox = new InboxRows(sql, writerId);
    this.logs = new LogRows(sql);
    this.notices = new PostgresNotices(sql);
    this.telemetry = new TelemetryRows(sql);
    this.artifacts = new ArtifactRows(sql);
    this.retention = new RetentionRows(sql, this.artifacts);
  }
}
