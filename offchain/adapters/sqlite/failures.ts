/** What a failure of SQLite means to the agent, and how errors cross the thread border. */
import { WaybillError } from "../../core/errors.ts";
import type { ErrorCode } from "../../core/errors.ts";

/** SQLite's primary result codes (sqlite.org/rescode.html) that say more than "something failed". */
const MEANING: Readonly<Record<number, ErrorCode>> = {
  5: "STORE_LOCKED",
  6: "STORE_LOCKED",
  8: "STORE_READ_ONLY",
  10: "STORE_IO",
  11: "STORE_CORRUPT",
  13: "STORE_FULL",
  14: "STORE_CANNOT_OPEN",
  18: "STORE_BAD_INPUT",
  19: "STORE_BAD_INPUT",
  20: "STORE_BAD_INPUT",
  25: "STORE_BAD_INPUT",
  26: "STORE_CORRUPT",
};

/** What the operating system may answer for the file beside the database, and Node for an unfit value. */
const SYSTEM_MEANING: Readonly<Record<string, ErrorCode>> = {
  EACCES: "STORE_READ_ONLY",
  EPERM: "STORE_READ_ONLY",
  EROFS: "STORE_READ_ONLY",
  ENOSPC: "STORE_FULL",
  EDQUOT: "STORE_FULL",
  ERR_INVALID_ARG_TYPE: "STORE_BAD_INPUT",
  ERR_INVALID_ARG_VALUE: "STORE_BAD_INPUT",
};

interface SqliteFailure extends Error {
  readonly errcode: number;
}

function isSqliteFailure(error: unknown): error is SqliteFailure {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}

/**
 * The WaybillError for anything thrown while working on the database. Only the library's own sentence is kept
 * as cause: bound values never reach an error. What is not understood counts as a failing disk, so that the
 * store stops writing rather than going on in a state nobody foresaw.
 */
export function storeFailure(error: unknown): WaybillError {
  if (error instanceof WaybillError) return error;
  if (isSqliteFailure(error)) {
    const code = MEANING[error.errcode & 0xff] ?? "STORE_IO";
    return new WaybillError(code, { what: error.message, got: `SQLite result ${error.errcode}` });
  }
  if (!(error instanceof Error)) return new WaybillError("STORE_IO");
  const code = "code" in error ? SYSTEM_MEANING[String(error.code)] : undefined;
  return new WaybillError(code ?? "STORE_IO", { what: error.message });
}

/** Codes after which the database must not be written any more: its state on disk is no longer known. */
export function isFatal(error: WaybillError): boolean {
  return error.code === "STORE_IO" || error.code === "STORE_CORRUPT";
}

/** Codes that concern the whole transaction, not only the call that met them. */
export function endsTransaction(error: WaybillError): boolean {
  return isFatal(error) || error.code === "STORE_FULL" || error.code === "STORE_READ_ONLY";
}

/** An error as plain data, for the message channel. */
export interface FailureMessage {
  readonly code: ErrorCode;
  readonly what: string | undefined;
  readonly got: string | undefined;
  readonly allowed: string | undefined;
}

export function toMessage({ code, context }: WaybillError): FailureMessage {
  return { code, what: context.what, got: plain(context.got), allowed: plain(context.allowed) };
}

function plain(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint" ? value.toString() : undefined;
}

export function fromMessage({ code, what, got, allowed }: FailureMessage): WaybillError {
  return new WaybillError(code, {
    ...(what === undefined ? {} : { what }),
    ...(got === undefined ? {} : { got }),
    ...(allowed === undefined ? {} : { allowed }),
  });
}
