/** The answers' types, short names. */
import type { components, operations } from "../api/types.ts";

export type Schemas = components["schemas"];
export type OperationId = keyof operations;
