/** Runs of the AutomatosX workflow engine on Restate. */
export {};
