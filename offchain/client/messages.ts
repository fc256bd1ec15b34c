/**
 * What sender and recipient say to each other inside the 2,048 usable bytes of a packet.
 *
 * - fragment: `1 ‖ messageId(16) ‖ index(4) ‖ total(4) ‖ data`
 * - query:    `2 ‖ messageId(16) ‖ count(1) ‖ count × reply block(706)`
 * - report:   `3 ‖ messageId(16) ‖ state(1) ‖ received(4) ‖ sha256(32) ‖ addressLength(2) ‖ address ‖ n(2) ‖ n × (first(4) ‖ count(4))`
 *
 * A report travels through a reply block; its ranges name the fragments still missing, as many as fit.
 */
import { WaybillError } from "../core/errors.ts";
import { SURB_LENGTH, USABLE_PAYLOAD } from "../core/sphinx/index.ts";

export const MESSAGE_ID_LENGTH = 16;
const FRAGMENT_HEAD = 1 + MESSAGE_ID_LENGTH + 4 + 4;
/** Data bytes in a full fragment. */
export const FRAGMENT_DATA = USABLE_PAYLOAD - FRAGMENT_HEAD;
const QUERY_HEAD = 1 + MESSAGE_ID_LENGTH + 1;
/** Reply blocks that fit in one query. */
export const MAX_SURBS = Math.floor((USABLE_PAYLOAD - QUERY_HEAD) / SURB_LENGTH);
const REPORT_HEAD = 1 + MESSAGE_ID_LENGTH + 1 + 4 + 32 + 2;
const RANGE_LENGTH = 8;

export interface Fragment {
  readonly kind: "fragment";
  readonly messageId: Uint8Array;
  readonly index: number;
  readonly total: number;
  readonly data: Uint8Array;
}

export interface Query {
  readonly kind: "query";
  readonly messageId: Uint8Array;
  readonly surbs: readonly Uint8Array[];
}

/** `unknown`: no fragment seen; `refused`: larger than the recipient takes; `complete`: `sha256` is of the whole message. */
export type ReportState = "unknown" | "incomplete" | "complete" | "refused";

export interface MissingRange {
  readonly first: number;
  readonly count: number;
}

export interface Report {
  readonly kind: "report";
  readonly messageId: Uint8Array;
  readonly state: ReportState;
  /** Fragments received so far. */
  readonly received: number;
  /** 32 bytes; zero unless complete. */
  readonly sha256: Uint8Array;
  /** A fresh address of the recipient in binary form; empty when unchanged. */
  readonly address: Uint8Array;
  readonly missing: readonly MissingRange[];
}

export type ClientMessage = Fragment | Query | Report;

const STATES: readonly ReportState[] = ["unknown", "incomplete", "complete", "refused"];

export function encodeMessage(message: ClientMessage): Uint8Array {
  switch (message.kind) {
    case "fragment":
      return encodeFragment(message);
    case "query":
      return encodeQuery(message);
    case "report":
      return encodeReport(message);
  }
}

/** Undefined for anything malformed: it came from a stranger, so it is counted, not thrown. */
export function decodeMessage(bytes: Uint8Array): ClientMessage | undefined {
  if (bytes.length < 1 + MESSAGE_ID_LENGTH) return undefined;
  switch (bytes[0]) {
    case 1:
      return decodeFragment(bytes);
    case 2:
      return decodeQuery(bytes);
    case 3:
      return decodeReport(bytes);
    case undefined:
    default:
      return undefined;
  }
}

function head(kind: number, messageId: Uint8Array, length: number): [Uint8Array, DataView] {
  if (length > USABLE_PAYLOAD)
    throw new WaybillError("MESSAGE_TOO_LONG", {
      got: length,
      allowed: `≤ ${USABLE_PAYLOAD} bytes`,
    });
  const bytes = new Uint8Array(length);
  bytes[0] = kind;
  bytes.set(messageId, 1);
  return [bytes, new DataView(bytes.buffer)];
}

const view = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const idOf = (bytes: Uint8Array): Uint8Array => bytes.slice(1, 1 + MESSAGE_ID_LENGTH);

