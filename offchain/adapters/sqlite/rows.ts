/** Typed reading of query results; the row types state what the queries beside them select. */
import type { SQLInputValue, StatementSync } from "node:sqlite";

export function rows<Row>(statement: StatementSync, ...parameters: SQLInputValue[]): Row[] {
  return statement.all(...parameters) as Row[];
}

export function firstRow<Row>(
  statement: StatementSync,
  ...parameters: SQLInputValue[]
): Row | undefined {
  return statement.get(...parameters) as Row | undefined;
}
