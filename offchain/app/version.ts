/** This software's version, as package.json has it: two folders up beside the sources and in the built package alike. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const content = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");

export const VERSION: string = (JSON.parse(content) as { readonly version: string }).version;
