/** One thing that was looked at. */
import { WaybillError } from "../../core/errors.ts";

export interface Finding {
  readonly check: string;
  /** A warning is worth knowing; with a problem the node will not do its work. */
  readonly verdict: "ok" | "warning" | "problem";
  readonly text: string;
  /** What to do about it. */
  readonly todo?: string;
}

export const fine = (check: string, text: string): Finding => ({ check, verdict: "ok", text });

export const warning = (check: string, text: string, todo: string): Finding => ({
  ...{ check, verdict: "warning", text, todo },
});

export const problem = (check: string, text: string, todo: string): Finding => ({
  ...{ check, verdict: "problem", text, todo },
});

/** What `error` says and what it says to do. Throws it again when it is none of the known ones. */
export function failed(check: string, error: unknown): Finding {
  if (!(error instanceof WaybillError)) throw error;
  const said = error.message.slice(0, -error.fix.length).trim().replace(/\.$/, "");
  return problem(check, said, error.fix);
}