function encodeFragment(fragment: Fragment): Uint8Array {
  const [bytes, data] = head(1, fragment.messageId, FRAGMENT_HEAD + fragment.data.length);
  data.setUint32(17, fragment.index);
  data.setUint32(21, fragment.total);
  bytes.set(fragment.data, FRAGMENT_HEAD);
  return bytes;
}

function decodeFragment(bytes: Uint8Array): Fragment | undefined {
  if (bytes.length < FRAGMENT_HEAD) return undefined;
  const data = view(bytes);
  const index = data.getUint32(17);
  const total = data.getUint32(21);
  const isLast = index === total - 1;
  const dataLength = bytes.length - FRAGMENT_HEAD;
  if (index >= total || (!isLast && dataLength !== FRAGMENT_DATA)) return undefined;
  return {
    kind: "fragment",
    messageId: idOf(bytes),
    index,
    total,
    data: bytes.slice(FRAGMENT_HEAD),
  };
}

function encodeQuery(query: Query): Uint8Array {
  const [bytes] = head(2, query.messageId, QUERY_HEAD + SURB_LENGTH * query.surbs.length);
  bytes[17] = query.surbs.length;
  query.surbs.forEach((surb, i) => {
    bytes.set(surb, QUERY_HEAD + SURB_LENGTH * i);
  });
  return bytes;
}

function decodeQuery(bytes: Uint8Array): Query | undefined {
  const count = bytes[17] ?? 0;
  if (count < 1 || bytes.length !== QUERY_HEAD + SURB_LENGTH * count) return undefined;
  const surbs = Array.from({ length: count }, (_, i) =>
    bytes.slice(QUERY_HEAD + SURB_LENGTH * i, QUERY_HEAD + SURB_LENGTH * (i + 1)),
  );
  return { kind: "query", messageId: idOf(bytes), surbs };
}

function encodeReport(report: Report): Uint8Array {
  const rangesAt = REPORT_HEAD + report.address.length + 2;
  const room = Math.floor((USABLE_PAYLOAD - rangesAt) / RANGE_LENGTH);
  const ranges = report.missing.slice(0, room);
  const [bytes, data] = head(3, report.messageId, rangesAt + RANGE_LENGTH * ranges.length);
  bytes[17] = STATES.indexOf(report.state);
  data.setUint32(18, report.received);
  bytes.set(report.sha256, 22);
  data.setUint16(54, report.address.length);
  bytes.set(report.address, REPORT_HEAD);
  data.setUint16(rangesAt - 2, ranges.length);
  ranges.forEach((range, i) => {
    data.setUint32(rangesAt + RANGE_LENGTH * i, range.first);
    data.setUint32(rangesAt + RANGE_LENGTH * i + 4, range.count);
  });
  return bytes;
}

function decodeReport(bytes: Uint8Array): Report | undefined {
  if (bytes.length < REPORT_HEAD + 2) return undefined;
  const data = view(bytes);
  const state = STATES[data.getUint8(17)];
  const rangesAt = REPORT_HEAD + data.getUint16(54) + 2;
  if (state === undefined || bytes.length < rangesAt) return undefined;
  const ranges = data.getUint16(rangesAt - 2);
  if (bytes.length !== rangesAt + RANGE_LENGTH * ranges) return undefined;
  const missing = Array.from({ length: ranges }, (_, i) => ({
    first: data.getUint32(rangesAt + RANGE_LENGTH * i),
    count: data.getUint32(rangesAt + RANGE_LENGTH * i + 4),
  }));
  if (!areApart(missing)) return undefined;
  return {
    kind: "report",
    messageId: idOf(bytes),
    state,
    received: data.getUint32(18),
    sha256: bytes.slice(22, 54),
    address: bytes.slice(REPORT_HEAD, rangesAt - 2),
    missing,
  };
}

/** Ascending, none empty, none over another: what is named once is paid for once. */
function areApart(ranges: readonly MissingRange[]): boolean {
  let end = 0;
  for (const { first, count } of ranges) {
    if (first < end || count === 0) return false;
    end = first + count;
  }
  return true;
}
