/**
 * How the agent shows that it is the one with the token, without saying the token: it answers a challenge with a MAC
 * under it. The address goes into the MAC, so that nobody can stand in another place and pass the question on
 * (docs/decisions/0053-the-agent-shows-itself-first.md).
 */
import { createHmac, randomBytes } from "node:crypto";

import { constantTimeEqual } from "../../core/crypto/hashes.ts";
import { PROOF_TIMEOUT } from "./limits.ts";

export const PROOF_PATH = "/v1/proof";
/** Longest answer that is read of whoever listens there. */
const ANSWER_BYTES = 256;

/** `challenge` as the client wrote it, `url` as the agent announced it. */
export const proofOf = (token: string, url: string, challenge: string): string =>
  `0x${createHmac("sha256", token).update(`waybill api proof\n${url}\n${challenge}`).digest("hex")}`;

/** Whether the agent with that token listens at `url`. Whoever listens there learns nothing of the token. */
export async function isAgent(url: string, token: string): Promise<boolean> {
  const challenge = `0x${randomBytes(32).toString("hex")}`;
  try {
    const answer = await fetch(`${url}${PROOF_PATH}?challenge=${challenge}`, {
      redirect: "error",
      signal: AbortSignal.timeout(PROOF_TIMEOUT),
    });
    const { proof } = JSON.parse(await beginning(answer)) as { readonly proof?: unknown };
    return (
      typeof proof === "string" &&
      constantTimeEqual(Buffer.from(proof), Buffer.from(proofOf(token, url, challenge)))
    );
  } catch {
    // Nobody is there, or somebody who speaks of something else.
    return false;
  }
}

async function beginning({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop ends the connection.
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    parts.push(part);
    length += part.length;
    if (length > ANSWER_BYTES) break;
  }
  return Buffer.concat(parts).toString("utf8");
}
