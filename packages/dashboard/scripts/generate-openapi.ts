// Writes openapi.json from the schemas of the API. Run after a build.
import { writeFileSync } from "node:fs";
import { openApiDocument } from "../dist/index.js";

const file = new URL("../openapi.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
