/**
 * Large bodies for one child, in an unlinked file. Main writes a body, and the child reads it when a script asks for
 * it. A waiting run then holds no body in memory, and a busy child does not block the pipe.
 */
import { close, closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, write } from "node:fs";
import { join } from "node:path";
import type { Region } from "../wire/protocol.ts";

export class BodyFile implements Disposable {
  readonly #fd: number;
  /** The read-only descriptor for the child. Main closes it once the child has it. */
  readonly childFd: number;
  /** The used regions, in file order. */
  #regions: readonly Region[] = [];
  #writing = 0;
  #isDisposed = false;
  #isClosed = false;

  /** Throws if the file cannot be created. Leaves nothing in `folder` either way. */
  constructor(folder: string) {
    const own = mkdtempSync(join(folder, "hookyard-"));
    try {
      const path = join(own, "bodies");
      this.#fd = openSync(path, "wx", 0o600);
      this.childFd = openSync(path, "r");
    } finally {
      rmSync(own, { recursive: true });
    }
  }

  /** Resolves once the child can read the body. The caller must free the region. */
  async write(body: Buffer): Promise<Region> {
    const region = this.#allocate(body.length);
    this.#writing += 1;
    try {
      for (let done = 0; done < body.length; )
        done += await this.#writeSome(body.subarray(done), region.at + done);
      return region;
    } catch (error) {
      this.free(region);
      throw error;
    } finally {
      this.#writing -= 1;
      if (this.#isDisposed) this.#closeUnused();
    }
  }

  free(region: Region): void {
    this.#regions = this.#regions.filter((one) => one !== region);
    if (this.#regions.length === 0 && !this.#isDisposed) ftruncateSync(this.#fd, 0);
  }

  /** Called when the child has ended. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#closeUnused();
  }

  /** The first large enough gap, or the end. */
  #allocate(bytes: number): Region {
    let at = 0;
    let index = 0;
    for (const region of this.#regions) {
      if (region.at - at >= bytes) break;
      at = region.at + region.bytes;
      index += 1;
    }
    const region = { at, bytes };
    this.#regions = this.#regions.toSpliced(index, 0, region);
    return region;
  }

  #writeSome(bytes: Buffer, at: number): Promise<number> {
    if (this.#isDisposed) throw new Error("the sandbox child is gone");
    return new Promise((resolve, reject) => {
      write(this.#fd, bytes, 0, bytes.length, at, (error, written) =>
        error === null ? resolve(written) : reject(error),
      );
    });
  }

  /** Waits for pending writes: after `close` the descriptor may belong to another file. */
  #closeUnused(): void {
    if (this.#writing > 0 || this.#isClosed) return;
    this.#isClosed = true;
    close(this.#fd);
  }

  closeChildFd(): void {
    closeSync(this.childFd);
  }
}
