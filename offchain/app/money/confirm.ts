import { WaybillError } from "../../core/errors.ts";
import type { Output } from "../output.ts";

/**
 * What was shown is agreed to, by `--yes` or on the terminal. Whoever reads JSON is a program, and asked nothing.
 * @throws WaybillError as confirm
 */
export async function agreement(
  question: string,
  { yes }: { readonly yes: boolean },
  { json }: Output,
): Promise<void> {
  if (yes) return;
  if (json) throw new WaybillError("CONFIRMATION_MISSING");
  await confirm(question);
}

/**
 * Asks on the terminal; the answer to nothing is no.
 * @throws WaybillError CONFIRMATION_MISSING where nobody can be asked, CONFIRMATION_REFUSED for a no
 */
async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new WaybillError("CONFIRMATION_MISSING");
  const { confirm: ask } = await import("@inquirer/prompts");
  if (!(await answerOf(ask({ message: question, default: false }, { output: process.stderr }))))
    throw new WaybillError("CONFIRMATION_REFUSED");
}

/** Ctrl-C is a no. */
async function answerOf(answer: Promise<boolean>): Promise<boolean> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") return false;
    throw error;
  }
}
