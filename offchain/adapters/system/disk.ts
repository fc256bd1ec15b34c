import { statfsSync } from "node:fs";
import { open } from "node:fs/promises";

/** Bytes that this account may still write to the disk of `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** Resolves when what is in a file, or which names are in a folder, is on the disk. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
