/**
 * The closed registry of errors. Every error the agent can raise has a code here, a sentence, and what
 * to do about it; call sites add what was got and what was allowed. Nothing else is thrown on purpose.
 */

interface ErrorEntry {
  readonly says: string;
  readonly fix: string;
}

const entries = {
  UNIT_OUT_OF_RANGE: {
    says: "A value is outside the range of its unit",
    fix: "Pass a value inside the allowed range.",
  },

  // Client: addresses, messages, sending.
  ADDRESS_INVALID: {
    says: "This is not a recipient's address",
    fix: "Ask the recipient for its address again and copy it whole.",
  },
  MESSAGE_TOO_LONG: {
    says: "A message between sender and recipient does not fit one packet",
    fix: "Send fewer bytes or fewer reply blocks in one packet.",
  },
  FILE_NAME_INVALID: {
    says: "The file's name cannot travel with it",
    fix: "Rename the file, or send it without a name.",
  },
  SEND_INCOMPLETE: {
    says: "The recipient did not confirm the whole message",
    fix: "Send it again; if this repeats, check that the recipient is connected and that your channels are funded.",
  },
  SEND_REFUSED: {
    says: "The recipient refused the message",
    fix: "Send a smaller file, or ask the recipient to raise its limit.",
  },
  SEND_HASH_MISMATCH: {
    says: "The recipient holds other bytes than were sent",
    fix: "Send the file again and report this: it should be impossible.",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof entries;

/** What a call site knows: the thing concerned, the value got, the values allowed. Never put a secret or a packet here. */
export interface ErrorContext {
  readonly what?: string;
  readonly got?: unknown;
  readonly allowed?: unknown;
  readonly cause?: unknown;
}

/** The only error class of the agent; `code` is stable and documented, `fix` says what to do. */
export class WaybillError extends Error {
  readonly code: ErrorCode;
  readonly context: ErrorContext;
  readonly fix: string;

  constructor(code: ErrorCode, context: ErrorContext = {}) {
    const entry: ErrorEntry = entries[code];
    const what = context.what === undefined ? "" : ` (${context.what})`;
    const got = context.got === undefined ? "" : `; got ${String(context.got)}`;
    const allowed = context.allowed === undefined ? "" : `; allowed: ${String(context.allowed)}`;
    super(`${entry.says}${what}${got}${allowed}. ${entry.fix}`, { cause: context.cause });
    this.name = "WaybillError";
    this.code = code;
    this.context = context;
    this.fix = entry.fix;
  }
}

/** True when `error` is a WaybillError with that code. */
export function hasCode(error: unknown, code: ErrorCode): error is WaybillError {
  return error instanceof WaybillError && error.code === code;
}
