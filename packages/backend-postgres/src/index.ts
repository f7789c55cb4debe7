/** Runs of the AutomatosX workflow engine on PostgreSQL, with attempts spread by a queue. */
export {};
