/** A disk of a few megabytes, which is a tmpfs, that can be filled and emptied. */
import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static mount(folder: string, megabytes: number): SmallDisk {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=700`, "tmpfs", folder]);
    return new SmallDisk(folder);
  }

  /** Leaves so many bytes free. */
  fill(left: number): void {
    const { bavail, bsize } = statfsSync(this.folder);
    writeFileSync(join(this.folder, "filler"), Buffer.alloc(Math.max(0, bavail * bsize - left)));
  }

  empty(): void {
    rmSync(join(this.folder, "filler"), { force: true });
  }

  unmount(): void {
    execFileSync("umount", ["-l", this.folder]);
  }
}

/** Why this machine cannot have such a disk; undefined when it can. */
export function whyNoSmallDisk(folder: string): string | undefined {
  if (process.getuid?.() !== 0) return "mounting needs root";
  try {
    SmallDisk.mount(folder, 1).unmount();
    return undefined;
  } catch (error) {
    return `no tmpfs can be mounted: ${String(error).split("\n")[0] ?? ""}`;
  }
}
