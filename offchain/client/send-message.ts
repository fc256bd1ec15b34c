/**
 * Sends one message of any size: every fragment once over its own route, at random moments with a given
 * mean rate, then asks the recipient through reply blocks what is missing and repeats just that on fresh
 * routes, a bounded number of rounds. The recipient's last report carries the hash of what it holds.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { bytesToHex, equalBytes } from "../core/bytes.ts";
import { hasCode, WaybillError } from "../core/errors.ts";
import { millis, type Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import { decodeAddressBytes, type RecipientAddress } from "./address.ts";
import type { Courier, ReplyBlock } from "./courier.ts";
import {
  decodeMessage,
  encodeMessage,
  FRAGMENT_DATA,
  MAX_SURBS,
  MESSAGE_ID_LENGTH,
  type MissingRange,
  type Report,
} from "./messages.ts";

export interface SendOptions {
  /** Mean rate of fragments; gaps are exponential. */
  readonly packetsPerSecond: number;
  /** How long to wait for fragments under way before asking, and for the answer to a question. */
  readonly settle: Millis;
  readonly answerTimeout: Millis;
  /** Rounds of asking and repeating before giving up. */
  readonly maxRounds: number;
  readonly onProgress?: (progress: SendProgress) => void;
}

export interface SendProgress {
  readonly fragments: number;
  /** Fragment packets sent, repeats included. */
  readonly sent: number;
  /** Fragments that the recipient has reported as received. */
  readonly reported: number;
  readonly round: number;
}

export interface SendResult {
  readonly messageId: string;
  readonly sha256: string;
  readonly fragments: number;
  readonly packetsSent: number;
  readonly repeats: number;
  readonly rounds: number;
}

/** How often a sender looks for a way to the recipient, and how many times before it gives the round up. */
const WAY_POLL = millis(100);
const WAY_LOOKS = 300;

interface Job {
  readonly courier: Courier;
  readonly clock: Clock;
  readonly random: Random;
  readonly options: SendOptions;
  readonly messageId: Uint8Array;
  readonly message: Uint8Array;
  readonly total: number;
  to: RecipientAddress;
  /** A question for a fresh address is under way. */
  refreshing: boolean;
  sent: number;
  reported: number;
  round: number;
}

const fragmentsOf = (length: number): number => Math.max(1, Math.ceil(length / FRAGMENT_DATA));

/** Packets that a message of so many bytes takes when nothing is lost: its fragments and one question. */
export const leastPackets = (length: number): number => fragmentsOf(length) + 1;

/** Resolves when the recipient has confirmed the message's hash; rejects with SEND_INCOMPLETE otherwise. */
export async function sendMessage(
  parts: { readonly courier: Courier; readonly clock: Clock; readonly random: Random },
  to: RecipientAddress,
  message: Uint8Array,
  options: SendOptions,
): Promise<SendResult> {
  const job: Job = {
    ...parts,
    options,
    messageId: parts.random.bytes(MESSAGE_ID_LENGTH),
    message,
    total: fragmentsOf(message.length),
    to,
    refreshing: false,
    sent: 0,
    reported: 0,
    round: 0,
  };
  const expected = sha256(message);
  let missing: readonly MissingRange[] = [{ first: 0, count: job.total }];
  while (job.round < options.maxRounds) {
    job.round += 1;
    await sendFragments(job, missing);
    await sleep(job.clock, options.settle);
    const report = await ask(job);
    if (report === undefined) {
      missing = [];
      continue;
    }
    adoptAddress(job, report);
    job.reported = report.received;
    progress(job);
    if (report.state === "complete") return finish(job, report, expected);
    if (report.state === "refused")
      throw new WaybillError("SEND_REFUSED", { what: "message size", got: message.length });
    missing = report.state === "unknown" ? [{ first: 0, count: job.total }] : report.missing;
  }
  throw new WaybillError("SEND_INCOMPLETE", {
    got: `${job.reported} of ${job.total} fragments reported after ${job.round} rounds`,
    allowed: "all of them",
  });
}

function finish(job: Job, report: Report, expected: Uint8Array): SendResult {
  if (!equalBytes(report.sha256, expected))
    throw new WaybillError("SEND_HASH_MISMATCH", {
      got: bytesToHex(report.sha256),
      allowed: bytesToHex(expected),
    });
  return {
    messageId: bytesToHex(job.messageId),
    sha256: bytesToHex(expected),
    fragments: job.total,
    packetsSent: job.sent,
    repeats: job.sent - job.total,
    rounds: job.round,
  };
}

