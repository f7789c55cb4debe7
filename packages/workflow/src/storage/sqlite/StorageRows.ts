import { AgentProcessDAO } from "./AgentProcessDAO.js";
import { ArtifactDAO } from "./ArtifactDAO.js";
import { CheckpointDAO } from "./CheckpointDAO.js";
import { ClaimableDAO } from "./ClaimableDAO.js";
import { InboxDAO } from "./InboxDAO.js";
import { JournalDAO } from "./JournalDAO.js";
import { LeaseDAO } from "./LeaseDAO.js";
import { LogDAO } from "./LogDAO.js";
import { NoticeDAO } from "./NoticeDAO.js";
import type { Database } from "./open-database.js";
import { ResultCacheDAO } from "./ResultCacheDAO.js";
import { RetentionDAO } from "./RetentionDAO.js";
import { RunChangeDAO } from "./RunChangeDAO.js";
import { RunPageDAO } from "./RunPageDAO.js";
import { RunRemovalDAO } from "./RunRemovalDAO.js";
import { RunTotalsDAO } from "./RunTotalsDAO.js";
import { TraceDAO } from "./TraceDAO.js";
import { WorkflowDAO } from "./WorkflowDAO.js";

/**
 * The rows of a database, by kind. The statements of a kind are prepared when the kind is first
 * used: a process that shows one run needs a third of them.
 */
export class StorageRows {
  readonly workflows: WorkflowDAO;
  readonly journal: JournalDAO;
  readonly #database: Database;
  #checkpoints: CheckpointDAO | undefined;
  #artifacts: ArtifactDAO | undefined;
  #claimable: ClaimableDAO | undefined;
  #leases: LeaseDAO | undefined;
  #processes: AgentProcessDAO | undefined;
  #inbox: InboxDAO | undefined;
  #logs: LogDAO | undefined;
  #retention: RetentionDAO | undefined;
  #removal: RunRemovalDAO | undefined;
  #runPages: RunPageDAO | undefined;
  #runChanges: RunChangeDAO | undefined;
  #cache: ResultCacheDAO | undefined;
  #notices: NoticeDAO | undefined;
  #traces: TraceDAO | undefined;
  #totals: RunTotalsDAO | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.workflows = new WorkflowDAO(database);
    this.journal = new JournalDAO(database);
  }

  get checkpoints(): CheckpointDAO {
    this.#checkpoints ??= new CheckpointDAO(this.#database);
    return this.#checkpoints;
  }

  get artifacts(): ArtifactDAO {
    this.#artifacts ??= new ArtifactDAO(this.#database);
    return this.#artifacts;
  }

  get claimable(): ClaimableDAO {
    this.#claimable ??= new ClaimableDAO(this.#database);
    return this.#claimable;
  }

  get leases(): LeaseDAO {
    this.#leases ??= new LeaseDAO(this.#database);
    return this.#leases;
  }

  get processes(): AgentProcessDAO {
    this.#processes ??= new AgentProcessDAO(this.#database);
    return this.#processes;
  }

  get inbox(): InboxDAO {
    this.#inbox ??= new InboxDAO(this.#database);
    return this.#inbox;
  }

  get logs(): LogDAO {
    this.#logs ??= new LogDAO(this.#database);
    return this.#logs;
  }

  get retention(): RetentionDAO {
    this.#retention ??= new RetentionDAO(this.#database);
    return this.#retention;
  }

  get runPages(): RunPageDAO {
    this.#runPages ??= new RunPageDAO(this.#database);
    return this.#runPages;
  }

  get runChanges(): RunChangeDAO {
    this.#runChanges ??= new RunChangeDAO(this.#database);
    return this.#runChanges;
  }

  get cache(): ResultCacheDAO {
    this.#cache ??= new ResultCacheDAO(this.#database);
    return this.#cache;
  }

  get notices(): NoticeDAO {
    this.#notices ??= new NoticeDAO(this.#database);
    return this.#notices;
  }

  get traces(): TraceDAO {
    this.#traces ??= new TraceDAO(this.#database);
    return this.#traces;
  }

  get totals(): RunTotalsDAO {
    this.#totals ??= new RunTotalsDAO(this.#database);
    return this.#totals;
  }

  get removal(): RunRemovalDAO {
    this.#removal ??= new RunRemovalDAO(this.#database);
    return this.#removal;
  }
}
