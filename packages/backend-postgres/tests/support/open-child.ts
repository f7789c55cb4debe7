// A process that opens a database and says its identity. Run by Node from the built package.
import { openPostgresStorage } from "../../dist/index.js";

const storage = await openPostgresStorage({ url: process.argv[2] ?? "" });
process.stdout.write(storage.databaseId);
storage.close();
