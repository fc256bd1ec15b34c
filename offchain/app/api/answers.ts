/** Who answers which request: every operation of the description has its line here. */
import type { LogLevels } from "../../adapters/system/log-levels.ts";
import type { Report } from "../report/report.ts";
import type { OperationId } from "./description/openapi.ts";
import type { operations } from "./types.ts";

/** What is no piece of JSON, or needs the token, is answered in server.ts. */
export type JsonId = Exclude<OperationId, "metrics" | "events" | "proof">;

type Answer<Id extends JsonId> = operations[Id]["responses"][200]["content"]["application/json"];
/** With the defaults that the server fills in. */
type Query<Id extends JsonId> = operations[Id]["parameters"] extends {
  readonly query?: infer Named;
}
  ? [NonNullable<Named>] extends [never]
    ? object
    : Required<NonNullable<Named>>
  : object;
type Body<Id extends JsonId> = operations[Id] extends {
  readonly requestBody: { readonly content: { readonly "application/json": infer Taken } };
}
  ? Taken
  : undefined;

export type Answers = {
  readonly [Id in JsonId]: (query: Query<Id>, body: Body<Id>) => Answer<Id> | Promise<Answer<Id>>;
};

export function answersOf(report: Report, levels: LogLevels): Answers {
  return {
    started: () => report.started(),
    ready: () => report.ready(),
    healthy: () => report.healthy(),
    status: () => report.status(),
    endpoints: () => report.endpoints(),
    traffic: ({ spans }) => report.traffic(spans),
    mix: () => report.mix(),
    channels: () => report.channels(),
    tickets: ({ epochs }) => report.tickets(epochs),
    epochs: ({ epochs }) => report.epochs(epochs),
    lottery: () => report.lottery(),
    reliability: () => report.reliability(),
    earnings: ({ epochs }) => report.earnings(epochs),
    journal: ({ entries }) => report.journal(entries),
    transactions: ({ entries }) => report.transactions(entries),
    settings: () => report.settings(),
    logLevels: () => ({ levels: [...levels.list()] }),
    setLogLevel: (_query, level) => {
      levels.set(level);
      return { levels: [...levels.list()] };
    },
  };
}
