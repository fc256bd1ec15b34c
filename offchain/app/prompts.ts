/** Questions at the terminal. They go to standard error: standard output stays free for results. */
import { WaybillError } from "../core/errors.ts";

export const hasTerminal = (): boolean => process.stdin.isTTY && process.stderr.isTTY;

/** Loaded when there is something to ask. */
const prompts = () => import("@inquirer/prompts");

const CONTEXT = { output: process.stderr };

export const askText = (
  message: string,
  options: {
    readonly default?: string;
    /** True, or what is wrong with it. */
    readonly validate?: (text: string) => boolean | string;
  } = {},
): Promise<string> => asked(async () => (await prompts()).input({ message, ...options }, CONTEXT));

/** Nothing is shown of what is typed. */
export const askHidden = (
  message: string,
  validate?: (text: string) => boolean | string,
): Promise<string> =>
  asked(async () =>
    (await prompts()).password(
      { message, mask: false, ...(validate === undefined ? {} : { validate }) },
      CONTEXT,
    ),
  );

export const askYesOrNo = (message: string, usual: boolean): Promise<boolean> =>
  asked(async () => (await prompts()).confirm({ message, default: usual }, CONTEXT));

export const askChoice = (message: string, choices: readonly string[]): Promise<string> =>
  asked(async () => (await prompts()).select({ message, choices: [...choices] }, CONTEXT));

async function asked<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError")
      throw new WaybillError("PROMPT_ABANDONED");
    throw error;
  }
}
