import { WaybillError } from "../../core/errors.ts";

/**
 * Asks on the terminal; the answer to nothing is no.
 * @throws WaybillError CONFIRMATION_MISSING where nobody can be asked, CONFIRMATION_REFUSED for a no
 */
export async function confirm(question: string): Promise<void> {
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