/** Those that are left when no way comes back are reported as missing in a later round. */
async function sendFragments(job: Job, ranges: readonly MissingRange[]): Promise<void> {
  const underway: Promise<unknown>[] = [];
  for (const index of indexesIn(ranges, job.total)) {
    refreshAddress(job);
    await sleep(job.clock, exponentialGap(job));
    if (!(await findsWay(job))) break;
    underway.push(job.courier.send(job.to, fragmentPayload(job, index)));
    job.sent += 1;
    progress(job);
  }
  await Promise.all(underway);
}

function* indexesIn(ranges: readonly MissingRange[], total: number): Generator<number> {
  for (const { first, count } of ranges)
    for (let index = first; index < Math.min(first + count, total); index++) yield index;
}

function fragmentPayload(job: Job, index: number): Uint8Array {
  return encodeMessage({
    kind: "fragment",
    messageId: job.messageId,
    index,
    total: job.total,
    data: job.message.subarray(index * FRAGMENT_DATA, (index + 1) * FRAGMENT_DATA),
  });
}

/** Waits for a way to the recipient while there is none; false when none comes. */
async function findsWay(job: Job): Promise<boolean> {
  for (let looks = 0; !job.courier.reaches(job.to); looks++) {
    if (looks === WAY_LOOKS) return false;
    await sleep(job.clock, WAY_POLL);
  }
  return true;
}

/**
 * An address holds for its era. When that is over, a question beside the fragments brings a fresh one, while
 * relays still take packets of the era before.
 */
function refreshAddress(job: Job): void {
  const era = job.courier.era();
  if (job.refreshing || era === undefined || era <= job.to.untilEra) return;
  job.refreshing = true;
  void ask(job)
    .then((report) => {
      if (report !== undefined) adoptAddress(job, report);
    })
    // The question at the end of the round meets the same fault, and tells it.
    .catch(() => undefined)
    .finally(() => {
      job.refreshing = false;
    });
}

/** One question with as many reply blocks as fit; the first good answer wins, none within the time is undefined. */
async function ask(job: Job): Promise<Report | undefined> {
  await findsWay(job);
  const { promise, resolve } = Promise.withResolvers<Report | undefined>();
  const blocks = replyBlocks(job, resolve);
  const cancel = job.clock.after(job.options.answerTimeout, () => {
    resolve(undefined);
  });
  if (blocks.length > 0) {
    const surbs = blocks.map((block) => block.surb);
    void job.courier.send(
      job.to,
      encodeMessage({ kind: "query", messageId: job.messageId, surbs }),
    );
  }
  const report = await promise;
  cancel();
  for (const block of blocks) block.forget();
  return report;
}

/** None while there is no way back, for example at the edge of an era: then this round stays without an answer. */
function replyBlocks(job: Job, onReport: (report: Report) => void): readonly ReplyBlock[] {
  try {
    return Array.from({ length: MAX_SURBS }, () =>
      job.courier.createReplyBlock((payload) => {
        const report = decodeMessage(payload);
        if (report?.kind === "report" && equalBytes(report.messageId, job.messageId))
          onReport(report);
      }),
    );
  } catch (error) {
    if (hasCode(error, "ROUTE_NONE") || hasCode(error, "ERA_WITHOUT_LAYERS")) return [];
    throw error;
  }
}

/** A recipient may move its connections; an answer that was long under way may hold an old address. */
function adoptAddress(job: Job, report: Report): void {
  if (report.address.length === 0) return;
  const address = decodeAddressBytes(report.address);
  if (address.untilEra >= job.to.untilEra) job.to = address;
}

function exponentialGap(job: Job): Millis {
  const uniform = new DataView(job.random.bytes(8).buffer).getUint32(0) / 2 ** 32;
  return millis((-Math.log(1 - uniform) * 1000) / job.options.packetsPerSecond);
}

function sleep(clock: Clock, delay: Millis): Promise<void> {
  return new Promise((resolve) => clock.after(delay, resolve));
}

function progress(job: Job): void {
  job.options.onProgress?.({
    fragments: job.total,
    sent: job.sent,
    reported: job.reported,
    round: job.round,
  });
}
